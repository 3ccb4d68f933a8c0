//! From a source to a sink with several parts in flight, so that a device computes one while
//! another is uploaded or read back.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::batch::Batch;
use crate::threading::sync::atomic::{AtomicBool, Ordering};
use crate::threading::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use crate::threading::thread::{self, Scope};

use super::error::SessionError;
use super::sink::{Part, Sink};
use super::source::Source;
use super::watch::StageObserver;

/// Makes all of a part, and tells an observer how many samples times stages of it are done.
pub type Make<'a> =
    dyn Fn(&Batch, &mut StageObserver<'_>) -> Result<Vec<f32>, SessionError> + Sync + 'a;

/// What a lane says.
enum Said {
    /// So many samples times stages of its part are done.
    Done(usize, u64),
    /// Its part is made, or making it has panicked.
    Made(usize, thread::Result<Result<Vec<f32>, SessionError>>),
}

/// Makes the samples of a source in parts of at most `at_once`, one at a time by each of
/// `makers`, and hands them to the sink in order. `observer` is told, on this thread, how many
/// samples times stages are done.
pub fn stream_in_flight(
    source: &mut dyn Source,
    at_once: usize,
    sink: &mut dyn Sink,
    makers: &[&Make<'_>],
    observer: &mut StageObserver<'_>,
) -> Result<(), SessionError> {
    let stop = AtomicBool::new(false);
    let ended = thread::scope(|scope| {
        // Room for none: one part is taken while others are made.
        let (hand_over, handed): (_, Receiver<(usize, Vec<f32>)>) = sync_channel(0);
        let taker = scope.spawn(move || {
            handed.into_iter().try_for_each(|(first, values)| {
                let values = &values;
                sink.take(Part { first, values })
                    .map_err(|source| SessionError::Sink { first, source })
            })
        });
        let (tell, told) = channel();
        let lanes = makers.iter().enumerate();
        let lanes = lanes.map(|(lane, make)| Lane::start(scope, lane, *make, tell.clone(), &stop));
        let mut flight = Flight {
            source,
            at_once,
            asked: 0,
            lanes: lanes.collect(),
            made: BTreeMap::new(),
            handed: 0,
            hand_over,
        };
        drop(tell);
        let result = catch_unwind(AssertUnwindSafe(|| flight.fly(&told, observer)));
        // Whatever ended it, the lanes stop at their next word, and the taker after its part.
        stop.store(true, Ordering::Relaxed);
        drop(flight);
        [taker.join(), result]
    });
    // The taker's error is why others have ended.
    let mut all = Ok(());
    for one in ended {
        all = all.and(one.unwrap_or_else(|panic| resume_unwind(panic)));
    }
    all
}

/// A thread that makes parts.
struct Lane {
    work: Sender<Batch>,
    /// The samples that it makes; none when it is idle.
    part: Option<Range<usize>>,
    /// Samples times stages that it has done, of all its parts.
    done: u64,
    /// Those of the parts before the one that it makes.
    before: u64,
}

impl Lane {
    fn start<'scope>(
        scope: &'scope Scope<'scope, '_>,
        lane: usize,
        make: &'scope Make<'_>,
        tell: Sender<Said>,
        stop: &'scope AtomicBool,
    ) -> Self {
        let (work, parts) = channel::<Batch>();
        scope.spawn(move || {
            for part in parts {
                let mut observer = |done| {
                    // Nobody hears it where the run has ended, and then it is to stop.
                    let heard = tell.send(Said::Done(lane, done)).is_ok();
                    if heard && !stop.load(Ordering::Relaxed) {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                };
                // A panic that ended this thread alone would leave its part waited for, as the other
                // lanes may still speak.
                let made = catch_unwind(AssertUnwindSafe(|| make(&part, &mut observer)));
                // Whoever does not hear it has ended.
                let _ = tell.send(Said::Made(lane, made));
            }
        });
        Self {
            work,
            part: None,
            done: 0,
            before: 0,
        }
    }
}

/// The parts on their way.
struct Flight<'a> {
    source: &'a mut dyn Source,
    at_once: usize,
    /// Samples that the source was asked for.
    asked: usize,
    lanes: Vec<Lane>,
    /// Parts that came before the one that is next, by their first sample, with their last.
    made: BTreeMap<usize, (usize, Vec<f32>)>,
    /// Samples handed over.
    handed: usize,
    hand_over: SyncSender<(usize, Vec<f32>)>,
}

impl Flight<'_> {
    fn fly(
        &mut self,
        told: &Receiver<Said>,
        observer: &mut StageObserver<'_>,
    ) -> Result<(), SessionError> {
        loop {
            self.give_work()?;
            if self.lanes.iter().all(|lane| lane.part.is_none()) {
                return Ok(());
            }
            match told
                .recv()
                .expect("a lane with a part says what comes of it")
            {
                Said::Done(lane, done) => {
                    let lane = &mut self.lanes[lane];
                    lane.done = lane.before + done;
                    let done = self.lanes.iter().map(|lane| lane.done).sum();
                    if observer(done).is_break() {
                        return Err(SessionError::Cancelled);
                    }
                }
                Said::Made(lane, values) => {
                    let lane = &mut self.lanes[lane];
                    lane.before = lane.done;
                    let part = lane.part.take().expect("it was given one");
                    let values = values.unwrap_or_else(|panic| resume_unwind(panic))?;
                    self.made.insert(part.start, (part.end, values));
                    if self.hand_over().is_break() {
                        // The taker has ended with an error, which is the one to tell.
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Gives idle lanes the next parts, but for those that would wait for others to be handed over.
    fn give_work(&mut self) -> Result<(), SessionError> {
        let (count, lanes) = (self.source.count(), self.lanes.len());
        for lane in self.lanes.iter_mut().filter(|lane| lane.part.is_none()) {
            if self.asked == count || self.made.len() >= lanes {
                return Ok(());
            }
            let first = self.asked;
            let range = first..count.min(first + self.at_once);
            let part = self.source.part(range.clone());
            let part = part.map_err(|source| SessionError::Source { first, source })?;
            self.asked = range.end;
            lane.work.send(part).expect("a lane waits for work");
            lane.part = Some(range);
        }
        Ok(())
    }

    /// Hands over what is next, waiting for the sink.
    fn hand_over(&mut self) -> ControlFlow<()> {
        while let Some((end, values)) = self.made.remove(&self.handed) {
            if self.hand_over.send((self.handed, values)).is_err() {
                return ControlFlow::Break(());
            }
            self.handed = end;
        }
        ControlFlow::Continue(())
    }
}
