//! Recording: the dispatches that move a run from noise to samples, in an encoder of the caller's.

use std::ops::Range;

use wgpu::{
    CommandEncoder, ComputePass, ComputePassDescriptor, ComputePassTimestampWrites, QuerySet,
};

use super::prepared::Run;
use super::shard::RunShard;
use crate::diffusion::Plan;
use crate::gpu::program::compiled::Compiled;
use crate::gpu::program::recording::thresholds;
use crate::gpu::program::tables::row_offset;

/// Timestamps of a recording: where the device writes the time at its beginning and at its end,
/// one of them or both.
#[derive(Clone, Copy)]
pub struct Stamps<'a> {
    pub queries: &'a QuerySet,
    pub begin: Option<u32>,
    pub end: Option<u32>,
}

impl<'a> Stamps<'a> {
    /// Those of them that a part of the recording writes; none for a part between.
    pub fn of_part(self, first: bool, last: bool) -> Option<Self> {
        let part = Self {
            begin: self.begin.filter(|_| first),
            end: self.end.filter(|_| last),
            ..self
        };
        (part.begin.is_some() || part.end.is_some()).then_some(part)
    }

    fn writes(self) -> ComputePassTimestampWrites<'a> {
        ComputePassTimestampWrites {
            query_set: self.queries,
            beginning_of_pass_write_index: self.begin,
            end_of_pass_write_index: self.end,
        }
    }
}

impl Run {
    /// Records rows of a plan. Row 0 starts the run anew.
    ///
    /// # Panics
    /// If `rows` reaches past the plan, or if the network is external.
    pub(in crate::gpu) fn record(
        &self,
        encoder: &mut CommandEncoder,
        plan: &Plan,
        rows: Range<usize>,
        stamps: Option<Stamps<'_>>,
    ) {
        self.check_rows(plan, &rows);
        assert!(
            !self.compiled().is_external(),
            "an external network is recorded by encode_external"
        );
        let last = self.shards().len() - 1;
        for (i, shard) in self.shards().iter().enumerate() {
            let stamps = stamps.and_then(|stamps| stamps.of_part(i == 0, i == last));
            let writes = stamps.map(Stamps::writes);
            self.record_shard(encoder, shard, plan, rows.clone(), writes);
        }
    }

    /// Records rows of one shard, or of a slice of one.
    pub(super) fn record_shard(
        &self,
        encoder: &mut CommandEncoder,
        shard: &RunShard,
        plan: &Plan,
        rows: Range<usize>,
        timestamp_writes: Option<ComputePassTimestampWrites<'_>>,
    ) {
        let compiled = self.compiled();
        if rows.start == 0 {
            start(compiled, encoder, shard);
        }
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor {
            label: Some(compiled.kernel().label()),
            timestamp_writes,
        });
        let recording = compiled.recording();
        let standalone = thresholds(plan) || shard.inpaints();
        let mut row = rows.start;
        while row < rows.end {
            let block = recording.next_block(rows.end - row, standalone);
            take_block(compiled, &mut pass, shard, plan, (block, row));
            row += recording.blocks()[block].rows();
        }
    }

    /// Records rows of an external network, which `network` records before each.
    ///
    /// # Panics
    /// If `rows` reaches past the plan, or if the network is not external.
    pub(in crate::gpu) fn record_external(
        &self,
        encoder: &mut CommandEncoder,
        plan: &Plan,
        rows: Range<usize>,
        mut network: impl FnMut(&mut CommandEncoder, &RunShard, usize),
    ) {
        self.check_rows(plan, &rows);
        let compiled = self.compiled();
        assert!(
            compiled.is_external(),
            "only an external network is recorded by its caller"
        );
        for shard in self.shards() {
            if rows.start == 0 {
                start(compiled, encoder, shard);
            }
            for row in rows.clone() {
                network(encoder, shard, row);
                let mut pass = begin(encoder, compiled.kernel().label());
                let block = compiled.recording().single();
                take_block(compiled, &mut pass, shard, plan, (block, row));
            }
        }
    }

    /// Records what dynamic thresholding adds to a row, without the row: to verify the kernel by
    /// itself.
    ///
    /// # Panics
    /// If the sampler was made without dynamic thresholding.
    pub(in crate::gpu) fn record_threshold(&self, encoder: &mut CommandEncoder, row: usize) {
        let recording = self.compiled().recording();
        let threshold = recording.threshold().expect("a plan that thresholds");
        for shard in self.shards() {
            let mut pass = begin(encoder, threshold.kernel().label());
            shard.bind(&mut pass, recording.single(), row_offset(row));
            shard.dispatch(&mut pass, threshold);
        }
    }

    /// Makes a poisoned run sound once what was recorded from row 0 on, and is submitted with this
    /// encoder, has run.
    pub(in crate::gpu) fn recover(&self, encoder: &CommandEncoder, rows: &Range<usize>) {
        if rows.start == 0 && self.run_state().is_poisoned() {
            let state = self.run_state().clone();
            encoder.on_submitted_work_done(move || state.clear());
        }
    }

    fn check_rows(&self, plan: &Plan, rows: &Range<usize>) {
        assert!(
            rows.end <= plan.len(),
            "rows {rows:?} of a plan of {}",
            plan.len()
        );
    }
}

/// Records block `block` of the recording at row `row`.
fn take_block(
    compiled: &Compiled,
    encoder: &mut ComputePass<'_>,
    shard: &RunShard,
    plan: &Plan,
    (block, row): (usize, usize),
) {
    shard.bind(encoder, block, row_offset(row));
    for pass in compiled.recording().blocks()[block].passes(plan, row) {
        shard.dispatch(encoder, pass);
    }
    inpaint(compiled, encoder, shard);
}

/// Puts a run's known data into its state, at the level after the row that is bound.
fn inpaint(compiled: &Compiled, encoder: &mut ComputePass<'_>, shard: &RunShard) {
    if let Some(inpainting) = compiled.inpainting().filter(|_| shard.inpaints()) {
        shard.dispatch(encoder, inpainting.pass());
    }
}

/// x_T: draw 0, or the batch's initial state; and in it the known data.
fn start(compiled: &Compiled, encoder: &mut CommandEncoder, shard: &RunShard) {
    let recording = compiled.recording();
    if let Some(initial) = &shard.buffers().initial {
        let value = 4 * compiled.dims() as u64;
        let window = shard.window();
        let (at, bytes) = (window.start as u64 * value, window.len() as u64 * value);
        encoder.copy_buffer_to_buffer(initial, at, shard.state(), at, Some(bytes));
    } else {
        let mut pass = begin(encoder, recording.start().kernel().label());
        shard.bind(&mut pass, recording.single(), 0);
        shard.dispatch(&mut pass, recording.start());
    }
    if let Some(inpainting) = compiled.inpainting().filter(|_| shard.inpaints()) {
        let mut pass = begin(encoder, inpainting.pass().kernel().label());
        let before_first = compiled.tables().start_offset();
        shard.bind(&mut pass, recording.single(), before_first);
        inpaint(compiled, &mut pass, shard);
    }
}

fn begin<'a>(encoder: &'a mut CommandEncoder, label: &'static str) -> ComputePass<'a> {
    encoder.begin_compute_pass(&ComputePassDescriptor {
        label: Some(label),
        timestamp_writes: None,
    })
}
