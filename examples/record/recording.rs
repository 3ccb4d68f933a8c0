//! One device that writes down what it is told, and what is expected of one that obeys.

use std::fs;
use std::path::{Path, PathBuf};

use ddim_wgpu::gpu::{Run, required_features, required_limits};
use ddim_wgpu::wgpu;
use serde_json::{Value, json};
use wgpu::{
    Backends, CommandEncoder, Device, DeviceDescriptor, Instance, InstanceDescriptor, Queue, Trace,
};

use crate::Failure;

/// How near a result must be to what is expected.
#[derive(Clone, Copy)]
pub(crate) enum Measure {
    /// The same bits.
    Bits,
    /// f32 or f16 whose differences, relative to the largest expected value (at least 1) and to
    /// `gain` (at least 1), are at most `bound`.
    Near { bound: f64, gain: f64 },
    /// The same bits, whose hash is the published one ([`ddim_wgpu::noise::fingerprint::HASH`]).
    Hash,
}

/// Values as they lie in what is copied to the host.
pub(crate) enum Expected<'a> {
    F32(&'a [f32]),
    /// Lines of a picture, which a copy pads to `stride` bytes.
    Lines {
        form: &'static str,
        bytes: &'a [u8],
        line: usize,
        stride: usize,
    },
}

/// A device whose calls are written to a directory.
pub(crate) struct Recording {
    pub(crate) device: Device,
    pub(crate) queue: Queue,
    directory: PathBuf,
    expected: Vec<Value>,
}

impl Recording {
    /// Opens a device that records into a new directory.
    pub(crate) fn begin(directory: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(directory)?;
        let mut descriptor = InstanceDescriptor::new_without_display_handle();
        descriptor.backends = Backends::NOOP;
        descriptor.backend_options.noop.enable = true;
        let instance = Instance::new(descriptor);
        let adapters = pollster::block_on(instance.enumerate_adapters(Backends::NOOP));
        let adapter = adapters.first().ok_or("wgpu was built without `noop`")?;
        let (device, queue) = pollster::block_on(adapter.request_device(&DeviceDescriptor {
            label: Some("record"),
            required_features: required_features(),
            required_limits: required_limits(),
            trace: Trace::Directory(directory.to_owned()),
            ..Default::default()
        }))?;
        Ok(Self {
            device,
            queue,
            directory: directory.to_owned(),
            expected: Vec::new(),
        })
    }

    /// Submits what `record` records.
    pub(crate) fn submit(&self, record: impl FnOnce(&mut CommandEncoder)) {
        let mut encoder = self.device.create_command_encoder(&Default::default());
        record(&mut encoder);
        self.queue.submit([encoder.finish()]);
    }

    /// Copies a run's state to the host, where it is to be `values`.
    pub(crate) fn state(
        &mut self,
        run: &Run,
        (check, case): (&str, &str),
        values: &[f32],
        measure: Measure,
    ) -> Result<(), Failure> {
        run.read_blocking(&self.device, &self.queue)?;
        self.expect(check, case, &Expected::F32(values), measure)
    }

    /// Copies a run's x̂₀ to the host, where it is to be `values`.
    pub(crate) fn x0(
        &mut self,
        run: &Run,
        (check, case): (&str, &str),
        values: &[f32],
        measure: Measure,
    ) -> Result<(), Failure> {
        run.read_x0_blocking(&self.device, &self.queue)?;
        self.expect(check, case, &Expected::F32(values), measure)
    }

    /// Says what the copy to the host that was just recorded is to bring. `check` is its name in
    /// the report of `ddim verify`.
    pub(crate) fn expect(
        &mut self,
        check: &str,
        case: &str,
        expected: &Expected<'_>,
        measure: Measure,
    ) -> Result<(), Failure> {
        let (form, bytes, lines) = match *expected {
            Expected::F32(values) => ("f32", bytemuck::cast_slice(values), Value::Null),
            Expected::Lines {
                form,
                bytes,
                line,
                stride,
            } => (form, bytes, json!({ "bytes": line, "stride": stride })),
        };
        let (bound, gain, hash) = match measure {
            Measure::Bits => (0.0, 1.0, Value::Null),
            Measure::Near { bound, gain } => (bound, gain.max(1.0), Value::Null),
            Measure::Hash => {
                let hash = format!("0x{:016X}", ddim_wgpu::noise::fingerprint::HASH);
                (0.0, 1.0, Value::from(hash))
            }
        };
        let file = format!("expected{}.bin", self.expected.len());
        fs::write(self.directory.join(&file), bytes)?;
        self.expected.push(json!({
            "check": check, "case": case, "file": file, "form": form, "lines": lines,
            "bound": bound, "gain": gain, "hash": hash,
        }));
        Ok(())
    }

    /// Closes the device, whose trace is whole then.
    pub(crate) fn end(self) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(&self.expected)?;
        fs::write(self.directory.join("expected.json"), text)?;
        Ok(())
    }
}
