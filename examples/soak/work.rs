//! What is done over and over, each time with the samples compared with those of the first time.

use std::error::Error;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::OnceLock;
use std::task::{Context, Waker};

use ddim_wgpu::diffusion::{Plan, PlanBuilder, SamplerKind};
use ddim_wgpu::gpu::{DiffusionSampler, SamplerOptions};
use ddim_wgpu::network::Model;
use ddim_wgpu::session::SessionError;
use ddim_wgpu::{Backend, Batch, Session};

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A device, and a plan of each kind with the samples that it gave first.
pub struct Workload {
    backend: Backend,
    model: Model,
    plans: Vec<Plan>,
    first: Vec<OnceLock<Vec<f32>>>,
}

impl Workload {
    pub fn open(device: &str) -> std::result::Result<Self, Box<dyn Error>> {
        let backend = Backend::open(&device.parse()?)?;
        let model = Model::load(concat!(env!("CARGO_MANIFEST_DIR"), "/models/swiss-roll"))?;
        let plans = [
            Plan::ddim(model.scheduler()).steps(4),
            Plan::ddim(model.scheduler()).steps(7).eta(1.0),
            Plan::sampler(model.scheduler(), SamplerKind::Heun).steps(3),
            Plan::sampler(model.scheduler(), SamplerKind::DpmSolverPlusPlus2M).steps(5),
        ];
        let plans = plans.map(PlanBuilder::build).into_iter();
        let plans = plans.collect::<std::result::Result<Vec<_>, _>>()?;
        let first = plans.iter().map(|_| OnceLock::new()).collect();
        Ok(Self {
            backend,
            model,
            plans,
            first,
        })
    }

    pub fn device(&self) -> &str {
        self.backend.description()
    }

    /// One of each: a session from nothing, another plan of it, a run that is cancelled, and on a
    /// GPU a run whose plan changes half-way and whose readback nobody waits for.
    pub fn round(&self, round: u64) -> Result {
        let at = |i: u64| ((round + i) % self.plans.len() as u64) as usize;
        let mut session = Session::new(&self.backend, &self.model, &self.plans[at(0)])?;
        self.compare(at(0), &session)?;
        session = session.with_plan(&self.plans[at(1)])?;
        self.compare(at(1), &session)?;
        let stopped = session.sample_with(&batch(), &mut |_| ControlFlow::Break(()));
        if !matches!(stopped, Err(SessionError::Cancelled)) {
            return Err("a run that was stopped gave samples".into());
        }
        self.abandoned(at(2), at(3))
    }

    fn compare(&self, plan: usize, session: &Session) -> Result {
        let samples = session.sample(&batch())?.into_values();
        if *self.first[plan].get_or_init(|| samples.clone()) != samples {
            return Err(format!("plan {plan}: not the samples of the first time").into());
        }
        Ok(())
    }

    fn abandoned(&self, plan: usize, next: usize) -> Result {
        let Some((device, queue)) = self.backend.wgpu() else {
            return Ok(());
        };
        let mut options = SamplerOptions::default();
        options.row_capacity = self
            .plans
            .iter()
            .map(Plan::len)
            .max()
            .and_then(|n| n.try_into().ok());
        let plan = &self.plans[plan];
        let mut sampler = DiffusionSampler::with_options(device, &self.model, plan, &options)?;
        let run = sampler.prepare(device, queue, &batch())?;
        let goes_on = |_| ControlFlow::Continue(());
        sampler.submit_blocking(device, queue, &run, 0..plan.len() / 2, goes_on)?;
        sampler.set_plan(queue, &self.plans[next])?;
        let stages = 0..sampler.len();
        sampler.submit_blocking(device, queue, &run, stages, goes_on)?;
        let mut reading = pin!(run.read(device, queue));
        let _ = reading
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        Ok(())
    }
}

fn batch() -> Batch {
    Batch::new(200).seed(5)
}
