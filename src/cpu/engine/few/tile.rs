//! A few samples through all steps.

use std::ops::{ControlFlow, Range};

use pulp::{Simd, WithSimd};

use super::super::job::{RunContext, TileJob, TileSamples};
use super::super::lines::whole_lines;
use super::super::memory::WorkerMemory;
use super::super::tile::{TileNetwork, rows_of};
use super::super::update::{Limit, Rows, keep, update};
use crate::diffusion::StageCoefficients;
use crate::network::SampleFold;
use crate::noise::{INITIAL_DRAW, fill_normals};

/// A network for a few samples, each of whose vectors begins with a cache line.
pub trait FewNetwork: TileNetwork {
    /// Numbers of memory for that many samples, in whole lines.
    fn numbers_for(&self, samples: usize) -> usize;

    /// Folds what is the same in all steps.
    fn begin_few(&self, tile: TileSamples<'_>, memory: &mut FewMemory<'_>);

    /// Writes the output for row `row` of the plan; `x` and `out` are `[samples][D, rounded up to
    /// whole lines]`.
    fn evaluate_few<S: Simd>(
        &self,
        simd: S,
        row: usize,
        tile: TileSamples<'_>,
        x: &[f32],
        memory: &mut FewMemory<'_>,
        out: &mut [f32],
    );
}

/// A network's memory, which keeps its values from [`FewNetwork::begin_few`] on.
pub struct FewMemory<'a> {
    pub numbers: &'a mut [f32],
    pub fold: &'a mut Option<SampleFold>,
}

/// A few samples.
pub struct FewTile<'a, N> {
    pub network: &'a N,
    pub context: RunContext<'a>,
    pub memory: &'a mut WorkerMemory,
    pub job: TileJob<'a>,
    /// Told the samples that were advanced by a row; says whether to go on.
    pub report: &'a mut dyn FnMut(usize) -> ControlFlow<()>,
}

impl<N: FewNetwork> WithSimd for FewTile<'_, N> {
    type Output = ControlFlow<()>;

    // Long because the parts of a worker's memory are borrowed once, for all steps.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> ControlFlow<()> {
        let (network, batch) = (self.network, self.context.batch);
        let dims = network.dims();
        let len = whole_lines(dims);
        let tile = TileSamples {
            batch,
            first: self.job.first,
            count: self.job.state.len() / dims,
        };
        let slots = self.context.ring / dims;
        debug_assert!(slots == 0 || slots == StageCoefficients::SLOTS);
        let kept = usize::from(batch.inpaint.is_some());
        let vectors = [1, 1, slots, 1, kept, kept].map(|each| tile.count * each * len);
        let of_network = network.numbers_for(tile.count);
        let WorkerMemory {
            rows, sample, fold, ..
        } = self.memory;
        rows.resize(vectors.iter().sum::<usize>() + len + of_network);
        sample.resize(dims, 0.0);
        let mut rest = rows.numbers_mut();
        let mut part = |numbers| {
            rest.split_off_mut(..numbers)
                .expect("all parts are counted")
        };
        let [state, x0, ring, out, known, mask] = vectors.map(&mut part);
        let noise = part(len);
        let mut memory = FewMemory {
            numbers: part(of_network),
            fold,
        };

        spread(self.job.state, dims, state);
        spread(self.job.x0, dims, x0);
        spread(self.job.ring, dims, ring);
        if let Some(inpaint) = &batch.inpaint {
            let own = tile.first * dims..(tile.first + tile.count) * dims;
            spread(&inpaint.data[own.clone()], dims, known);
            spread(&inpaint.mask[own], dims, mask);
        }
        network.begin_few(tile, &mut memory);
        for row in self.context.rows.clone() {
            let step = &self.context.steps[row];
            network.evaluate_few(simd, row, tile, state, &mut memory, out);
            let keep_x0 = self.context.keeps_x0(row);
            for index in 0..tile.count {
                let global = batch
                    .sample_offset
                    .wrapping_add((tile.first + index) as u64);
                let own = of_sample(index, len);
                let ring_own = of_sample(index, slots * len);
                if step.noise_scale != 0.0 {
                    fill_normals(batch.seed, global, step.draw, &mut noise[..dims]);
                }
                let values = [&state[own.clone()][..dims], &out[own.clone()][..dims]];
                let limit = Limit::of_sample(simd, step, values, sample);
                let rows = Rows {
                    out: rows_of::<S, 1>(&mut out[own.clone()]),
                    noise: rows_of::<S, 1>(noise),
                    state: rows_of::<S, 1>(&mut state[own.clone()]),
                    x0: rows_of::<S, 1>(&mut x0[own.clone()]),
                    ring: rows_of::<S, 1>(&mut ring[ring_own]),
                };
                update(simd, step, limit, keep_x0, rows);
                if kept == 0 {
                    continue;
                }
                if step.inpaint[1] != 0.0 {
                    fill_normals(batch.seed, global, INITIAL_DRAW, &mut noise[..dims]);
                }
                let [known, mask] =
                    [&mut *known, &mut *mask].map(|all| rows_of::<S, 1>(&mut all[own.clone()]));
                let state = rows_of::<S, 1>(&mut state[own]);
                keep(
                    simd,
                    step.inpaint,
                    known,
                    mask,
                    rows_of::<S, 1>(noise),
                    state,
                );
            }
            (self.report)(tile.count)?;
        }
        collect(state, dims, self.job.state);
        collect(x0, dims, self.job.x0);
        collect(ring, dims, self.job.ring);
        ControlFlow::Continue(())
    }
}

/// Where a sample's numbers are among those of all.
fn of_sample(index: usize, len: usize) -> Range<usize> {
    index * len..(index + 1) * len
}

/// From `[vectors, dims]` to vectors in whole lines.
fn spread(values: &[f32], dims: usize, lines: &mut [f32]) {
    let all = lines.chunks_exact_mut(whole_lines(dims));
    for (line, values) in all.zip(values.chunks_exact(dims)) {
        line[..dims].copy_from_slice(values);
    }
}

/// From vectors in whole lines to `[vectors, dims]`.
fn collect(lines: &[f32], dims: usize, values: &mut [f32]) {
    let all = lines.chunks_exact(whole_lines(dims));
    for (line, values) in all.zip(values.chunks_exact_mut(dims)) {
        values.copy_from_slice(&line[..dims]);
    }
}
