//! Whole runs in `f64`, as the documentation of plans says, with errors put in where asked.

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::{Clipping, History, Kept, Plan};
use ddim_wgpu::noise::fill_normals;

use super::network::ReferenceMlp;

/// Errors of a relative size, their signs from a seed: the same again for the same seed.
#[derive(Clone, Copy)]
pub(super) struct Rounding {
    size: f64,
    state: u64,
}

impl Rounding {
    pub(super) const NONE: Self = Self {
        size: 0.0,
        state: 1,
    };

    pub(super) fn new(size: f64, seed: u64) -> Self {
        let state = seed.wrapping_mul(2) | 1;
        Self { size, state }
    }

    fn disturb(&mut self, values: &mut [f64]) {
        for value in values {
            // xorshift64
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            let sign = if self.state >> 63 == 0 { 1.0 } else { -1.0 };
            *value *= 1.0 + sign * self.size;
        }
    }
}

/// A network, a plan and a batch of it.
pub(super) struct Reference<'a> {
    pub(super) network: &'a ReferenceMlp,
    pub(super) plan: &'a Plan,
    pub(super) batch: &'a Batch,
    pub(super) dims: usize,
    pub(super) classes: Option<usize>,
}

impl Reference<'_> {
    /// Sample `i` of the batch. `rounding` disturbs every network output and every state.
    pub(super) fn sample(&self, i: usize, mut rounding: Rounding) -> Vec<f64> {
        let (plan, dims) = (self.plan, self.dims);
        let clips = plan.clips();
        let index = self.batch.sample_offset + i as u64;
        let normals = |draw: u32| {
            let mut z = vec![0.0; dims];
            fill_normals(self.batch.seed, index, draw, &mut z);
            z.into_iter().map(f64::from)
        };
        let mut x: Vec<f64> = normals(0).collect();
        // What was kept, the latest last.
        let mut kept: Vec<Vec<f64>> = Vec::new();
        for (row, stage) in plan.stages().iter().enumerate() {
            let mut out = self.output(i, stage.timestep, &x);
            rounding.disturb(&mut out);
            let pairs = x.iter().zip(&out);
            let mut x0: Vec<f64> = pairs
                .clone()
                .map(|(x, out)| stage.x0_from_x * x + stage.x0_from_out * out)
                .collect();
            clip(plan.clipping(), &mut x0);
            let eps: Vec<f64> = pairs
                .zip(&x0)
                .map(|((x, out), x0)| {
                    let eps = if plan.rederive_epsilon() {
                        stage.rederive_from_x() * x + stage.rederive_from_x0() * x0
                    } else {
                        stage.eps_from_x * x + stage.eps_from_out * out
                    };
                    within(eps, clips.epsilon)
                })
                .collect();
            for d in 0..dims {
                x[d] = stage.x0_scale * x0[d] + stage.eps_scale * eps[d];
            }
            if stage.noise_scale != 0.0 {
                for (x, z) in x.iter_mut().zip(normals(stage.draw)) {
                    *x += stage.noise_scale * within(z, clips.noise);
                }
            }
            for (share, kept) in stage.history.iter().zip(kept.iter().rev()) {
                x.iter_mut()
                    .zip(kept)
                    .for_each(|(x, kept)| *x += share * kept);
            }
            if stage.keeps {
                kept.push(match plan.history() {
                    History::Ring(Kept::Epsilon) => eps,
                    _ => x0,
                });
            }
            x.iter_mut()
                .for_each(|x| *x = within(*x, plan.state_limit(row)));
            rounding.disturb(&mut x);
        }
        x
    }

    /// The network's output with guidance: `u + G·(c − u)`.
    fn output(&self, i: usize, timestep: f64, x: &[f64]) -> Vec<f64> {
        let class = self.batch.class_of(i, self.classes);
        let conditional = self.network.output(x, timestep, class);
        let guidance = f64::from(self.batch.guidance);
        if class.is_none() || guidance == 1.0 {
            return conditional;
        }
        let unconditional = self.network.output(x, timestep, None);
        let pairs = unconditional.iter().zip(&conditional);
        pairs.map(|(u, c)| u + guidance * (c - u)).collect()
    }
}

fn within(value: f64, limit: Option<f64>) -> f64 {
    limit.map_or(value, |limit| value.clamp(-limit, limit))
}

/// `x̂₀` clipped; Imagen's dynamic thresholding with a linearly interpolated quantile.
fn clip(clipping: Clipping, x0: &mut [f64]) {
    match clipping {
        Clipping::None => {}
        Clipping::Range(range) => x0.iter_mut().for_each(|x0| *x0 = x0.clamp(-range, range)),
        Clipping::DynamicThreshold { ratio, max } => {
            let mut sizes: Vec<f64> = x0.iter().map(|x0| x0.abs()).collect();
            sizes.sort_by(f64::total_cmp);
            let place = ratio * (sizes.len() - 1) as f64;
            let (below, above) = (sizes[place.floor() as usize], sizes[place.ceil() as usize]);
            let limit = (below + (above - below) * place.fract()).clamp(1.0, max);
            x0.iter_mut()
                .for_each(|x0| *x0 = x0.clamp(-limit, limit) / limit);
        }
    }
}
