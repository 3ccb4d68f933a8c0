//! A tile of samples through all layers and all steps, in cache.

use std::ops::ControlFlow;

use pulp::{Simd, WithSimd};

use crate::network::SampleFold;
use crate::noise::INITIAL_DRAW;

use super::blocks::{Row, padded};
use super::dispatch::dispatch;
use super::job::{RunContext, TileJob, TileSamples};
use super::memory::WorkerMemory;
use super::noise::fill_noise;
use super::update::{Limit, LimitScratch, Rows, keep, update};

/// A network for tiles of samples.
pub trait TileNetwork: Sync {
    /// Values in one sample, `D`.
    fn dims(&self) -> usize;

    /// Multiply-adds of one sample in one row.
    fn multiply_adds(&self) -> usize;

    /// Rows of memory that it needs.
    fn rows(&self) -> usize;

    /// Numbers that it needs, the same for all samples of the tile.
    fn numbers(&self) -> usize;

    /// Folds what is the same in all steps, for the samples of a tile.
    fn begin<S: Simd, const V: usize>(
        &self,
        simd: S,
        tile: TileSamples<'_>,
        memory: &mut NetworkMemory<'_, Row<S, V>>,
    );

    /// Writes the output for row `row` of the plan, `[padded(dims)]`.
    fn evaluate<S: Simd, const V: usize>(
        &self,
        simd: S,
        row: usize,
        tile: TileSamples<'_>,
        x: &[Row<S, V>],
        memory: &mut NetworkMemory<'_, Row<S, V>>,
        out: &mut [Row<S, V>],
    );
}

/// A network's memory; rows keep their values from [`TileNetwork::begin`] on.
pub struct NetworkMemory<'a, R> {
    pub rows: &'a mut [R],
    pub numbers: &'a mut [f32],
    /// Registers of an earlier tile.
    pub fold: &'a mut Option<SampleFold>,
}

/// Samples of a tile, in its first lanes.
pub struct Tile<'a, N> {
    pub network: &'a N,
    pub context: RunContext<'a>,
    /// Vectors side by side: 1, 2 or 4.
    pub vectors: usize,
    pub memory: &'a mut WorkerMemory,
    pub job: TileJob<'a>,
    /// Told the samples that were advanced by a row; says whether to go on.
    pub report: &'a mut dyn FnMut(usize) -> ControlFlow<()>,
}

/// Lanes of a vector on this machine.
pub fn lanes(arch: pulp::Arch) -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    dispatch(arch, Lanes)
}

/// Rows of the parts of a worker's memory, in their order: state, x̂₀, ring, output, noise, data to
/// keep, their mask, limits of x̂₀, and what the network needs.
fn layout<N: TileNetwork>(network: &N, context: &RunContext<'_>) -> [usize; 9] {
    let dims = network.dims();
    let kept = if context.batch.inpaint.is_some() {
        dims
    } else {
        0
    };
    let (ring, of_network) = (context.ring, network.rows());
    let out = padded(dims);
    [dims, dims, ring, out, dims, kept, kept, 1, of_network]
}

impl<N: TileNetwork> WithSimd for Tile<'_, N> {
    type Output = ControlFlow<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> ControlFlow<()> {
        match self.vectors {
            1 => self.run::<S, 1>(simd),
            2 => self.run::<S, 2>(simd),
            _ => self.run::<S, 4>(simd),
        }
    }
}

impl<N: TileNetwork> Tile<'_, N> {
    // Long because the parts of a worker's memory are borrowed once, for all steps of the tile.
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) -> ControlFlow<()> {
        let (network, batch) = (self.network, self.context.batch);
        let steps = self.context.steps;
        let width = V * S::F32_LANES;
        let dims = network.dims();
        let TileJob {
            first,
            state: of_state,
            x0: of_x0,
            ring: of_ring,
        } = self.job;
        let samples = of_state.len() / dims;
        let tile = TileSamples {
            batch,
            first,
            count: samples,
        };
        let layout = layout(network, &self.context);
        let WorkerMemory {
            rows,
            numbers,
            sample,
            fold,
        } = self.memory;
        rows.resize(layout.iter().sum::<usize>() * width);
        numbers.resize(network.numbers(), 0.0);
        sample.resize(dims, 0.0);
        let mut rest = rows.numbers_mut();
        let [state, x0, ring, out, noise, known, mask, limits, of_network] = layout.map(|rows| {
            rest.split_off_mut(..rows * width)
                .expect("the layout counts every part")
        });

        spread(of_state, state, dims, width);
        spread(of_x0, x0, dims, width);
        if !ring.is_empty() {
            spread(of_ring, ring, self.context.ring, width);
        }
        if let Some(kept) = &batch.inpaint {
            let own = first * dims..(first + samples) * dims;
            spread(&kept.data[own.clone()], known, dims, width);
            spread(&kept.mask[own], mask, dims, width);
        }
        let mut memory = NetworkMemory {
            rows: rows_of::<S, V>(of_network),
            numbers,
            fold,
        };
        network.begin::<S, V>(simd, tile, &mut memory);
        for row in self.context.rows.clone() {
            let step = &steps[row];
            let x: &[Row<S, V>] = rows_of::<S, V>(state);
            network.evaluate::<S, V>(simd, row, tile, x, &mut memory, rows_of::<S, V>(out));
            if step.noise_scale != 0.0 {
                let first = batch.sample_offset + first as u64;
                fill_noise(simd, batch.seed, first, step.draw, width, noise);
            }
            let scratch = LimitScratch {
                magnitudes: sample,
                limits,
            };
            let limit = Limit::<Row<S, V>>::new::<S, V>(simd, step, samples, [state, out], scratch);
            let keep_x0 = self.context.keeps_x0(row);
            let rows = Rows {
                out: rows_of::<S, V>(out),
                noise: rows_of::<S, V>(noise),
                state: rows_of::<S, V>(state),
                x0: rows_of::<S, V>(x0),
                ring: rows_of::<S, V>(ring),
            };
            update(simd, step, limit, keep_x0, rows);
            if batch.inpaint.is_some() {
                if step.inpaint[1] != 0.0 {
                    let first = batch.sample_offset + first as u64;
                    fill_noise(simd, batch.seed, first, INITIAL_DRAW, width, noise);
                }
                let [known, mask, noise] =
                    [&mut *known, &mut *mask, &mut *noise].map(rows_of::<S, V>);
                keep(
                    simd,
                    step.inpaint,
                    known,
                    mask,
                    noise,
                    rows_of::<S, V>(state),
                );
            }
            (self.report)(samples)?;
        }
        collect(state, of_state, dims, width);
        collect(x0, of_x0, dims, width);
        if !ring.is_empty() {
            collect(ring, of_ring, self.context.ring, width);
        }
        ControlFlow::Continue(())
    }
}

/// Numbers as rows of vectors.
#[inline(always)]
pub fn rows_of<S: Simd, const V: usize>(numbers: &mut [f32]) -> &mut [Row<S, V>] {
    S::as_mut_simd_f32s(numbers).0.as_chunks_mut().0
}

/// The numbers of rows: the first lane of the first row's first vector first.
#[inline(always)]
pub fn numbers_of<S: Simd, const V: usize>(rows: &mut [Row<S, V>]) -> &mut [f32] {
    bytemuck::cast_slice_mut(rows.as_flattened_mut())
}

/// From `[samples, dims]` to `[dims, width]`; lanes without a sample hold zeros.
fn spread(samples: &[f32], rows: &mut [f32], dims: usize, width: usize) {
    rows.fill(0.0);
    for (lane, sample) in samples.chunks_exact(dims).enumerate() {
        for (row, &value) in rows.chunks_exact_mut(width).zip(sample) {
            row[lane] = value;
        }
    }
}

/// From `[dims, width]` to `[samples, dims]`.
fn collect(rows: &[f32], samples: &mut [f32], dims: usize, width: usize) {
    for (lane, sample) in samples.chunks_exact_mut(dims).enumerate() {
        for (row, value) in rows.chunks_exact(width).zip(sample) {
            *value = row[lane];
        }
    }
}

/// `out = G·guided + (1 − G)·out`.
#[inline(always)]
pub fn guide<S: Simd, const V: usize>(
    simd: S,
    guidance: f32,
    guided: &[Row<S, V>],
    out: &mut [Row<S, V>],
) {
    let (towards, away) = (simd.splat_f32s(guidance), simd.splat_f32s(1.0 - guidance));
    let guided = guided.as_flattened().iter();
    for (free, guided) in out.as_flattened_mut().iter_mut().zip(guided) {
        *free = simd.mul_add_e_f32s(away, *free, simd.mul_f32s(towards, *guided));
    }
}
