//! Recording: the dispatches that move a run from noise to samples, in an encoder of the caller's.

use std::ops::Range;

use wgpu::{
    CommandEncoder, ComputePass, ComputePassDescriptor, ComputePassTimestampWrites, QuerySet,
};

use super::run::Run;
use super::shard::RunPart;
use crate::gpu::program::network_buffers::NetworkBuffers;
use crate::gpu::sampler::DiffusionSampler;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_table::STEP_STRIDE;

impl DiffusionSampler {
    /// Records steps of a run: any range of rows, so that an app can spread them over frames. Row 0 starts the run anew.
    ///
    /// Records only: nothing is allocated, uploaded, submitted or awaited.
    ///
    /// # Panics
    /// If `rows` reaches past [`DiffusionSampler::len`], or if the network is external: see [`DiffusionSampler::encode_external`].
    pub fn encode(&self, encoder: &mut CommandEncoder, run: &Run, rows: Range<usize>) {
        self.encode_rows(encoder, run, rows, None);
    }

    /// As [`DiffusionSampler::encode`]; the device writes to `queries` when it begins and when it ends, at the two indices.
    pub(crate) fn encode_stamped(
        &self,
        encoder: &mut CommandEncoder,
        run: &Run,
        rows: Range<usize>,
        queries: &QuerySet,
        indices: [u32; 2],
    ) {
        self.encode_rows(encoder, run, rows, Some((queries, indices)));
    }

    fn encode_rows(
        &self,
        encoder: &mut CommandEncoder,
        run: &Run,
        rows: Range<usize>,
        stamps: Option<(&QuerySet, [u32; 2])>,
    ) {
        assert!(
            rows.end <= self.len(),
            "rows {rows:?} of a plan of {}",
            self.len()
        );
        assert!(
            !matches!(self.network, NetworkBuffers::External),
            "an external network is recorded by encode_external"
        );
        if rows.start == 0 {
            // Nothing of what was before is looked at.
            run.set_poisoned(false);
        }
        let last = run.parts.len() - 1;
        for (i, part) in run.parts.iter().enumerate() {
            let stamps = stamps.filter(|_| i == 0 || i == last);
            let stamps = stamps.map(|(query_set, [begin, end])| ComputePassTimestampWrites {
                query_set,
                beginning_of_pass_write_index: (i == 0).then_some(begin),
                end_of_pass_write_index: (i == last).then_some(end),
            });
            self.encode_steps(encoder, part, rows.clone(), stamps);
        }
    }

    /// Records steps of one part, or of a slice of one.
    pub(crate) fn encode_part(
        &self,
        encoder: &mut CommandEncoder,
        part: &RunPart,
        rows: Range<usize>,
    ) {
        self.encode_steps(encoder, part, rows, None);
    }

    fn encode_steps(
        &self,
        encoder: &mut CommandEncoder,
        part: &RunPart,
        rows: Range<usize>,
        timestamp_writes: Option<ComputePassTimestampWrites<'_>>,
    ) {
        if rows.start == 0 {
            self.encode_start(encoder, part);
        }
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
            label: Some(self.kernel().label()),
            timestamp_writes,
        });
        for row in self.dispatch_many(&mut pass, part, rows) {
            self.dispatch(&mut pass, part, row);
        }
    }

    /// Takes rows several at a time, where the sampler was made for it, and says which are left.
    fn dispatch_many(
        &self,
        pass: &mut ComputePass<'_>,
        part: &RunPart,
        rows: Range<usize>,
    ) -> Range<usize> {
        // What is done after each row is a dispatch of its own.
        let alone = self.thresholds || part.known_group.is_some();
        let (Some(many), Some(group), false) = (&self.many, &part.many_group, alone) else {
            return rows;
        };
        pass.set_pipeline(&many.pipeline);
        pass.set_bind_group(1, &part.network_group, &[]);
        let mut row = rows.start;
        while row + many.rows <= rows.end {
            pass.set_bind_group(0, group, &[offset_of(row)]);
            pass.dispatch_workgroups(part.step_groups[0], part.step_groups[1], 1);
            row += many.rows;
        }
        row..rows.end
    }

    /// As [`DiffusionSampler::encode`] for an external network: before each row, `network` records the dispatches that read the
    /// part's [`state`](RunPart::state) and write its [`out`](RunPart::out).
    ///
    /// # Panics
    /// If `rows` reaches past [`DiffusionSampler::len`], or if the network is not external.
    pub fn encode_external(
        &self,
        encoder: &mut CommandEncoder,
        run: &Run,
        rows: Range<usize>,
        mut network: impl FnMut(&mut CommandEncoder, &RunPart, usize),
    ) {
        assert!(
            rows.end <= self.len(),
            "rows {rows:?} of a plan of {}",
            self.len()
        );
        assert!(
            matches!(self.network, NetworkBuffers::External),
            "only an external network is recorded by its caller"
        );
        if rows.start == 0 {
            // Nothing of what was before is looked at.
            run.set_poisoned(false);
        }
        for part in &run.parts {
            if rows.start == 0 {
                self.encode_start(encoder, part);
            }
            for row in rows.clone() {
                network(encoder, part, row);
                let mut pass = begin(encoder, self.kernel().label());
                self.dispatch(&mut pass, part, row);
            }
        }
    }

    fn dispatch(&self, pass: &mut ComputePass<'_>, part: &RunPart, row: usize) {
        let offset = offset_of(row);
        let quiet = self.quiet.as_ref().filter(|_| !self.noisy[row]);
        pass.set_pipeline(quiet.unwrap_or(&self.step));
        pass.set_bind_group(0, &part.run_group, &[offset]);
        pass.set_bind_group(1, &part.network_group, &[]);
        pass.dispatch_workgroups(part.step_groups[0], part.step_groups[1], 1);
        if let Some(threshold) = self.threshold.as_ref().filter(|_| self.thresholds) {
            pass.set_pipeline(threshold);
            pass.dispatch_workgroups(part.sample_groups[0], part.sample_groups[1], 1);
        }
        self.mask(pass, part, offset);
    }

    /// What dynamic thresholding adds to a row, without the row: to verify the kernel by itself.
    ///
    /// # Panics
    /// If the sampler was made without dynamic thresholding.
    pub(crate) fn encode_threshold(&self, encoder: &mut CommandEncoder, run: &Run, row: usize) {
        let threshold = self.threshold.as_ref().expect("a plan that thresholds");
        for part in &run.parts {
            let mut pass = begin(encoder, Kernel::ThresholdStep.label());
            pass.set_pipeline(threshold);
            pass.set_bind_group(0, &part.run_group, &[offset_of(row)]);
            pass.dispatch_workgroups(part.sample_groups[0], part.sample_groups[1], 1);
        }
    }

    /// Puts a run's known data into its state, at the level after the row at `offset`.
    fn mask(&self, pass: &mut ComputePass<'_>, part: &RunPart, offset: u32) {
        let (Some(known), Some(mask)) = (&part.known_group, self.mask.get()) else {
            return;
        };
        pass.set_pipeline(&mask.pipeline);
        pass.set_bind_group(0, &part.run_group, &[offset]);
        pass.set_bind_group(1, known, &[]);
        pass.dispatch_workgroups(part.init_groups[0], part.init_groups[1], 1);
    }

    /// x_T: draw 0, or the batch's initial state; and in it what is known.
    fn encode_start(&self, encoder: &mut CommandEncoder, part: &RunPart) {
        if let Some(initial) = &part.buffers.initial {
            let value = 4 * self.dims as u64;
            let (at, bytes) = (
                part.window.start as u64 * value,
                part.window.len() as u64 * value,
            );
            let state = &part.buffers.state;
            encoder.copy_buffer_to_buffer(initial, at, state, at, Some(bytes));
        } else {
            let mut pass = begin(encoder, Kernel::InitNoise.label());
            pass.set_pipeline(&self.init_noise);
            pass.set_bind_group(0, &part.run_group, &[0]);
            pass.dispatch_workgroups(part.init_groups[0], part.init_groups[1], 1);
        }
        if part.known_group.is_some() {
            let mut pass = begin(encoder, Kernel::MaskStep.label());
            self.mask(&mut pass, part, self.start_offset());
        }
    }
}

/// Where a row begins in the coefficient table.
fn offset_of(row: usize) -> u32 {
    (row * STEP_STRIDE) as u32
}

fn begin<'a>(encoder: &'a mut CommandEncoder, label: &'static str) -> ComputePass<'a> {
    encoder.begin_compute_pass(&ComputePassDescriptor {
        label: Some(label),
        timestamp_writes: None,
    })
}
