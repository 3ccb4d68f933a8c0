//! A model on the app's device: one sampler, one run, and how far it is.

use std::num::NonZeroUsize;
use std::time::Duration;

use ddim_wgpu::diffusion::{Plan, StageCoefficients};
use ddim_wgpu::gpu::{Budget, DiffusionSampler, ImageSource, ImageTexture, Run, SamplerOptions};
use eframe::wgpu;

use crate::catalogue::{Failure, Settings, Source};

/// Images side by side, one column a class where there are ten.
pub(crate) const COLUMNS: usize = 10;

pub(crate) struct Session {
    model: Source,
    sampler: DiffusionSampler,
    plan: Plan,
    run: Run,
    budget: Budget,
    /// x_T of points, which colours them.
    start: Option<wgpu::Buffer>,
    /// The state and x̂₀ of images.
    pictures: Option<[ImageTexture; 2]>,
    /// Rows that have been recorded.
    done: usize,
    /// Rows that are to be.
    goal: usize,
}

impl Session {
    /// Everything that takes time: compiles the kernels, uploads the weights, allocates the batch.
    pub(crate) fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        model: Source,
        settings: &Settings,
        frame: Duration,
    ) -> Result<Self, Failure> {
        let plan = settings.plan(&model)?;
        let mut options = SamplerOptions::default();
        // Room for whatever the sliders may ask for.
        options.row_capacity = NonZeroUsize::new(2 * Settings::MOST_STEPS);
        let sampler = DiffusionSampler::with_options(device, model.network(), &plan, &options)?;
        let batch = settings.batch(model.network().num_classes());
        let run = sampler.prepare(device, queue, &batch)?;
        let shape = sampler.sample_shape();
        let pictures =
            |shown| ImageTexture::new(device, &run.shards()[0], shape, COLUMNS as u32, shown);
        let (start, pictures) = match shape {
            [2] => {
                let start = device.create_buffer(&wgpu::BufferDescriptor {
                    label: Some("live.start"),
                    size: run.state().size(),
                    usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::VERTEX,
                    mapped_at_creation: false,
                });
                (Some(start), None)
            }
            _ => (
                None,
                Some([pictures(ImageSource::State)?, pictures(ImageSource::X0)?]),
            ),
        };
        Ok(Self {
            model,
            goal: 0,
            done: usize::MAX,
            sampler,
            plan,
            run,
            budget: Budget::new(device, queue, frame)?,
            start,
            pictures,
        })
    }

    /// Takes new settings of the same count, without a new pipeline, buffer or bind
    /// group; the run starts anew.
    pub(crate) fn set(&mut self, queue: &wgpu::Queue, settings: &Settings) -> Result<(), Failure> {
        let plan = settings.plan(&self.model)?;
        self.sampler.set_plan(queue, &plan)?;
        self.run
            .set_batch(queue, &settings.batch(self.num_classes()))?;
        // As far along as before, on the new way.
        self.goal = (self.goal * plan.len()).div_ceil(self.plan.len());
        self.plan = plan;
        self.done = usize::MAX;
        Ok(())
    }

    /// Records the rows of a frame towards the goal, and how many they were. A goal behind is
    /// reached from the start: the same noise gives the same states.
    pub(crate) fn encode(&mut self, encoder: &mut wgpu::CommandEncoder) -> usize {
        if self.done > self.goal {
            self.sampler.encode(encoder, &self.run, 0..0);
            if let Some(start) = &self.start {
                encoder.copy_buffer_to_buffer(self.run.state(), 0, start, 0, Some(start.size()));
            }
            self.done = 0;
        }
        let rows = self.budget.rows(self.done..self.goal);
        let count = rows.len();
        self.done = rows.end;
        if count > 0 {
            self.budget.encode(encoder, &self.sampler, &self.run, rows);
        }
        for picture in self.pictures.iter().flatten() {
            picture.encode(encoder);
        }
        count
    }

    pub(crate) fn set_goal(&mut self, rows: usize) {
        self.goal = rows.min(self.plan.len());
    }

    pub(crate) fn goal(&self) -> usize {
        self.goal
    }

    /// Rows done, which is the number of the next.
    pub(crate) fn done(&self) -> usize {
        self.done.min(self.plan.len())
    }

    pub(crate) fn is_working(&self) -> bool {
        self.done != self.goal
    }

    /// Rows of the plan.
    pub(crate) fn rows(&self) -> usize {
        self.plan.len()
    }

    /// The row that made what is shown, none at the start.
    pub(crate) fn shown_row(&self) -> Option<&StageCoefficients> {
        self.plan.stages().get(self.done().wrapping_sub(1))
    }

    pub(crate) fn num_classes(&self) -> Option<usize> {
        self.model.network().num_classes()
    }

    pub(crate) fn is_of_points(&self) -> bool {
        self.start.is_some()
    }

    pub(crate) fn count(&self) -> usize {
        self.run.count()
    }

    pub(crate) fn pictures(&self) -> Option<&[ImageTexture; 2]> {
        self.pictures.as_ref()
    }

    /// Points to draw, and where each of them started.
    pub(crate) fn points(&self, shown: ImageSource) -> Option<[&wgpu::Buffer; 2]> {
        // Before the first row there is no estimate.
        let now = match shown {
            ImageSource::X0 if self.done() > 0 => self.run.x0(),
            _ => self.run.state(),
        };
        self.start.as_ref().map(|start| [now, start])
    }

    pub(crate) fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }
}
