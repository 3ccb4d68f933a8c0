//! The forward process as a plan.

use super::Plan;
use crate::diffusion::config::clipping::Clipping;
use crate::diffusion::config::clips::Clips;
use crate::diffusion::config::names::{PredictionType, Process};
use crate::diffusion::config::timesteps::TimestepError;
use crate::diffusion::schedule::discrete::NoiseSchedule;
use crate::diffusion::schedule::noise_level::NoiseLevel;
use crate::diffusion::solver::forward::Forward;
use crate::diffusion::stage::coefficients::StageCoefficients;
use crate::diffusion::stage::error::PlanError;
use crate::diffusion::stage::history::History;
use crate::noise::{INITIAL_DRAW, step_draw};

impl Plan {
    /// The forward process as rows: for a GPU, on which an external network's output buffer holds
    /// the data `x_0` all along. On the CPU [`Forward`] is the shorter way.
    ///
    /// `timesteps` rise strictly. The first row takes data to the first of them
    /// ([`Forward::marginal`], whatever the state), each further row the state on to the next
    /// ([`Forward::non_markov`] with `eta`; 1 is DDPM's Markov chain). The noise of the first row
    /// is draw 0, that of row `i` draw `1 + i`; so a plan of one timestep noises with what would be
    /// `x_T`.
    ///
    /// # Errors
    /// [`PlanError`], if the timesteps are no such list or `eta` is out of range.
    pub fn forward(
        schedule: &NoiseSchedule,
        timesteps: &[usize],
        eta: f64,
    ) -> Result<Self, PlanError> {
        let train_steps = schedule.train_steps();
        if timesteps.is_empty() {
            return Err(TimestepError::NoSteps.into());
        }
        let mut stages = Vec::with_capacity(timesteps.len());
        let mut level = NoiseLevel::CLEAN;
        for (index, &timestep) in timesteps.iter().enumerate() {
            if timestep >= train_steps {
                return Err(TimestepError::OutOfRange {
                    timestep,
                    train_steps,
                }
                .into());
            }
            let next = schedule.level(timestep);
            let draw = if index == 0 {
                INITIAL_DRAW
            } else {
                step_draw(index as u32)
            };
            let step = Forward::non_markov(level, next, eta)?;
            stages.push(StageCoefficients::forward(
                (index, draw),
                timestep as f64,
                level,
                next,
                step,
            ));
            level = next;
        }
        Ok(Self {
            stages,
            history: History::None,
            process: Process::Forward,
            prediction: PredictionType::Sample,
            clipping: Clipping::None,
            rederive_epsilon: false,
            clips: Clips::default(),
            train_steps,
        })
    }
}
