//! The CPU engine and sessions on it by several threads, to be run under sanitizers
//! (`scripts/sanitize.sh`): samplers that threads share, runs that are stopped, parts on their way.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use ddim_wgpu::cpu::{CpuRunner, CpuSampler};
use ddim_wgpu::diffusion::{Plan, SamplerKind};
use ddim_wgpu::network::Model;
use ddim_wgpu::session::{Collect, Part, SessionError, SessionOptions, SinkError};
use ddim_wgpu::{Backend, Batch, ClassChoice, FixedPoint, Progress, Session, no_progress};

/// Networks with programs of their own and the residual MLP, small enough for a sanitizer.
fn models() -> Vec<Model> {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/");
    let folders = [
        "models/images",
        "models/points",
        "networks/tiny-diffusion-mlp",
    ];
    let load = |folder| Model::load(format!("{data}{folder}")).expect("a fixture");
    folders.map(load).into()
}

fn plan(model: &Model, kind: SamplerKind) -> Plan {
    let plan = Plan::sampler(model.scheduler().clone(), kind).steps(4);
    plan.build().expect("a plan")
}

fn batch(model: &Model, count: usize) -> Batch {
    let batch = Batch::new(count).seed(5).sample_offset(3);
    match model.num_classes() {
        Some(_) => batch.class(ClassChoice::Cyclic).guidance(1.5),
        None => batch,
    }
}

/// One sampler by several threads at once, in tiles on the pool, one by one and in runners of their
/// own: the same bits.
#[test]
fn threads_share_a_sampler() {
    for model in models() {
        for kind in [SamplerKind::Ddim, SamplerKind::DpmSolverPlusPlus3M, SamplerKind::Ddpm] {
            let plan = plan(&model, kind);
            let sampler = CpuSampler::new(&model, &plan);
            let batch = batch(&model, 203);
            let whole = sampler.run(&batch, no_progress).expect("samples").data;
            thread::scope(|scope| {
                for part in [0..203, 0..1, 1..3, 40..203] {
                    let (batch, whole, sampler) = (batch.part(part.clone()), &whole, &sampler);
                    scope.spawn(move || {
                        let dims = sampler.dims();
                        let mut values = vec![0.0; batch.count * dims];
                        let mut runner = CpuRunner::new(sampler);
                        for _ in 0..2 {
                            runner.run_into(&batch, &mut values).expect("samples");
                            assert_eq!(values, whole[part.start * dims..part.end * dims]);
                        }
                    });
                }
            });
        }
    }
}

#[test]
fn workers_report_and_are_stopped() {
    for model in models() {
        let plan = plan(&model, SamplerKind::Ddim);
        let sampler = CpuSampler::new(&model, &plan);
        let batch = batch(&model, 3000);
        let told = AtomicU64::new(0);
        let progress = |progress: Progress| {
            told.fetch_max(progress.done, Ordering::Relaxed);
            ControlFlow::Continue(())
        };
        sampler.run(&batch, progress).expect("samples");
        assert_eq!(told.into_inner(), 3000 * plan.len() as u64);
        assert!(sampler.run(&batch, |_| ControlFlow::Break(())).is_err());
    }
}

#[test]
fn sessions_observe_stop_and_stream() {
    let backend = Backend::cpu().expect("the engine");
    for model in models() {
        let plan = plan(&model, SamplerKind::Ddim);
        let at_once = NonZeroUsize::new(300).expect("a size");
        let options = SessionOptions::default().part_samples(at_once);
        let session = Session::with_options(&backend, &model, &plan, &options);
        let session = session.expect("a session");
        let batch = batch(&model, 1500);
        let whole = session.sample(&batch).expect("samples");
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let mut sink = Collect::new();
                    let mut last = 0;
                    let mut observer = |progress: Progress| {
                        assert!(progress.done >= last);
                        last = progress.done;
                        ControlFlow::Continue(())
                    };
                    let made = session.sample_into(&batch, &mut sink, &mut observer);
                    made.expect("samples");
                    assert_eq!(sink.into_values(), whole.values());
                });
            }
            scope.spawn(|| {
                let stopped = session.sample_with(&batch, &mut |_| ControlFlow::Break(()));
                assert!(
                    matches!(stopped, Err(SessionError::Cancelled)),
                    "{stopped:?}"
                );
            });
            scope.spawn(|| {
                let mut full = |part: Part<'_>| -> Result<(), SinkError> {
                    if part.first > 0 {
                        Err("full".into())
                    } else {
                        Ok(())
                    }
                };
                let ended = session.sample_into(&batch, &mut full, &mut no_progress);
                assert!(matches!(ended, Err(SessionError::Sink { .. })), "{ended:?}");
            });
        });
    }
}

#[test]
fn encoding_is_shared_too() {
    let model = &models()[1];
    let plan = plan(model, SamplerKind::Ddim);
    let sampler = CpuSampler::new(model, &plan);
    let data = vec![0.25; 70 * model.dims()];
    let batch = Batch::new(70).initial(data);
    let settings = FixedPoint::default();
    let encode = || {
        sampler
            .invert(&batch, &settings, no_progress)
            .expect("states")
    };
    let first = encode();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(encode().data, first.data));
        }
    });
}
