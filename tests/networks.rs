//! Networks of other authors in the `layers` format, against what float64 makes of them. The
//! fixtures are written by `python/make_networks.py`.

use std::fs;

use ddim_wgpu::batch::Batch;
use ddim_wgpu::cpu::{CpuSampler, ProgramTwin, SampleStep, program_step};
use ddim_wgpu::diffusion::{FinalLevel, Plan, StageCoefficients, TimestepSpacing, Wrap};
use ddim_wgpu::network::{Model, Stage};
use ddim_wgpu::{ClassChoice, no_progress};

use crate::common::goldens::{Arrays, compare, largest, must_fail, pass, path, to_f32};

/// What a run may differ by from float64, relative to the largest value.
pub(crate) const BOUND: f64 = 1e-4;

/// A network and its golden.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) model: Model,
    pub(crate) golden: Arrays,
    pub(crate) count: usize,
}

impl Case {
    pub(crate) fn all() -> Vec<Self> {
        let folders = fs::read_dir(path("networks")).expect("the fixtures");
        let mut names: Vec<String> = folders
            .map(|entry| entry.expect("a folder").file_name())
            .map(|name| name.into_string().expect("a plain name"))
            .filter(|name| {
                path("networks")
                    .join(name)
                    .join("golden.safetensors")
                    .exists()
            })
            .collect();
        names.sort_unstable();
        assert!(names.len() >= 18, "{names:?}");
        names.into_iter().map(Self::load).collect()
    }

    pub(crate) fn load(name: String) -> Self {
        let folder = path("networks").join(&name);
        let model = Model::load(&folder).unwrap_or_else(|error| panic!("{name}: {error}"));
        let golden = Arrays::read(folder.join("golden.safetensors"));
        let count = golden.get("x_T").shape[0];
        Self {
            name,
            model,
            golden,
            count,
        }
    }

    pub(crate) fn classes(&self) -> Option<Vec<u32>> {
        let classes = |_| {
            self.golden
                .get("class")
                .values
                .iter()
                .map(|&c| c as u32)
                .collect()
        };
        self.model.num_classes().map(classes)
    }

    /// Samples of a run by a twin, with the seed of [`step_of`].
    pub(crate) fn by_twin(&self, plan: &Plan, twin: &ProgramTwin) -> Vec<f64> {
        let dims = self.model.dims();
        let (classes, conditions) = (self.classes(), self.conditions());
        let mut states = self.golden.get("x_T").to_f32();
        for (sample, x) in states.chunks_exact_mut(dims).enumerate() {
            let own = conditions.iter().map(|(_, values)| {
                let width = values.len() / self.count;
                &values[sample * width..][..width]
            });
            let inputs: Vec<&[f32]> = own.collect();
            let mut x0 = vec![0.0; dims];
            for row in 0..plan.len() {
                let class = classes.as_ref().map(|classes| classes[sample]);
                let at = step_of(row, class, sample);
                program_step(twin, plan, at, &inputs, x, &mut x0);
            }
        }
        as_f64(&states)
    }

    pub(crate) fn conditions(&self) -> Vec<(String, Vec<f32>)> {
        let inputs = self.model.inputs().iter();
        let values = |name: &str| self.golden.get(&format!("input.{name}")).to_f32();
        inputs
            .map(|input| (input.name.clone(), values(&input.name)))
            .collect()
    }

    pub(crate) fn batch(&self) -> Batch {
        let mut batch = Batch::new(self.count).initial(self.golden.get("x_T").to_f32());
        if let Some(classes) = self.classes() {
            batch = batch.class(ClassChoice::PerSample(classes));
        }
        for (name, values) in self.conditions() {
            batch = batch.condition(name, values);
        }
        batch
    }

    pub(crate) fn plan(&self, steps: usize, eta: f64) -> Plan {
        // Whatever the model's own grid is, the goldens are on this one.
        let mut config = self.model.scheduler().clone();
        (config.spacing, config.steps_offset) = (TimestepSpacing::Leading, 0);
        config.final_level = FinalLevel::One;
        let plan = Plan::ddim(config).steps(steps).eta(eta).build();
        plan.expect("a plan")
    }
}

pub(crate) fn as_f64(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| value.into()).collect()
}

#[test]
fn decoding_on_the_engine_is_that_of_float64() {
    for case in Case::all() {
        for steps in [10, 50] {
            let plan = case.plan(steps, 0.0);
            let sampler = CpuSampler::new(&case.model, &plan);
            let run = sampler.run(&case.batch(), no_progress).expect("a batch");
            let expected = case.golden.get(&format!("decoded.{steps}")).values;
            let limit = BOUND * largest(&expected);
            let what = format!("{} in {steps} steps", case.name);
            pass(compare(&what, &as_f64(&run.data), &expected, |_| limit));
            let mut wrong = run.data;
            wrong[0] += 2.0 * limit as f32;
            let noticed = compare(&what, &as_f64(&wrong), &expected, |_| limit);
            must_fail("a value off by twice the bound", noticed);
        }
    }
}

/// The twin's outputs at four training levels, for states as the program sees them.
#[test]
fn outputs_of_the_twin_are_those_of_float64() {
    for case in Case::all() {
        let levels = case.golden.get("t").values;
        let x = case.golden.get("x").values;
        let out = case.golden.get("out");
        let dims = case.model.dims();
        let width = out.values.len() / levels.len() / case.count;
        let timesteps: Vec<usize> = case
            .golden
            .get("level")
            .values
            .iter()
            .map(|&t| t as usize)
            .collect();
        let plan = Plan::ddim(case.model.scheduler())
            .timesteps(timesteps)
            .build();
        let plan = plan.expect("a plan");
        let twin = ProgramTwin::new(&case.model, &plan);
        let (classes, conditions) = (case.classes(), case.conditions());
        for row in 0..levels.len() {
            let step = &plan.stages()[row];
            let scale = case.model.program().levels.input_scale(step.level);
            let expected = out.row(row);
            let mut found = Vec::new();
            for sample in 0..case.count {
                let x: Vec<f64> = x[sample * dims..][..dims]
                    .iter()
                    .map(|x| x / scale)
                    .collect();
                let inputs: Vec<&[f32]> = conditions
                    .iter()
                    .map(|(_, values)| {
                        let width = values.len() / case.count;
                        &values[sample * width..][..width]
                    })
                    .collect();
                let mut y = vec![0.0; dims];
                let class = classes.as_ref().map(|classes| classes[sample]);
                let at = step_of(row, class, sample);
                twin.output(at, &inputs, &to_f32(&x), &mut y);
                found.extend(as_f64(&y));
            }
            let expected: Vec<f64> = expected
                .chunks_exact(width)
                .flat_map(|one| &one[..dims])
                .copied()
                .collect();
            let limit = 1e-5 * largest(&expected);
            let what = format!("{} at {}", case.name, step.timestep);
            pass(compare(what, &found, &expected, |_| limit));
        }
    }
}

pub(crate) fn step_of(row: usize, class: Option<u32>, sample: usize) -> SampleStep {
    SampleStep {
        row,
        class,
        guidance: 1.0,
        seed: 3,
        sample: sample as u64,
    }
}

/// With the contracted noise, row by row.
#[test]
fn stochastic_runs_on_the_engine_follow_the_twin() {
    for case in Case::all() {
        let plan = case.plan(6, 1.0);
        let twin = ProgramTwin::new(&case.model, &plan);
        let batch = case.batch().seed(3);
        let sampler = CpuSampler::new(&case.model, &plan);
        let run = sampler.run(&batch, no_progress).expect("a batch").data;
        let expected = case.by_twin(&plan, &twin);
        let limit = 2e-5 * largest(&expected);
        pass(compare(&case.name, &as_f64(&run), &expected, |_| limit));
    }
}

/// Bit for bit: alone, in a part of the batch, and under another global index with its row moved.
#[test]
fn a_conditioned_sample_does_not_depend_on_its_batch() {
    for case in Case::all() {
        let plan = case.plan(4, 1.0);
        let sampler = CpuSampler::new(&case.model, &plan);
        let dims = case.model.dims();
        let batch = case.batch();
        let all = sampler.run(&batch, no_progress).expect("a batch").data;
        for range in [0..1, 2..3, 1..6, 5..6] {
            let part = sampler.run(&batch.part(range.clone()), no_progress);
            let part = part.expect("a batch").data;
            assert_eq!(
                part,
                all[range.start * dims..range.end * dims],
                "{}",
                case.name
            );
        }
    }
}

/// A residual MLP is one such program: its twin as a program says what its own twin says.
#[test]
fn a_residual_mlp_is_a_program() {
    for name in ["images", "velocity", "wide_input", "one_class"] {
        let model = Model::load(path("models").join(name)).expect("a golden model");
        let plan = Plan::ddim(model.scheduler())
            .steps(4)
            .build()
            .expect("a plan");
        let mlp = model.mlp().expect("a residual MLP");
        let own = ddim_wgpu::cpu::MlpDenoiser::new(mlp, &plan);
        let program = ProgramTwin::new(&model, &plan);
        let dims = model.dims();
        let x: Vec<f32> = (0..dims).map(|i| (i as f32 * 0.7).sin()).collect();
        let classes = model
            .num_classes()
            .map_or(vec![None], |_| vec![None, Some(0)]);
        for class in classes {
            let (mut one, mut other) = (vec![0.0; dims], vec![0.0; dims]);
            own.output(2, class, 1.0, &x, &mut one);
            program.output(step_of(2, class, 0), &[], &x, &mut other);
            let limit = 1e-5 * largest(&as_f64(&one));
            pass(compare(name, &as_f64(&other), &as_f64(&one), |_| limit));
        }
        let hidden = mlp.config().num_blocks + 2;
        let waves = usize::from(mlp.config().input_embedding.is_some());
        let ops = model.program();
        assert_eq!(
            ops.stage(Stage::State).len(),
            hidden + waves,
            "{name}: biases, activations and residuals are parts of the layers"
        );
    }
}

/// What depends on neither the state nor the sample is folded; what repeats in every step is not.
#[test]
fn operations_are_folded_by_what_they_depend_on() {
    for (name, of_state, of_sample) in [
        // The condition's part of the first layer is a bias of the sample.
        ("diffusion-ql-mlp", 33_536, 11 * 128),
        // Gates and shifts of step and condition cost the state no product.
        (
            "diffusion-point-cloud-pointwisenet",
            12_480,
            10 * 2 * (32 + 3 * 64 + 32 + 3),
        ),
        // 3,840 of them depend on step and condition, through a function of their sum.
        ("cep-qgpo-scorenet", 22_016 + 3_840, 11 * 32 + 32 * 16),
    ] {
        let program = Case::load(name.to_owned()).model.program();
        let found = [Stage::State, Stage::Sample].map(|stage| program.multiply_adds(stage));
        assert_eq!(found, [of_state, of_sample], "{name}");
    }
}

/// The coefficients of wrapped networks are the two equations `x̂₀ = skip·x + out·F` and
/// `x = √ᾱ·x̂₀ + √(1−ᾱ)·ε̂`.
#[test]
fn wraps_are_those_of_the_format() {
    let case = Case::load("torchcfm-mlp".to_owned());
    for wrap in [
        Wrap::Edm { sigma_data: 0.5 },
        Wrap::Score { sign: -1.0 },
        Wrap::Flow { sign: 1.0 },
    ] {
        let mut config = case.model.scheduler().clone();
        config.wrap = wrap;
        let plan = Plan::ddim(config).steps(20).build().expect("a plan");
        for step in plan.stages() {
            let (skip, out) = wrapped(wrap, step);
            let (signal, noise) = (
                step.level.sqrt_alpha_bar(),
                step.level.sqrt_one_minus_alpha_bar(),
            );
            for (found, expected) in [
                (step.x0_from_x, skip),
                (step.x0_from_out, out),
                (signal * step.x0_from_x + noise * step.eps_from_x, 1.0),
                (signal * step.x0_from_out + noise * step.eps_from_out, 0.0),
            ] {
                let error = (found - expected).abs();
                assert!(
                    error < 1e-12 * (1.0 + expected.abs()),
                    "{wrap:?}: {found}, not {expected}"
                );
            }
        }
    }
}

/// skip and out as format.md gives them.
fn wrapped(wrap: Wrap, step: &StageCoefficients) -> (f64, f64) {
    let alpha_bar = step.level.alpha_bar();
    let variance = step.level.one_minus_alpha_bar() / alpha_bar;
    let (sigma, root) = (variance.sqrt(), (1.0 + variance).sqrt());
    match wrap {
        Wrap::Edm { sigma_data } => {
            let data = sigma_data * sigma_data;
            let total = variance + data;
            (root * data / total, sigma * sigma_data / total.sqrt())
        }
        Wrap::Score { sign } => (root, sign * sigma),
        Wrap::Flow { sign } => {
            let u = sigma / (1.0 + sigma);
            (((1.0 - u).powi(2) + u * u).sqrt(), -sign * u)
        }
        _ => panic!("not wrapped"),
    }
}
