//! Sharing a batch out over threads.

use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::batch::Batch;
use crate::cpu::reference::denoiser::Denoiser;
use crate::cpu::reference::mask_step::mask_step;
use crate::cpu::reference::memory::StepMemory;
use crate::cpu::reference::predict_step::predict_step;
use crate::cpu::reference::update_step::SampleStep;

use super::error::EngineError;
use super::pool::threads;
use super::program::{EngineNetwork, EngineProgram};
use super::state::{EngineState, ring_len};
use super::tile::{Tile, TileBuffers, TileContext, TileNetwork, lanes};
use crate::progress::Progress;

/// Least time between two reports of a worker.
const REPORT_EVERY: Duration = Duration::from_millis(20);
/// Samples that a worker takes at a time where they are evaluated one by one.
const CUSTOM_TILE: usize = 16;

/// Counts what is done, tells the caller, and passes on a wish to stop.
struct Ledger<'a> {
    progress: &'a (dyn Fn(Progress) -> ControlFlow<()> + Sync),
    done: AtomicU64,
    total: u64,
    stopped: AtomicBool,
}

impl Ledger<'_> {
    /// A worker's way to report, which calls back only now and then.
    fn reporter(&self) -> impl FnMut(usize) -> ControlFlow<()> {
        let mut last = Instant::now();
        move |samples| {
            let done = self.done.fetch_add(samples as u64, Ordering::Relaxed) + samples as u64;
            if last.elapsed() >= REPORT_EVERY {
                last = Instant::now();
                self.tell(done);
            }
            if self.stopped.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        }
    }

    fn tell(&self, done: u64) {
        let total = self.total;
        if (self.progress)(Progress { done, total }).is_break() {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }
}

/// Runs `rows` on all samples, whose sizes have been checked.
pub fn run(
    program: &EngineProgram<'_>,
    batch: &Batch,
    rows: &Range<usize>,
    samples: &mut EngineState,
    progress: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
) -> Result<(), EngineError> {
    let ledger = Ledger {
        progress,
        done: AtomicU64::new(0),
        total: batch.count as u64 * rows.len() as u64,
        stopped: AtomicBool::new(false),
    };
    match &program.network {
        EngineNetwork::Mlp(network) => {
            run_tiles(&**network, program, batch, rows, samples, &ledger);
        }
        EngineNetwork::Program(network) => {
            run_tiles(&**network, program, batch, rows, samples, &ledger);
        }
        EngineNetwork::Custom(denoiser) => {
            let one = OneByOne {
                network: &**denoiser,
                program,
                batch,
                rows,
            };
            let dims = denoiser.dims();
            let ring = ring_len(&program.plan, dims);
            let sizes = [dims, ring];
            share_out(&ledger, samples, sizes, CUSTOM_TILE, |tiles, report| {
                while let Some(tile) = tiles() {
                    let first = tile.index * CUSTOM_TILE;
                    for (i, state) in tile.state.chunks_exact_mut(dims).enumerate() {
                        let x0 = &mut tile.x0[i * dims..(i + 1) * dims];
                        let ring = &mut tile.ring[i * ring..(i + 1) * ring];
                        one.run(first + i, state, StepMemory { x0, ring }, report)?;
                    }
                }
                ControlFlow::Continue(())
            });
        }
    }
    ledger.tell(ledger.done.load(Ordering::Relaxed));
    if ledger.stopped.into_inner() {
        return Err(EngineError::Cancelled);
    }
    Ok(())
}

/// Runs a network that evaluates many samples at a time.
fn run_tiles<N: TileNetwork>(
    network: &N,
    program: &EngineProgram<'_>,
    batch: &Batch,
    rows: &Range<usize>,
    samples: &mut EngineState,
    ledger: &Ledger<'_>,
) {
    let lanes = lanes(program.arch);
    let context = TileContext {
        network,
        batch,
        steps: &program.steps,
        rows,
        uses_history: program.plan.uses_history(),
        ring: ring_len(&program.plan, network.dims()),
        vectors: tile_vectors(batch.count, lanes, threads()),
    };
    let width = context.vectors * lanes;
    let sizes = [network.dims(), context.ring];
    share_out(ledger, samples, sizes, width, |tiles, report| {
        let mut buffers = TileBuffers::new(&context, lanes);
        while let Some(tile) = tiles() {
            program.arch.dispatch(Tile {
                context,
                buffers: &mut buffers,
                first: tile.index * width,
                state: tile.state,
                x0: tile.x0,
                ring: tile.ring,
                report,
            })?;
        }
        ControlFlow::Continue(())
    });
}

/// The samples of a tile.
struct TileJob<'a> {
    /// Number of the tile, from 0.
    index: usize,
    state: &'a mut [f32],
    x0: &'a mut [f32],
    ring: &'a mut [f32],
}

type NextTile<'w, 'a> = &'w mut dyn FnMut() -> Option<TileJob<'a>>;
type Report<'w> = &'w mut dyn FnMut(usize) -> ControlFlow<()>;

/// Runs `work` on every thread of the pool; each draws tiles of `width` samples until there are
/// none left. A sample has `dims` values, and its ring `ring`.
fn share_out<'a>(
    ledger: &Ledger<'_>,
    samples: &'a mut EngineState,
    [dims, ring]: [usize; 2],
    width: usize,
    work: impl Fn(NextTile<'_, 'a>, Report<'_>) -> ControlFlow<()> + Sync,
) {
    let state = samples.data.chunks_mut(width * dims);
    let workers = threads().min(state.len());
    let mut rings = samples.ring.as_mut_slice();
    let tiles = state.zip(samples.x0.chunks_mut(width * dims));
    let tiles = tiles.enumerate().map(move |(index, (state, x0))| {
        let (own, rest) = std::mem::take(&mut rings).split_at_mut(state.len() / dims * ring);
        rings = rest;
        let ring = own;
        TileJob {
            index,
            state,
            x0,
            ring,
        }
    });
    let tiles = Mutex::new(tiles);
    rayon::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|_| {
                let mut next = || tiles.lock().unwrap_or_else(PoisonError::into_inner).next();
                // A break means that the ledger has been told to stop, which it keeps.
                let _ = work(&mut next, &mut ledger.reporter());
            });
        }
    });
}

/// A caller's network, evaluated one sample at a time.
struct OneByOne<'a> {
    network: &'a dyn Denoiser,
    program: &'a EngineProgram<'a>,
    batch: &'a Batch,
    rows: &'a Range<usize>,
}

impl OneByOne<'_> {
    /// Runs the rows on sample `index` of the batch.
    fn run(
        &self,
        index: usize,
        state: &mut [f32],
        memory: StepMemory<'_>,
        report: Report<'_>,
    ) -> ControlFlow<()> {
        let StepMemory { x0, ring } = memory;
        let batch = self.batch;
        for row in self.rows.clone() {
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

/// The vectors of a tile: wide tiles compute faster, but a small batch must be cut fine enough for
/// all threads.
fn tile_vectors(count: usize, lanes: usize, threads: usize) -> usize {
    // AVX2 has registers for two vectors. The times are relative, per vector of a tile, as measured
    // with AVX-512.
    let widths: &[(usize, usize)] = match lanes {
        8 => &[(2, 20), (1, 30)],
        _ => &[(4, 20), (2, 21), (1, 30)],
    };
    let time = |&&(vectors, time): &&(usize, usize)| {
        count.div_ceil(vectors * lanes).div_ceil(threads) * vectors * time
    };
    widths
        .iter()
        .min_by_key(time)
        .map_or(1, |&(vectors, _)| vectors)
}
