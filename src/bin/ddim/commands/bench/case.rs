//! One thing to measure, and the check that it computes what it should.

use std::fmt::{self, Display};

use ddim_wgpu::Batch;
use ddim_wgpu::cpu::{
    MlpDenoiser, ProgramTwin, RoundedStep, SampleStep, init_noise, mlp_step, program_step,
    update_step,
};
use ddim_wgpu::diffusion::{Plan, SamplerKind};
use ddim_wgpu::gpu::{Kernel, Precision};
use ddim_wgpu::noise::fill_normals;

use super::network::{Kind, Network};
use crate::cli::TunedArgument;
use crate::exit::{Failure, Status};

/// Samples of a case that are compared with the kernels' twins.
const CHECKED: usize = 2;
/// Largest difference, over the largest value.
const BOUND: f32 = 1e-4;
const HALF_BOUND: f32 = 1e-2;
const SEED: u64 = 42;

/// The draw of the first condition's noise, which no step has.
const FIRST_CONDITION: u32 = u32::MAX / 2;

pub struct Case<'a> {
    pub network: &'a Network,
    pub plan: Plan,
    pub batch: Batch,
    pub steps: usize,
    pub sampler: SamplerKind,
    /// None of samplers that take none.
    pub eta: Option<f64>,
    /// None: what the device chooses.
    pub kernel: Option<Kernel>,
    pub rows_per_dispatch: usize,
    pub precision: Precision,
    pub form: Form,
}

/// Who chooses the form of the step.
#[derive(Clone)]
pub enum Form {
    /// The case, and what it leaves open the device's kind.
    Named,
    /// The cost model, for the case's number of samples.
    Expected,
    /// `ddim tune`, earlier.
    Tuned(TunedArgument),
}

impl<'a> Case<'a> {
    pub fn new(
        network: &'a Network,
        count: usize,
        steps: usize,
        (sampler, eta): (SamplerKind, Option<f64>),
    ) -> Result<Self, Failure> {
        let mut batch = Batch::new(count).seed(SEED);
        // Before the memory for its conditions.
        batch.validate(network.dims(), None)?;
        for (draw, (name, width)) in (FIRST_CONDITION..).zip(network.inputs()) {
            batch = batch.condition(name.as_str(), conditions(draw, count, *width));
        }
        let mut plan = Plan::sampler(&network.scheduler, sampler).steps(steps);
        if let Some(eta) = eta {
            plan = plan.eta(eta);
        }
        Ok(Self {
            network,
            plan: plan.build()?,
            batch,
            steps,
            sampler,
            eta,
            kernel: None,
            rows_per_dispatch: 1,
            precision: Precision::Single,
            form: Form::Named,
        })
    }

    /// What the twins make of the first `count` samples, `[count, D]`.
    fn expected(&self, count: usize) -> Vec<f32> {
        let dims = self.network.dims();
        let mut expected = vec![0.0; count * dims];
        init_noise(SEED, 0, 0, dims, &mut expected);
        let mut x0 = vec![0.0; dims];
        for (sample, x) in (0..).zip(expected.chunks_exact_mut(dims)) {
            let at = |row| SampleStep {
                row,
                class: None,
                guidance: 1.0,
                seed: SEED,
                sample,
            };
            match &self.network.kind {
                Kind::Mlp(model) => match model.mlp() {
                    Some(mlp) => {
                        let twin = MlpDenoiser::new(mlp, &self.plan);
                        for row in 0..self.plan.len() {
                            mlp_step(&twin, &self.plan, at(row), x, &mut x0);
                        }
                    }
                    None => {
                        let twin = ProgramTwin::new(model, &self.plan);
                        let inputs = self.network.inputs().iter().filter_map(|(name, width)| {
                            self.batch.condition_of(sample as usize, name, *width)
                        });
                        let inputs: Vec<&[f32]> = inputs.collect();
                        for row in 0..self.plan.len() {
                            program_step(&twin, &self.plan, at(row), &inputs, x, &mut x0);
                        }
                    }
                },
                // The network that takes no time says 0.
                Kind::Update { .. } => {
                    let out = vec![0.0; dims];
                    for row in 0..self.plan.len() {
                        update_step(
                            &RoundedStep::new(&self.plan, row),
                            at(row),
                            x,
                            &out,
                            &mut x0,
                        );
                    }
                }
            }
        }
        expected
    }

    /// Compares the first samples of a run with the twins' and says by how much they differ, over
    /// the largest value.
    pub fn check(&self, found: &[f32]) -> Result<f32, Failure> {
        let expected = self.expected(CHECKED.min(self.batch.count));
        let largest = expected
            .iter()
            .fold(f32::MIN_POSITIVE, |a, b| a.max(b.abs()));
        let differences = found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        // Never below the bound where something is not a number.
        let worst = differences.fold(0.0, |a: f32, b| if b <= a { a } else { b }) / largest;
        let bound = match self.precision {
            Precision::Single => BOUND,
            Precision::Half => HALF_BOUND,
        };
        if worst <= bound {
            return Ok(worst);
        }
        Err(Failure::new(
            Status::Unverified,
            format_args!(
                "{self}: the samples are off by {worst:.1e} of the largest value, more than {bound:.0e}; nothing was timed"
            ),
        ))
    }
}

/// A vector for each sample, `[count, width]`.
fn conditions(draw: u32, count: usize, width: usize) -> Vec<f32> {
    let mut values = vec![0.0; count * width];
    for (sample, values) in (0..).zip(values.chunks_exact_mut(width)) {
        fill_normals(SEED, sample, draw, values);
    }
    values
}

impl Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, count) = (&self.network.name, self.batch.count);
        write!(f, "{name}, {count} × {} steps, ", self.steps)?;
        match self.eta {
            Some(eta) => write!(f, "η = {eta}")?,
            None => write!(f, "{}", self.sampler.name())?,
        }
        if let Some(kernel) = self.kernel {
            write!(f, ", {}", kernel.name())?;
        }
        if self.rows_per_dispatch > 1 {
            write!(f, ", {} rows a dispatch", self.rows_per_dispatch)?;
        }
        if self.precision == Precision::Half {
            write!(f, ", half precision")?;
        }
        Ok(())
    }
}
