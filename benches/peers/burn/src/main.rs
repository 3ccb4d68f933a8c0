//! DDIM(0) with a residual MLP of random weights in burn:
//! `burn-peer DIMS HIDDEN BLOCKS COUNT STEPS REPETITIONS`.
//!
//! Prints the seconds of every repetition, one a line. The conditioning is folded into a bias a
//! step, as in ddim-wgpu: the best that a user of burn could do without a kernel of their own.

use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor, activation};

/// A row of the coefficient table: x' = from_x·x + from_out·out.
struct Row {
    from_x: f32,
    from_out: f32,
}

struct Mlp {
    proj_in: Tensor<2>,
    blocks: Vec<Tensor<2>>,
    proj_out: Tensor<2>,
    /// Of every step and layer, `[1, hidden]`.
    biases: Vec<Vec<Tensor<2>>>,
}

impl Mlp {
    fn new(dims: usize, hidden: usize, blocks: usize, steps: usize, device: &Device) -> Self {
        let random = |rows: usize, columns: usize| {
            let deviation = (rows as f64).sqrt().recip();
            Tensor::random([rows, columns], Distribution::Normal(0.0, deviation), device)
        };
        Self {
            proj_in: random(dims, hidden),
            blocks: (0..blocks).map(|_| random(hidden, hidden)).collect(),
            proj_out: random(hidden, dims),
            biases: (0..steps)
                .map(|_| (0..=blocks).map(|_| random(1, hidden)).collect())
                .collect(),
        }
    }

    fn forward(&self, x: Tensor<2>, step: usize) -> Tensor<2> {
        let biases = &self.biases[step];
        let mut h = activation::silu(x.matmul(self.proj_in.clone()) + biases[0].clone());
        for (block, bias) in self.blocks.iter().zip(&biases[1..]) {
            h = h.clone() + activation::silu(h.matmul(block.clone()) + bias.clone());
        }
        h.matmul(self.proj_out.clone())
    }
}

/// DDIM(0) from data prediction on 1,000 linear levels, trailing.
fn rows(steps: usize) -> Vec<Row> {
    let mut level = 1.0_f64;
    let levels: Vec<f64> = (0..1000)
        .map(|i| {
            level *= 1.0 - (1e-4 + (0.02 - 1e-4) * f64::from(i) / 999.0);
            level
        })
        .collect();
    let at = |i: usize| levels[1000 - i * 1000 / steps - 1];
    (0..steps)
        .map(|i| {
            let (a, p) = (at(i), if i + 1 < steps { at(i + 1) } else { 1.0 });
            let from_x = ((1.0 - p) / (1.0 - a)).sqrt();
            Row {
                from_x: from_x as f32,
                from_out: (p.sqrt() - from_x * a.sqrt()) as f32,
            }
        })
        .collect()
}

fn main() {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .map(|argument| argument.parse().expect("a number"))
        .collect();
    let [dims, hidden, blocks, count, steps, repetitions] = numbers[..] else {
        panic!("burn-peer DIMS HIDDEN BLOCKS COUNT STEPS REPETITIONS");
    };
    let device = Device::default();
    eprintln!("{device:?}");
    let model = Mlp::new(dims, hidden, blocks, steps, &device);
    let table = rows(steps);
    let noise: Tensor<2> =
        Tensor::random([count, dims], Distribution::Normal(0.0, 1.0), &device);
    for repetition in 0..=repetitions {
        let mut x = noise.clone();
        device.sync().expect("the device is there");
        let start = Instant::now();
        for (step, row) in table.iter().enumerate() {
            let out = model.forward(x.clone(), step);
            x = x * row.from_x + out * row.from_out;
        }
        // Whatever is lazy has to be done now.
        let samples = x.into_data();
        let seconds = start.elapsed().as_secs_f64();
        assert_eq!(samples.shape().as_slice(), [count, dims]);
        // The first pays for compiling and tuning.
        if repetition > 0 {
            println!("{seconds}");
        }
    }
}
