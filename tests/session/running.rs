//! Sampling, encoding, inverting, estimating; progress and cancelling; what is refused.

use std::ops::ControlFlow;

use ddim_wgpu::cpu::CpuSampler;
use ddim_wgpu::diffusion::{Clipping, EncodeConvention, Plan};
use ddim_wgpu::session::{Noise, SessionError};
use ddim_wgpu::{Backend, Batch, ClassChoice, FixedPoint, Inpaint, Session, no_progress};

use super::{backends, model, plan, session};
use crate::common::assert_refused;

fn close(found: &[f32], expected: &[f32], bound: f32) {
    let largest = expected.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / largest;
        assert!(error <= bound, "value {i}: {found}, not {expected}");
    }
}

#[test]
fn samples_are_those_of_the_engine_on_every_backend() {
    let batch = Batch::new(37)
        .seed(5)
        .sample_offset(1000)
        .class(ClassChoice::Cyclic)
        .guidance(1.5);
    let model = model();
    let plan = plan(&model, 6, 0.7);
    let expected = CpuSampler::new(&model, &plan).run(&batch, no_progress);
    let expected = expected.expect("samples").data;
    for backend in backends() {
        let samples = session(&backend, 6, 0.7).sample(&batch).expect("samples");
        assert_eq!(samples.count(), 37);
        assert_eq!(samples.sample_shape(), model.sample_shape());
        if backend.is_gpu() {
            close(samples.values(), &expected, 1e-5);
        } else {
            assert_eq!(samples.values(), expected, "the same bits");
        }
        assert_eq!(samples.non_finite(), 0);
    }
}

#[test]
fn another_plan_of_the_same_session_is_as_good_as_another_session() {
    for backend in backends() {
        let batch = Batch::new(5).seed(2);
        let model = model();
        let mut session = session(&backend, 3, 0.0);
        for (steps, eta) in [(2, 1.0), (9, 0.0), (3, 0.0)] {
            let plan = plan(&model, steps, eta);
            session.set_plan(&plan).expect("a plan");
            assert_eq!(session.plan(), &plan);
            let fresh = Session::new(&backend, &model, &plan).expect("a session");
            assert_eq!(
                session.sample(&batch).expect("samples"),
                fresh.sample(&batch).expect("samples"),
                "{steps} steps on {}",
                backend.description()
            );
        }
    }
}

#[test]
fn progress_rises_to_its_total_on_the_calling_thread() {
    for backend in backends() {
        let session = session(&backend, 8, 0.0);
        let caller = std::thread::current().id();
        let mut told = Vec::new();
        let batch = Batch::new(64);
        let samples = session.sample_with(&batch, &mut |progress| {
            assert_eq!(std::thread::current().id(), caller);
            assert_eq!(progress.total, 8 * 64);
            told.push(progress.done);
            ControlFlow::Continue(())
        });
        samples.expect("samples");
        assert!(told.is_sorted(), "{told:?}");
        assert_eq!(told.last(), Some(&(8 * 64)), "{}", backend.description());
    }
}

#[test]
fn a_break_cancels_and_the_session_serves_on() {
    for backend in backends() {
        let session = session(&backend, 50, 0.0);
        let batch = Batch::new(3000);
        let cancelled = session.sample_with(&batch, &mut |_| ControlFlow::Break(()));
        assert_refused!(cancelled.expect_err("a wish"), SessionError::Cancelled);
        let small = Batch::new(2).seed(1);
        let fresh = super::session(&backend, 50, 0.0);
        assert_eq!(
            session.sample(&small).expect("samples"),
            fresh.sample(&small).expect("samples")
        );
    }
}

#[test]
fn a_worker_of_the_engines_own_pool_may_sample() {
    let [cpu, _] = backends();
    let pool = rayon_pool();
    let samples = pool.install(|| {
        let session = session(&cpu, 4, 0.0);
        let mut last = 0;
        let samples = session.sample_with(&Batch::new(20), &mut |progress| {
            last = progress.done;
            ControlFlow::Continue(())
        });
        assert_eq!(last, 4 * 20);
        samples.expect("samples")
    });
    let expected = session(&cpu, 4, 0.0).sample(&Batch::new(20));
    assert_eq!(samples, expected.expect("samples"));
}

fn rayon_pool() -> rayon::ThreadPool {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(1);
    builder.build().expect("a pool of one thread")
}

#[test]
fn data_are_encoded_and_come_back() {
    let model = model();
    let config = model.scheduler();
    let decode = Plan::ddim(config).steps(20).clipping(Clipping::None);
    let decode = decode.build().expect("a plan");
    for backend in backends() {
        let decoding = Session::new(&backend, &model, &decode).expect("a session");
        let data = decoding.sample(&Batch::new(3).seed(9)).expect("data");
        let given = Batch::new(3).initial(data.values().to_vec());

        let settings = FixedPoint::default();
        let inverted = decoding.invert(&given, &settings, &mut no_progress);
        let inverted = inverted.expect("states");
        let back = decoding.sample(&Batch::new(3).initial(inverted.data));
        let error = inverted.residual.iter().fold(0.0_f32, |a, b| a.max(*b));
        close(
            back.expect("data").values(),
            data.values(),
            (100.0 * error).max(1e-3),
        );

        let encode = Plan::encode(config, EncodeConvention::Paper).steps(20);
        let encode = encode.clipping(Clipping::None).build().expect("a plan");
        let encoding = Session::new(&backend, &model, &encode).expect("a session");
        let states = encoding.encode(&given).expect("states");
        assert_eq!(states, encoding.sample(&given).expect("states"));
        assert_refused!(
            encoding.encode(&Batch::new(3)).expect_err("no data"),
            SessionError::NoData
        );
        assert_refused!(
            decoding.encode(&given).expect_err("a plan of sampling"),
            SessionError::NotAnEncoding
        );
    }
}

#[test]
fn x0_of_given_states_is_that_of_a_run() {
    let [cpu, gpu] = backends().map(|backend| {
        let session = session(&backend, 4, 0.0);
        let batch = Batch::new(6).class(ClassChoice::One(1));
        let dims = session.sample_shape().iter().product::<usize>();
        let states: Vec<f32> = (0..6 * dims).map(|i| (i as f32 * 0.37).sin()).collect();
        let estimator = session.estimator(&batch).expect("an estimator");
        let all: Vec<Vec<f32>> = (0..4)
            .map(|stage| estimator.x0(stage, &states).expect("x0"))
            .collect();
        assert_eq!(
            session.denoise(&batch, 2, &states).expect("x0"),
            all[2],
            "asked once"
        );
        all.concat()
    });
    close(&gpu, &cpu, 1e-5);
}

#[test]
fn noise_is_the_same_bits_everywhere() {
    let batch = Batch::new(9).seed(77).sample_offset(1 << 40);
    let [cpu, gpu] = backends().map(|backend| {
        let noise = Noise::new(&backend, 13).expect("a source");
        noise.draw(&batch, 3).expect("noise")
    });
    assert_eq!(cpu, gpu);
    assert_eq!(cpu[13], ddim_wgpu::noise::normal(77, (1 << 40) + 1, 3, 0));
}

#[test]
fn batches_that_do_not_fit_are_refused_before_any_work() {
    for backend in backends() {
        let session = session(&backend, 4, 0.0);
        let none = session.sample(&Batch::new(0)).expect_err("no samples");
        assert_refused!(none, SessionError::Batch(_));
        let class = Batch::new(1).class(ClassChoice::One(1_000_000));
        let class = session.sample(&class).expect_err("no such class");
        assert_refused!(class, SessionError::Batch(_));
        let dims = session.sample_shape().iter().product::<usize>();
        let kept = Inpaint::new(vec![0.0; dims], vec![1.0; dims]);
        let kept = Batch::new(1).initial(vec![0.0; dims]).inpaint(kept);
        let plan = session.invert(&kept, &FixedPoint::default(), &mut no_progress);
        assert!(plan.is_err(), "a mask while encoding");
    }
}

#[test]
fn a_backend_says_what_it_is() {
    let [cpu, gpu] = backends();
    assert!(!cpu.is_gpu() && cpu.wgpu().is_none());
    assert!(cpu.description().contains("native engine"));
    assert!(gpu.is_gpu() && gpu.wgpu().is_some());
    let named = Backend::open(&"no such device".parse().expect("any text"));
    assert_refused!(named.expect_err("no such device"), SessionError::Gpu(_));
}
