//! A run on the CPU engine, advanced for some milliseconds at a time.

use std::rc::Rc;

use ddim_wgpu::cpu::{CpuSampler, EngineState};
use ddim_wgpu::{Batch, no_progress};
use wasm_bindgen::JsError;

use super::sampler::Ready;
use super::script::{Outcome, now};

/// Values and samples that are advanced by a row at once, at most: some milliseconds of a bundled
/// model.
const GROUP_VALUES: usize = 16 * 784;
const GROUP_SAMPLES: usize = 256;

/// A run on the CPU engine.
pub struct CpuPlay {
    ready: Rc<Ready>,
    /// Groups of samples, all at the same row but for the first `ahead`, which are one ahead.
    groups: Vec<Group>,
    ahead: usize,
    done: usize,
    /// States after 0 rows, 1, … `done`, each `[count, D]`; empty if they are not kept.
    kept: Vec<Vec<f32>>,
    keep: bool,
}

struct Group {
    batch: Batch,
    state: EngineState,
}

impl CpuPlay {
    pub fn new(ready: Rc<Ready>, batch: Batch, keep: bool) -> Outcome<Self> {
        let sampler = engine(&ready)?;
        let at_once = (GROUP_VALUES / sampler.dims()).clamp(1, GROUP_SAMPLES);
        // A batch that does not fit the network is refused as a whole.
        let mut groups = Vec::new();
        if batch.count <= at_once {
            let state = sampler.start(&batch)?;
            groups.push(Group { batch, state });
        } else {
            sampler.start(&batch)?;
            for first in (0..batch.count).step_by(at_once) {
                let batch = batch.part(first..batch.count.min(first + at_once));
                let state = sampler.start(&batch)?;
                groups.push(Group { batch, state });
            }
        }
        let mut play = Self {
            groups,
            ahead: 0,
            done: 0,
            kept: Vec::new(),
            keep,
            ready,
        };
        if keep {
            let start = play.state();
            play.kept.push(start);
        }
        Ok(play)
    }

    /// Computes for some milliseconds, at least a group's row.
    pub fn advance(&mut self, milliseconds: f64) -> Outcome<()> {
        let (ready, start) = (self.ready.clone(), now());
        let sampler = engine(&ready)?;
        while !self.is_done() {
            let row = self.done;
            let group = &mut self.groups[self.ahead];
            sampler.advance(&group.batch, row..row + 1, &mut group.state, no_progress)?;
            self.ahead += 1;
            if self.ahead == self.groups.len() {
                (self.ahead, self.done) = (0, row + 1);
                if self.keep {
                    self.kept.push(self.state());
                }
            }
            if now() - start >= milliseconds {
                break;
            }
        }
        Ok(())
    }

    /// Rows that all samples have behind them.
    pub fn done(&self) -> usize {
        self.done
    }

    pub fn is_done(&self) -> bool {
        self.done == self.ready.plan().len()
    }

    /// The states now, `[count, D]`.
    pub fn state(&self) -> Vec<f32> {
        let states = self.groups.iter().map(|group| group.state.data.as_slice());
        states.collect::<Vec<_>>().concat()
    }

    /// The states after `row` rows, `[count, D]`.
    pub fn read(&self, row: usize) -> Outcome<Vec<f32>> {
        if !self.keep && row == self.done && self.ahead == 0 {
            return Ok(self.state());
        }
        let kept = self.kept.get(row).cloned();
        kept.ok_or_else(|| JsError::new(&format!("the state after {row} rows is not kept")))
    }
}

fn engine(ready: &Ready) -> Outcome<&CpuSampler<'static>> {
    let sampler = ready.cpu();
    sampler.ok_or_else(|| JsError::new("this sampler is not the CPU engine's"))
}
