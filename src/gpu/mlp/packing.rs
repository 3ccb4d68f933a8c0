//! The residual MLP's numbers as its kernels read them: `shaders/mlp/mlp.wgsl`.

use half::f16;

use super::serial::SERIAL_MAX_UNROLL;
use crate::diffusion::Plan;
use crate::gpu::shader::step_program::Padded;
use crate::network::{Linear, Mlp, Sinusoid};

/// Where each part of a model lies in its two buffers, in quads.
#[derive(Clone, Copy, Debug)]
pub struct Packing {
    /// Of the weights.
    pub proj_in: usize,
    /// Inputs of the first layer, padded with zeros, in values.
    pub features: usize,
    pub blocks: usize,
    pub proj_out: usize,
    weights: usize,
    /// Of the biases: what is never narrowed.
    pub proj_out_bias: usize,
    pub frequencies: usize,
    /// Where the rows begin.
    pub biases: usize,
}

impl Packing {
    pub fn new(model: &Mlp, padded: Padded) -> Self {
        let Padded {
            hidden, outputs, ..
        } = padded;
        let config = model.config();
        // Zeros up to a whole round of the serial kernel, which is also a square of the largest matrix units.
        let features = config.input_features().next_multiple_of(SERIAL_MAX_UNROLL);
        let dims = config.dims().next_multiple_of(4);
        let proj_in = 0;
        let blocks = proj_in + features * hidden / 4;
        let proj_out = blocks + config.num_blocks * hidden * hidden / 4;
        let weights = proj_out + hidden * outputs / 4;
        let proj_out_bias = 0;
        let frequencies = proj_out_bias + dims / 4;
        let frequency_count = config.input_embedding.as_ref().map_or(0, |e| e.size / 2);
        Self {
            proj_in,
            features,
            blocks,
            proj_out,
            weights,
            proj_out_bias,
            frequencies,
            biases: frequencies + frequency_count.div_ceil(4),
        }
    }
}

/// The model's matrices, each `[inputs][outputs]` or the other way, as f32 or f16; in a kernel's widths.
pub fn pack_weights(model: &Mlp, padded: Padded, half: bool) -> Vec<u8> {
    let packed = matrices(model, padded);
    if half {
        let narrowed: Vec<f16> = packed.into_iter().map(f16::from_f32).collect();
        bytemuck::cast_slice(&narrowed).to_vec()
    } else {
        bytemuck::cast_slice(&packed).to_vec()
    }
}

fn matrices(model: &Mlp, padded: Padded) -> Vec<f32> {
    let Padded {
        hidden,
        outputs,
        inputs_last,
    } = padded;
    let packing = Packing::new(model, padded);
    let mut packed = vec![0.0; packing.weights * 4];
    let weights = model.weights();
    // A layer's width is the distance of its rows, or that of its inputs the distance of its columns.
    let mut pack = |linear: &Linear, at: usize, inputs: usize, outputs: usize| {
        let strides = if inputs_last {
            (inputs, 1)
        } else {
            (1, outputs)
        };
        pack_into(linear, strides, &mut packed[4 * at..]);
    };
    pack(&weights.proj_in, packing.proj_in, packing.features, hidden);
    for (i, block) in weights.blocks.iter().enumerate() {
        let at = packing.blocks + i * hidden * hidden / 4;
        pack(block, at, hidden, hidden);
    }
    pack(&weights.proj_out, packing.proj_out, hidden, outputs);
    packed
}

/// `[out, in]` to places so far apart from output to output, and from input to input.
fn pack_into(linear: &Linear, (of_output, of_input): (usize, usize), packed: &mut [f32]) {
    let rows = linear.weight.data.chunks_exact(linear.weight.cols);
    for (output, row) in rows.enumerate() {
        for (input, &value) in row.iter().enumerate() {
            packed[output * of_output + input * of_input] = value;
        }
    }
}

/// The output's bias, the frequencies, and every hidden layer's additive bias:
/// `[class rows, then plan rows][layer][hidden]`.
pub fn pack_biases(model: &Mlp, plan: &Plan, padded: Padded) -> Vec<f32> {
    let config = model.config();
    let packing = Packing::new(model, padded);
    let hidden = padded.hidden;
    let mut packed = vec![0.0; packing.biases * 4];
    let bias = &model.weights().proj_out.bias;
    packed[packing.proj_out_bias * 4..][..bias.len()].copy_from_slice(bias);
    if let Some(embedding) = &config.input_embedding {
        // The embedding's scale and its frequencies act as one factor.
        let frequencies = Sinusoid::of_input(embedding, &config.time_embedding);
        for (packed, frequency) in packed[packing.frequencies * 4..]
            .iter_mut()
            .zip(frequencies.frequencies())
        {
            *packed = (embedding.scale * frequency) as f32;
        }
    }
    let conditioning = model.conditioning(plan);
    let hidden_size = config.hidden_size;
    packed.extend(pad_biases(&conditioning.class_bias, hidden_size, hidden));
    packed.extend(pad_biases(&conditioning.time_bias, hidden_size, hidden));
    packed
}

/// `[rows][layers][H]` to `[rows][layers][hidden]`, padded with zeros.
pub fn pad_biases(biases: &[f32], hidden_size: usize, hidden: usize) -> Vec<f32> {
    let mut padded = vec![0.0; biases.len() / hidden_size * hidden];
    for (from, to) in biases
        .chunks_exact(hidden_size)
        .zip(padded.chunks_exact_mut(hidden))
    {
        to[..hidden_size].copy_from_slice(from);
    }
    padded
}
