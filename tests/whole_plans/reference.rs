//! Whole runs in `f64`, as the documentation of plans says, with errors put in where asked.

use std::cell::RefCell;

use ddim_wgpu::Batch;
use ddim_wgpu::diffusion::{Plan, StageCoefficients};
use ddim_wgpu::noise::{INITIAL_DRAW, fill_normals};

use super::conditioned::{CONDITION, ConditionedNetwork};
use super::network::ReferenceMlp;
use crate::diffusion::SampleRun;

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

/// A network in `f64`.
pub(super) enum ReferenceNetwork {
    Mlp(ReferenceMlp),
    Conditioned(ConditionedNetwork),
}

/// A network, a plan and a batch of it.
pub(super) struct Reference<'a> {
    pub(super) network: &'a ReferenceNetwork,
    pub(super) plan: &'a Plan,
    pub(super) batch: &'a Batch,
    pub(super) dims: usize,
    pub(super) classes: Option<usize>,
}

impl Reference<'_> {
    /// Sample `i` of the batch. `rounding` disturbs every network output and every state.
    pub(super) fn sample(&self, i: usize, rounding: Rounding) -> Vec<f64> {
        let index = self.batch.sample_offset + i as u64;
        let normals = |draw: u32| -> Vec<f64> {
            let mut z = vec![0.0; self.dims];
            fill_normals(self.batch.seed, index, draw, &mut z);
            z.into_iter().map(f64::from).collect()
        };
        let rounding = RefCell::new(rounding);
        let run = SampleRun {
            network: |stage: &StageCoefficients, x: &[f64]| {
                let mut out = self.output(i, stage.timestep, x);
                rounding.borrow_mut().disturb(&mut out);
                out
            },
            noise: |stage: &StageCoefficients| normals(stage.draw),
            after: |x: &mut [f64]| rounding.borrow_mut().disturb(x),
        };
        run.run(self.plan, self.plan.stages(), normals(INITIAL_DRAW))
    }

    /// The network's output with guidance: `u + G·(c − u)`.
    fn output(&self, i: usize, timestep: f64, x: &[f64]) -> Vec<f64> {
        let network = match self.network {
            ReferenceNetwork::Mlp(network) => network,
            ReferenceNetwork::Conditioned(network) => {
                let (name, width) = CONDITION;
                let goal = self.batch.condition_of(i, name, width);
                return network.output(x, timestep, goal.expect("a row for each sample"));
            }
        };
        let class = self.batch.class_of(i, self.classes);
        let conditional = network.output(x, timestep, class);
        let guidance = f64::from(self.batch.guidance);
        if class.is_none() || guidance == 1.0 {
            return conditional;
        }
        let unconditional = network.output(x, timestep, None);
        let pairs = unconditional.iter().zip(&conditional);
        pairs.map(|(u, c)| u + guidance * (c - u)).collect()
    }
}
