//! The residual MLP for a tile of samples.

use std::sync::OnceLock;

use pulp::Simd;

use crate::diffusion::Plan;
use crate::network::{Activation, Conditioning, Mlp, Sinusoid};

use super::blocks::{PackedWeight, Row, padded};
use super::few::{FewLayer, FewMlp};
use super::layer::{Bias, Epilogue, finish, layer};
use super::vector_math::sin_cos_turns;

/// A model in the order in which the engine reads it, with the conditioning of one plan.
#[derive(Debug, Clone)]
pub struct PackedMlp {
    pub dims: usize,
    pub num_classes: Option<usize>,
    /// Width of the hidden layers, in whole blocks.
    pub width: usize,
    hidden_size: usize,
    activation: Activation,
    features: Option<Features>,
    proj_in: PackedWeight,
    blocks: Vec<PackedWeight>,
    proj_out: PackedWeight,
    proj_out_bias: Vec<f32>,
    conditioning: Conditioning,
    /// `[width]` zeros.
    no_bias: Vec<f32>,
    /// The weights for a few samples, from the first batch of a few on.
    few: OnceLock<FewMlp>,
}

/// The embedding of a coordinate.
#[derive(Debug, Clone)]
struct Features {
    size: usize,
    cosines_first: bool,
    /// Turns per unit of the coordinate, rounded, and what rounding left over.
    turns: Vec<[f32; 2]>,
}

/// Which class bias the samples of a tile are given.
#[derive(Clone, Copy)]
pub enum TileClass<'a, R> {
    /// All the same, or "no class".
    Shared(Option<u32>),
    /// `[layers][width]`: each its own.
    Own(&'a [R]),
}

/// What the network is given.
#[derive(Clone, Copy)]
pub enum Input<'a, R> {
    /// x, `[dims]`, which has been embedded.
    State(&'a [R]),
    /// [`PackedMlp::project`] of it, `[width]`.
    Projected(&'a [R]),
}

/// What a tile needs to evaluate the network, in rows.
pub struct Scratch<'a, R> {
    /// `φ(x)`, where the model has an input embedding.
    pub features: &'a mut [R],
    /// `[width]` each; the result is in the first.
    pub hidden: [&'a mut [R]; 2],
    /// `[layers × width]` numbers.
    pub bias: &'a mut [f32],
}

impl PackedMlp {
    pub fn new(mlp: &Mlp, plan: &Plan) -> Self {
        let (config, weights) = (mlp.config(), mlp.weights());
        let mut proj_out_bias = weights.proj_out.bias.clone();
        proj_out_bias.resize(padded(config.dims()), 0.0);
        let features = config.input_embedding.as_ref().map(|embedding| {
            let sinusoid = Sinusoid::of_input(embedding, &config.time_embedding);
            let turns = sinusoid.frequencies().iter().map(|frequency| {
                let exact = frequency * embedding.scale / std::f64::consts::TAU;
                [exact as f32, (exact - f64::from(exact as f32)) as f32]
            });
            Features {
                size: sinusoid.size(),
                cosines_first: sinusoid.cosines_first(),
                turns: turns.collect(),
            }
        });
        Self {
            dims: config.dims(),
            num_classes: config.num_classes,
            width: padded(config.hidden_size),
            hidden_size: config.hidden_size,
            activation: config.activation,
            features,
            proj_in: PackedWeight::new(&weights.proj_in),
            blocks: weights.blocks.iter().map(PackedWeight::new).collect(),
            proj_out: PackedWeight::new(&weights.proj_out),
            proj_out_bias,
            conditioning: mlp.conditioning(plan),
            no_bias: vec![0.0; padded(config.hidden_size)],
            few: OnceLock::new(),
        }
    }

    /// The same weights for a few samples.
    pub fn few(&self) -> &FewMlp {
        self.few.get_or_init(|| {
            let turns = self.features.iter().flat_map(|features| &features.turns);
            let quarters = |part: usize| turns.clone().map(|turns| 4.0 * turns[part]).collect();
            let hidden = |packed| FewLayer::new(packed, self.hidden_size);
            FewMlp {
                quarters: [quarters(0), quarters(1)],
                proj_in: hidden(&self.proj_in),
                blocks: self.blocks.iter().map(hidden).collect(),
                proj_out: FewLayer::new(&self.proj_out, self.dims),
            }
        })
    }

    /// Values of a hidden layer.
    pub fn hidden_size(&self) -> usize {
        self.hidden_size
    }

    /// What the hidden layers apply.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// The bias of the output layer, `[dims]`.
    pub fn output_bias(&self) -> &[f32] {
        &self.proj_out_bias[..self.dims]
    }

    /// The features of a coordinate, and whether the cosines are first; none: x is the input.
    pub fn feature_order(&self) -> Option<(usize, bool)> {
        let features = self.features.as_ref();
        features.map(|one| (one.size, one.cosines_first))
    }

    /// Layers that have a bias of the timestep and the class.
    pub fn layers(&self) -> usize {
        self.blocks.len() + 1
    }

    /// Rows that [`Scratch::features`] needs.
    pub fn feature_rows(&self) -> usize {
        self.features.as_ref().map_or(0, |one| one.size * self.dims)
    }

    /// The bias of a class at layer `layer`, `[hidden_size]`; nothing when the model has no
    /// classes.
    pub fn class_bias(&self, class: Option<u32>, layer: usize) -> Option<&[f32]> {
        let row = self.conditioning.class_row(class)?;
        Some(&row[layer * self.hidden_size..][..self.hidden_size])
    }

    /// Writes `φ(x)` where the model has an input embedding.
    #[inline(always)]
    pub fn embed<S: Simd, const V: usize>(&self, simd: S, x: &[Row<S, V>], out: &mut [Row<S, V>]) {
        let Some(features) = &self.features else {
            return;
        };
        let half = features.turns.len();
        for (x, out) in x.iter().zip(out.chunks_exact_mut(features.size)) {
            let (first, second) = out.split_at_mut(half);
            let (sines, cosines) = if features.cosines_first {
                (&mut second[..half], first)
            } else {
                (first, &mut second[..half])
            };
            for (k, &turns) in features.turns.iter().enumerate() {
                for (vector, &x) in x.iter().enumerate() {
                    let (sin, cos) = sin_cos_turns(simd, x, turns);
                    sines[k][vector] = sin;
                    cosines[k][vector] = cos;
                }
            }
            if features.size % 2 == 1 {
                out[features.size - 1] = [simd.splat_f32s(0.0); V];
            }
        }
    }

    /// The input layer's products, without its bias: what the passes of guidance share. `x` must
    /// have been embedded.
    #[inline(always)]
    pub fn project<S: Simd, const V: usize>(
        &self,
        simd: S,
        x: &[Row<S, V>],
        scratch: &Scratch<'_, Row<S, V>>,
        out: &mut [Row<S, V>],
    ) {
        let bias = Bias {
            shared: &self.no_bias,
            own: None,
        };
        let input = self.input(x, scratch.features);
        layer(simd, &self.proj_in, bias, Epilogue::NONE, input, out);
    }

    /// `φ(x)`, or x where the model has no input embedding.
    #[inline(always)]
    fn input<'a, R>(&self, x: &'a [R], features: &'a [R]) -> &'a [R] {
        if self.features.is_some() { features } else { x }
    }

    /// Computes the last hidden rows for row `row` of the plan into `scratch.hidden[0]`.
    #[inline(always)]
    pub fn hidden<S: Simd, const V: usize>(
        &self,
        simd: S,
        row: usize,
        class: TileClass<'_, Row<S, V>>,
        input: Input<'_, Row<S, V>>,
        scratch: &mut Scratch<'_, Row<S, V>>,
    ) {
        self.fold_bias(row, class, scratch.bias);
        let bias = |biases, layer: usize| -> Bias<'_, Row<S, V>> {
            let rows = layer * self.width..(layer + 1) * self.width;
            let biases: &[f32] = biases;
            Bias {
                shared: &biases[rows.clone()],
                own: match class {
                    TileClass::Own(own) => Some(&own[rows]),
                    TileClass::Shared(_) => None,
                },
            }
        };
        let epilogue = |residual| Epilogue {
            activation: Some(self.activation),
            residual,
        };
        let [current, next] = &mut scratch.hidden;
        let first = bias(scratch.bias, 0);
        match input {
            Input::State(x) => {
                let input = self.input(x, scratch.features);
                layer(simd, &self.proj_in, first, epilogue(false), input, current);
            }
            Input::Projected(sums) => finish(simd, sums, first, self.activation, current),
        }
        for (block, weight) in self.blocks.iter().enumerate() {
            let bias = bias(scratch.bias, block + 1);
            layer(simd, weight, bias, epilogue(true), current, next);
            std::mem::swap(current, next);
        }
    }

    /// The network's output from the last hidden rows; `out` is of `padded(dims)` rows.
    #[inline(always)]
    pub fn output<S: Simd, const V: usize>(
        &self,
        simd: S,
        hidden: &[Row<S, V>],
        out: &mut [Row<S, V>],
    ) {
        let bias = Bias {
            shared: &self.proj_out_bias,
            own: None,
        };
        layer(simd, &self.proj_out, bias, Epilogue::NONE, hidden, out);
    }

    /// The biases of the layers in whole blocks: the timestep's part, and the class's where the
    /// tile shares one.
    fn fold_bias<R>(&self, row: usize, class: TileClass<'_, R>, out: &mut [f32]) {
        for (layer, out) in out.chunks_exact_mut(self.width).enumerate() {
            let class = match class {
                TileClass::Shared(class) => self.class_bias(class, layer),
                TileClass::Own(_) => None,
            };
            self.write_bias(row, layer, class, out);
        }
    }

    /// The bias of a layer: the timestep's part, and a class's.
    pub fn write_bias(&self, row: usize, layer: usize, class: Option<&[f32]>, out: &mut [f32]) {
        let time = &self.conditioning.time_row(row)[layer * self.hidden_size..];
        let time = &time[..self.hidden_size];
        match class {
            Some(class) => {
                for ((out, time), class) in out.iter_mut().zip(time).zip(class) {
                    *out = time + class;
                }
            }
            None => out[..time.len()].copy_from_slice(time),
        }
    }
}
