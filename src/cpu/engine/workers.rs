//! Sharing a batch out over threads.

use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::cpu::reference::denoiser::Denoiser;
use crate::cpu::reference::mask_step::mask_step;
use crate::cpu::reference::memory::StepMemory;
use crate::cpu::reference::predict_step::predict_step;
use crate::cpu::reference::update_step::SampleStep;

use super::dispatch::dispatch;
use super::error::EngineError;
use super::few::{FewNetwork, FewTile};
use super::job::{RunContext, TileJob};
use super::ledger::Ledger;
use super::memory::{RunMemory, WorkerMemory};
use super::pool::threads;
use super::program::{EngineNetwork, EngineProgram};
use super::shape::Shape;
use super::state::SamplesMut;
use super::tile::{Tile, TileNetwork, lanes};
use super::told::Told;

/// Samples that a worker takes at a time where they are evaluated one by one.
const CUSTOM_TILE: usize = 16;

/// Runs the context's rows on all samples, whose sizes have been checked.
pub fn run(
    program: &EngineProgram<'_>,
    context: RunContext<'_>,
    samples: SamplesMut<'_>,
    memory: &mut RunMemory,
    mut told: Told<'_>,
) -> Result<(), EngineError> {
    let ledger = Ledger::new(context.batch.count as u64 * context.rows.len() as u64);
    let shared = Shared {
        ledger: &ledger,
        told: &mut told,
        context,
        dims: program.network.dims(),
        memory,
    };
    match &program.network {
        EngineNetwork::Mlp(network) => shared.network(samples, &**network, program.arch),
        EngineNetwork::Program(network) => shared.network(samples, &**network, program.arch),
        EngineNetwork::Custom(denoiser) => {
            let one = OneByOne {
                network: &**denoiser,
                program,
                context,
            };
            shared.out(samples, CUSTOM_TILE, &|_, tiles, report| {
                while let Some(job) = tiles() {
                    one.run_all(job, report)?;
                }
                ControlFlow::Continue(())
            });
        }
    }
    match ledger.close(|progress| told.tell(progress)) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(EngineError::Cancelled),
    }
}

/// Tiles that a run of `count` samples is cut into.
pub fn tiles(program: &EngineProgram<'_>, count: usize, rows: usize) -> usize {
    let lanes = lanes(program.arch);
    let cut = |work| Shape::of(count, lanes, work * rows).samples(lanes);
    count.div_ceil(match &program.network {
        EngineNetwork::Mlp(network) => cut(network.multiply_adds()),
        EngineNetwork::Program(network) => cut(network.multiply_adds()),
        EngineNetwork::Custom(_) => CUSTOM_TILE,
    })
}

type NextTile<'w, 'a> = &'w mut dyn FnMut() -> Option<TileJob<'a>>;
type Report<'w> = &'w mut dyn FnMut(usize) -> ControlFlow<()>;
type Work<'w, 'a> =
    &'w (dyn Fn(&mut WorkerMemory, NextTile<'_, 'a>, Report<'_>) -> ControlFlow<()> + Sync);

/// A run to be shared out over threads.
struct Shared<'s, 'a, 't> {
    ledger: &'s Ledger,
    told: &'s mut Told<'t>,
    context: RunContext<'a>,
    /// Values in one sample.
    dims: usize,
    memory: &'s mut RunMemory,
}

impl Shared<'_, '_, '_> {
    /// With a network of our own.
    fn network<N: FewNetwork>(self, samples: SamplesMut<'_>, network: &N, arch: pulp::Arch) {
        let (context, lanes) = (self.context, lanes(arch));
        let work = network.multiply_adds() * context.rows.len();
        let shape = Shape::of(context.batch.count, lanes, work);
        let width = shape.samples(lanes);
        self.out(samples, width, &|memory, tiles, report| {
            while let Some(job) = tiles() {
                match shape {
                    Shape::Few(_) => dispatch(
                        arch,
                        FewTile {
                            network,
                            context,
                            memory,
                            job,
                            report,
                        },
                    ),
                    Shape::Vectors(vectors) => dispatch(
                        arch,
                        Tile {
                            network,
                            context,
                            vectors,
                            memory,
                            job,
                            report,
                        },
                    ),
                }?;
            }
            ControlFlow::Continue(())
        });
    }

    /// Runs `work` on every thread of the pool; each draws tiles of `width` samples until there are
    /// none left. A single tile is the calling thread's, and so are all if it works alone.
    fn out<'a>(self, samples: SamplesMut<'a>, width: usize, work: Work<'_, 'a>) {
        let (dims, ring) = (self.dims, self.context.ring);
        let state = samples.data.chunks_mut(width * dims);
        let workers = match (&self.told, state.len()) {
            (Told::Here(_), _) | (_, 1) => 1,
            (Told::Pool(_), tiles) => threads().min(tiles),
        };
        let mut rings = samples.ring;
        let tiles = state.zip(samples.x0.chunks_mut(width * dims));
        let tiles = tiles.enumerate().map(move |(index, (state, x0))| {
            let (ring, rest) = std::mem::take(&mut rings).split_at_mut(state.len() / dims * ring);
            rings = rest;
            TileJob {
                first: index * width,
                state,
                x0,
                ring,
            }
        });
        let tiles = Mutex::new(tiles);
        let ledger = self.ledger;
        let run = |memory: &mut WorkerMemory, report: Report<'_>| {
            let mut next = || tiles.lock().unwrap_or_else(PoisonError::into_inner).next();
            // A break means that the ledger has been told to stop, which it keeps.
            let _ = work(memory, &mut next, report);
        };
        match (self.told, self.memory.of_workers(workers)) {
            (told, [alone]) => run(alone, &mut ledger.reporter(|progress| told.tell(progress))),
            (Told::Pool(tell), all) => {
                let all = all.par_iter_mut().with_max_len(1);
                all.for_each(|memory| run(memory, &mut ledger.reporter(&**tell)));
            }
            (Told::Here(_), _) => unreachable!("whoever works alone is one worker"),
        }
    }
}

/// A caller's network, evaluated one sample at a time.
struct OneByOne<'a> {
    network: &'a dyn Denoiser,
    program: &'a EngineProgram<'a>,
    context: RunContext<'a>,
}

impl OneByOne<'_> {
    fn run_all(&self, job: TileJob<'_>, report: Report<'_>) -> ControlFlow<()> {
        let (dims, ring) = (self.network.dims(), self.context.ring);
        for (i, state) in job.state.chunks_exact_mut(dims).enumerate() {
            let memory = StepMemory {
                x0: &mut job.x0[i * dims..(i + 1) * dims],
                ring: &mut job.ring[i * ring..(i + 1) * ring],
            };
            self.run(job.first + i, state, memory, report)?;
        }
        ControlFlow::Continue(())
    }

    /// Runs the rows on sample `index` of the batch.
    fn run(
        &self,
        index: usize,
        state: &mut [f32],
        memory: StepMemory<'_>,
        report: Report<'_>,
    ) -> ControlFlow<()> {
        let StepMemory { x0, ring } = memory;
        let batch = self.context.batch;
        for row in self.context.rows.clone() {
            let at = SampleStep {
                row,
                class: batch.class_of(index, self.network.num_classes()),
                guidance: batch.guidance,
                seed: batch.seed,
                sample: batch.sample_offset + index as u64,
            };
            let memory = StepMemory {
                x0: &mut *x0,
                ring: &mut *ring,
            };
            predict_step(self.network, &self.program.plan, at, state, memory);
            if let Some(known) = &batch.inpaint {
                let own = index * state.len()..(index + 1) * state.len();
                let (data, mask) = (&known.data[own.clone()], &known.mask[own]);
                let scales = self.program.steps[row].inpaint;
                mask_step(scales, (at.seed, at.sample), data, mask, state);
            }
            report(1)?;
        }
        ControlFlow::Continue(())
    }
}
