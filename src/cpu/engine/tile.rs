//! A tile of samples through all layers and all steps, in cache.

use std::ops::{ControlFlow, Range};

use pulp::{Simd, WithSimd};

use crate::batch::{Batch, ClassChoice};
use crate::cpu::reference::update_step::RoundedStep;
use crate::noise::INITIAL_DRAW;

use super::layer::{Row, padded};
use super::noise::fill_noise;
use super::packed_mlp::{Input, PackedMlp, Scratch, TileClass};
use super::update::{Limit, Rows, keep, update};

/// What every tile of a run shares.
#[derive(Clone, Copy)]
pub struct TileContext<'a> {
    pub network: &'a PackedMlp,
    pub batch: &'a Batch,
    /// All rows of the plan.
    pub steps: &'a [RoundedStep],
    /// The rows to run.
    pub rows: &'a Range<usize>,
    /// Whether x̂₀ of a row is read by the next.
    pub uses_history: bool,
    /// Vectors side by side: 1, 2 or 4.
    pub vectors: usize,
}

/// The buffers of one worker, made once.
pub struct TileBuffers {
    memory: Vec<f32>,
    /// Where the first cache line starts: vectors that straddle two cost twice.
    start: usize,
    bias: Vec<f32>,
    /// One sample.
    sample: Vec<f32>,
}

/// Bytes of a cache line, and of the widest vector.
const LINE: usize = 64;

/// Samples of a tile, in its first lanes.
pub struct Tile<'a> {
    pub context: TileContext<'a>,
    pub buffers: &'a mut TileBuffers,
    /// Index in the batch of the first sample.
    pub first: usize,
    /// `[samples, dims]`.
    pub state: &'a mut [f32],
    /// `[samples, dims]`.
    pub x0: &'a mut [f32],
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
    arch.dispatch(Lanes)
}

/// Rows of the parts of a worker's memory, in their order.
struct Layout {
    state: usize,
    x0: usize,
    out: usize,
    noise: usize,
    known: usize,
    mask: usize,
    features: usize,
    hidden: usize,
    projected: usize,
    guided: usize,
    class: usize,
}

impl Layout {
    fn new(context: &TileContext<'_>) -> Self {
        let network = context.network;
        Self {
            state: network.dims,
            x0: network.dims,
            out: padded(network.dims),
            noise: network.dims,
            known: if context.batch.inpaint.is_some() {
                network.dims
            } else {
                0
            },
            mask: if context.batch.inpaint.is_some() {
                network.dims
            } else {
                0
            },
            features: network.feature_rows(),
            hidden: network.width,
            projected: network.width,
            guided: network.width,
            class: network
                .num_classes
                .map_or(0, |_| network.layers() * network.width),
        }
    }

    fn rows(&self) -> usize {
        self.state
            + self.x0
            + self.out
            + self.noise
            + self.known
            + self.mask
            + self.features
            + 2 * self.hidden
            + self.projected
            + self.guided
            + self.class
            + 1
    }
}

impl TileBuffers {
    pub fn new(context: &TileContext<'_>, lanes: usize) -> Self {
        let numbers = Layout::new(context).rows() * context.vectors * lanes;
        let memory = vec![0.0_f32; numbers + LINE / size_of::<f32>()];
        Self {
            start: memory.as_ptr().align_offset(LINE),
            memory,
            bias: vec![0.0; context.network.layers() * context.network.width],
            sample: vec![0.0; context.network.dims],
        }
    }
}

impl WithSimd for Tile<'_> {
    type Output = ControlFlow<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> ControlFlow<()> {
        match self.context.vectors {
            1 => self.run::<S, 1>(simd),
            2 => self.run::<S, 2>(simd),
            _ => self.run::<S, 4>(simd),
        }
    }
}

impl Tile<'_> {
    #[inline(always)]
    fn run<S: Simd, const V: usize>(self, simd: S) -> ControlFlow<()> {
        let TileContext {
            network,
            batch,
            steps,
            ..
        } = self.context;
        let width = V * S::F32_LANES;
        let dims = network.dims;
        let samples = self.state.len() / dims;
        let layout = Layout::new(&self.context);
        let TileBuffers {
            memory,
            start,
            bias,
            sample,
        } = self.buffers;
        let mut rest = &mut memory[*start..];
        let mut part = |rows: usize| {
            rest.split_off_mut(..rows * width)
                .expect("the layout counts every part")
        };
        let [state, x0, out, noise] =
            [layout.state, layout.x0, layout.out, layout.noise].map(&mut part);
        let [known, mask] = [layout.known, layout.mask].map(&mut part);
        let [features, current, next, projected, guided, class, limits] = [
            layout.features,
            layout.hidden,
            layout.hidden,
            layout.projected,
            layout.guided,
            layout.class,
            1,
        ]
        .map(&mut part);

        spread(self.state, state, dims, width);
        spread(self.x0, x0, dims, width);
        if let Some(kept) = &batch.inpaint {
            let own = self.first * dims..(self.first + samples) * dims;
            spread(&kept.data[own.clone()], known, dims, width);
            spread(&kept.mask[own], mask, dims, width);
        }
        // Guidance 0 is the unconditional output alone.
        let guided_by =
            (batch.class != ClassChoice::None && batch.guidance != 0.0).then_some(batch.guidance);
        let class = match guided_by {
            None => TileClass::Shared(None),
            Some(_) => tile_class::<S, V>(&self.context, self.first, samples, class),
        };
        let mut scratch = Scratch {
            features: rows_of::<S, V>(features),
            hidden: [rows_of::<S, V>(current), rows_of::<S, V>(next)],
            bias,
        };
        for row in self.context.rows.clone() {
            let step = &steps[row];
            let x: &[Row<S, V>] = rows_of::<S, V>(state);
            network.embed(simd, x, scratch.features);
            if let Some(guidance) = guided_by.filter(|&guidance| guidance != 1.0) {
                let [projected, guided] = [&mut *projected, &mut *guided].map(rows_of::<S, V>);
                network.project(simd, x, &scratch, projected);
                let input = Input::Projected(projected);
                network.hidden(simd, row, class, input, &mut scratch);
                guided.copy_from_slice(scratch.hidden[0]);
                network.hidden(simd, row, TileClass::Shared(None), input, &mut scratch);
                guide(simd, guidance, guided, scratch.hidden[0]);
            } else {
                network.hidden(simd, row, class, Input::State(x), &mut scratch);
            }
            network.output(simd, scratch.hidden[0], rows_of::<S, V>(out));
            if step.noise_scale != 0.0 {
                let first = batch.sample_offset + self.first as u64;
                fill_noise(simd, batch.seed, first, step.draw, width, noise);
            }
            let limit =
                Limit::<Row<S, V>>::new::<S, V>(simd, step, samples, state, out, sample, limits);
            let keep_x0 = self.context.uses_history || row + 1 == self.context.rows.end;
            let rows = Rows {
                out: rows_of::<S, V>(out),
                noise: rows_of::<S, V>(noise),
                state: rows_of::<S, V>(state),
                x0: rows_of::<S, V>(x0),
            };
            update(simd, step, limit, keep_x0, rows);
            if batch.inpaint.is_some() {
                if step.known[1] != 0.0 {
                    let first = batch.sample_offset + self.first as u64;
                    fill_noise(simd, batch.seed, first, INITIAL_DRAW, width, noise);
                }
                let [known, mask, noise] =
                    [&mut *known, &mut *mask, &mut *noise].map(rows_of::<S, V>);
                keep(simd, step.known, known, mask, noise, rows_of::<S, V>(state));
            }
            (self.report)(samples)?;
        }
        collect(state, self.state, dims, width);
        collect(x0, self.x0, dims, width);
        ControlFlow::Continue(())
    }
}

/// Numbers as rows of vectors.
#[inline(always)]
fn rows_of<S: Simd, const V: usize>(numbers: &mut [f32]) -> &mut [Row<S, V>] {
    S::as_mut_simd_f32s(numbers).0.as_chunks_mut().0
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

/// The classes of a tile; where they differ, `biases` receives each sample's own.
fn tile_class<'a, S: Simd, const V: usize>(
    context: &TileContext<'_>,
    first: usize,
    samples: usize,
    biases: &'a mut [f32],
) -> TileClass<'a, Row<S, V>> {
    let network = context.network;
    let class_of = |lane: usize| context.batch.class_of(first + lane, network.num_classes);
    if (1..samples).all(|lane| class_of(lane) == class_of(0)) {
        return TileClass::Shared(class_of(0));
    }
    let width = V * S::F32_LANES;
    for (layer, biases) in biases.chunks_exact_mut(network.width * width).enumerate() {
        for lane in 0..samples {
            let class = network
                .class_bias(class_of(lane), layer)
                .unwrap_or_default();
            for (biases, &bias) in biases.chunks_exact_mut(width).zip(class) {
                biases[lane] = bias;
            }
        }
    }
    TileClass::Own(rows_of::<S, V>(biases))
}

/// `hidden = G·guided + (1 − G)·hidden`: the last layer is linear, so the two outputs are combined
/// before it.
#[inline(always)]
fn guide<S: Simd, const V: usize>(
    simd: S,
    guidance: f32,
    guided: &[Row<S, V>],
    hidden: &mut [Row<S, V>],
) {
    let (towards, away) = (simd.splat_f32s(guidance), simd.splat_f32s(1.0 - guidance));
    for (free, guided) in hidden
        .as_flattened_mut()
        .iter_mut()
        .zip(guided.as_flattened())
    {
        *free = simd.mul_add_e_f32s(away, *free, simd.mul_f32s(towards, *guided));
    }
}
