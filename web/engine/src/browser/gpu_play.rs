//! A run on a GPU, advanced a few rows a frame, with the states it went through.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ddim_wgpu::gpu::{Budget, Clock, ImageFormat, ImageSource, ImageTexture, Run};
use ddim_wgpu::{Batch, wgpu};
use futures_channel::oneshot;
use wasm_bindgen::JsError;
use wgpu::{Buffer, BufferDescriptor, BufferUsages, Device, MapMode, Queue};

use super::sampler::Ready;
use super::script::Outcome;

/// Offsets at which every device can bind a buffer.
const ALIGNMENT: u64 = 256;

/// A run on a GPU.
pub struct GpuPlay {
    ready: Rc<Ready>,
    run: Rc<Run>,
    budget: Budget,
    kept: Option<Kept>,
    /// Rows that have been submitted; none before the start is.
    submitted: Option<usize>,
    /// Submissions that the device has not said to be done.
    busy: Arc<AtomicUsize>,
}

/// The states after 0 rows, 1, … each at a multiple of `stride` bytes.
struct Kept {
    buffer: Buffer,
    stride: u64,
}

/// A state on the device: all samples, `[count, D]`, and where those began.
pub struct Shown<'a> {
    pub state: (&'a Buffer, u64),
    pub start: (&'a Buffer, u64),
    pub bytes: u64,
}

impl GpuPlay {
    pub async fn new(ready: Rc<Ready>, batch: &Batch, keep: bool) -> Outcome<Self> {
        let (device, queue, sampler) = gpu(&ready)?;
        let run = sampler.prepare_async(device, queue, batch).await?;
        let [shard] = run.shards() else {
            return Err(JsError::new(
                "so many samples do not fit one buffer here: ask for fewer",
            ));
        };
        let bytes = shard.state().size();
        let kept = match keep {
            true => Some(Kept::new(device, bytes, sampler.len() + 1).await?),
            false => None,
        };
        // Browsers round timestamps, or have none.
        let target = Duration::from_millis(8);
        let budget = Budget::with_clock_async(device, queue, target, Clock::Host).await?;
        Ok(Self {
            run: Rc::new(run),
            budget,
            kept,
            submitted: None,
            busy: Arc::default(),
            ready,
        })
    }

    /// Submits as many rows as fit a frame. `milliseconds` is the device's time.
    pub fn advance(&mut self, milliseconds: f64) -> Outcome<()> {
        let ready = self.ready.clone();
        let (device, queue, sampler) = gpu(&ready)?;
        self.budget
            .set_target(Duration::from_secs_f64(milliseconds.max(0.1) / 1e3));
        let first = self.submitted.unwrap_or(0);
        if first == sampler.len() {
            return Ok(());
        }
        let rows = self.budget.rows(first..sampler.len());
        if rows.is_empty() && self.submitted.is_some() {
            return Ok(());
        }
        let mut encoder = device.create_command_encoder(&Default::default());
        let (run, kept) = (&self.run, &self.kept);
        if self.submitted.is_none() {
            sampler.encode(&mut encoder, run, 0..0);
            copy(kept, run, &mut encoder, 0);
        }
        let budget = &mut self.budget;
        budget.encode_each(&mut encoder, sampler, run, rows.clone(), |encoder, row| {
            copy(kept, run, encoder, row + 1);
        });
        let busy = self.busy.clone();
        busy.fetch_add(1, Ordering::Relaxed);
        encoder.on_submitted_work_done(move || {
            busy.fetch_sub(1, Ordering::Relaxed);
        });
        queue.submit([encoder.finish()]);
        self.submitted = Some(rows.end);
        Ok(())
    }

    /// Rows that are submitted.
    pub fn done(&self) -> usize {
        self.submitted.unwrap_or(0)
    }

    pub fn has_started(&self) -> bool {
        self.submitted.is_some()
    }

    /// Whether all rows are submitted, and the device is done with them.
    pub fn is_settled(&self) -> bool {
        self.done() == self.ready.plan().len() && self.busy.load(Ordering::Relaxed) == 0
    }

    /// The state after `row` rows: the state's own buffer, where that is the last of them.
    pub fn shown(&self, row: usize) -> Option<Shown<'_>> {
        let submitted = self.submitted?;
        let state = self.run.state();
        let at = |row: usize| match &self.kept {
            Some(kept) if row < submitted => Some((&kept.buffer, row as u64 * kept.stride)),
            _ => (row == submitted).then_some((state, 0)),
        };
        let now = at(row)?;
        Some(Shown {
            state: now,
            start: at(0).unwrap_or(now),
            bytes: state.size(),
        })
    }

    /// Submits a copy of the state after `row` rows, `[count, D]`, to be awaited when this is no
    /// longer borrowed.
    pub fn read(&self, row: usize) -> Outcome<Copied> {
        let (device, queue, _) = gpu(&self.ready)?;
        let shown = self.shown(row).ok_or_else(|| {
            JsError::new(&format!(
                "the state after {row} rows is not there or not kept"
            ))
        })?;
        Ok(Copied::submit(device, queue, shown.state, shown.bytes))
    }

    /// What a picture is drawn of, to be drawn when this is no longer borrowed.
    pub fn drawn(&self) -> Drawn {
        Drawn {
            ready: self.ready.clone(),
            run: self.run.clone(),
        }
    }

    pub fn count(&self) -> u32 {
        self.run.count() as u32
    }
}

impl Kept {
    async fn new(device: &Device, bytes: u64, states: usize) -> Outcome<Self> {
        let stride = bytes.next_multiple_of(ALIGNMENT);
        let (size, limit) = (stride * states as u64, device.limits().max_buffer_size);
        if size > limit {
            return Err(JsError::new(&format!(
                "{states} states of so many samples are {} MiB, and a buffer here has at most {}: \
                 ask for fewer samples or steps",
                size >> 20,
                limit >> 20
            )));
        }
        let scope = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = device.create_buffer(&BufferDescriptor {
            label: Some("web.states"),
            size,
            usage: BufferUsages::COPY_DST
                | BufferUsages::COPY_SRC
                | BufferUsages::VERTEX
                | BufferUsages::STORAGE,
            mapped_at_creation: false,
        });
        match scope.pop().await {
            None => Ok(Self { buffer, stride }),
            Some(error) => Err(error.into()),
        }
    }
}

fn copy(kept: &Option<Kept>, run: &Run, encoder: &mut wgpu::CommandEncoder, row: usize) {
    if let Some(kept) = kept {
        let (state, at) = (run.state(), row as u64 * kept.stride);
        encoder.copy_buffer_to_buffer(state, 0, &kept.buffer, at, Some(state.size()));
    }
}

/// A state on its way to the host.
pub struct Copied {
    staging: Buffer,
    mapped: oneshot::Receiver<bool>,
}

impl Copied {
    fn submit(device: &Device, queue: &Queue, from: (&Buffer, u64), bytes: u64) -> Self {
        let staging = device.create_buffer(&BufferDescriptor {
            label: Some("web.read"),
            size: bytes,
            usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(from.0, from.1, &staging, 0, Some(bytes));
        queue.submit([encoder.finish()]);
        let (done, mapped) = oneshot::channel();
        staging.map_async(MapMode::Read, .., move |result| {
            // Nobody waits any longer, if this fails.
            let _ = done.send(result.is_ok());
        });
        Self { staging, mapped }
    }

    pub async fn values(self) -> Outcome<Vec<f32>> {
        if self.mapped.await != Ok(true) {
            return Err(JsError::new(
                "the state could not be read: the device is lost",
            ));
        }
        let view = self.staging.get_mapped_range(..)?;
        Ok(bytemuck::pod_collect_to_vec(&view[..]))
    }
}

/// What a picture is drawn of.
pub struct Drawn {
    ready: Rc<Ready>,
    run: Rc<Run>,
}

impl Drawn {
    /// A picture of the state, of images in rows of `columns`.
    pub async fn picture(
        self,
        shape: &[usize],
        columns: u32,
        format: ImageFormat,
    ) -> Outcome<Vec<u8>> {
        let (device, queue, _) = gpu(&self.ready)?;
        let shard = &self.run.shards()[0];
        let source = ImageSource::State;
        let picture =
            ImageTexture::with_format_async(device, shard, shape, columns, source, format).await?;
        let mut encoder = device.create_command_encoder(&Default::default());
        picture.encode(&mut encoder);
        queue.submit([encoder.finish()]);
        Ok(picture.read(device, queue).await?)
    }
}

fn gpu(ready: &Ready) -> Outcome<(&Device, &Queue, &ddim_wgpu::gpu::DiffusionSampler)> {
    ready
        .gpu()
        .ok_or_else(|| JsError::new("this sampler is not on a GPU"))
}
