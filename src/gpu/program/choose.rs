//! Which form of a kernel runs a network.

use std::num::NonZeroUsize;

use wgpu::DeviceType;

use super::build::step_program;
use super::multi_step::{most_rows, takes_multi_step};
use super::network::Network;
use super::options::SamplerOptions;
use super::work::Work;
use crate::gpu::cost::Rates;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::layers::select::program_kernel;
use crate::gpu::mlp::select::mlp_kernel;
use crate::gpu::shader::kernel::Kernel;
use crate::gpu::shader::step_program::StepProgram;

/// Smaller sizes of a tile to choose from, in samples.
const TILES: [u32; 3] = [16, 4, 1];
/// Seconds that a dispatch of several rows may be expected to take: a host with frames can wait for it.
const LONGEST_DISPATCH: f64 = 4e-3;

/// A form of a network's step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub kernel: Kernel,
    /// Most samples of a workgroup.
    pub tile_samples: u32,
    /// Rows that one dispatch takes.
    pub rows: usize,
}

impl Form {
    /// What `options` ask for, and what they leave open as it is for any number of samples.
    pub fn asked(
        network: Network<'_>,
        target: &ShaderTarget,
        options: &SamplerOptions,
        rows: usize,
    ) -> Self {
        Self {
            kernel: kernel(network, target, options, rows as u32),
            tile_samples: options.tile_samples.map_or(target.tile_samples, size),
            rows,
        }
    }
}

/// The form that `options` ask for, and what they leave open by device and shape: with
/// [`SamplerOptions::expected_samples`] by what the cost model says of so many, else one for any number.
pub fn form(
    network: Network<'_>,
    device: DeviceType,
    target: &ShaderTarget,
    options: &SamplerOptions,
    plan_rows: usize,
) -> Form {
    let rows = options.rows_per_dispatch.map_or(1, usize::from);
    let mut plain = Form::asked(network, target, options, rows);
    let Some(expected) = options.expected_samples else {
        return plain;
    };
    let Some(work) = Work::of(network, target.half) else {
        return plain;
    };
    if options.tile_samples.is_none() {
        // No room for samples that will not come: nothing is gained by what is computed in their place.
        plain.tile_samples = plain.tile_samples.min(size(expected));
    }
    let count = expected.get();
    let rates = Rates::typical(device);
    let mut best = (plain, f64::INFINITY);
    for form in forms(network, target, options, plain) {
        let Ok(program) = program(network, target, form, 1) else {
            // Too wide for a smaller device: another form is the one.
            continue;
        };
        let cost = |rows| work.cost(&program, rows, count);
        let mut form = form;
        if options.rows_per_dispatch.is_none() && takes_multi_step(network, form.kernel) {
            let each = cost(plan_rows).seconds(&rates);
            let most = (LONGEST_DISPATCH / each) as usize;
            form.rows = plan_rows.min(most).min(most_rows(target)).max(1);
        }
        let seconds = cost(form.rows).seconds(&rates);
        // A form that comes later has to be better by more than the model knows.
        if seconds < 0.9 * best.1 {
            best = (form, seconds);
        }
    }
    best.0
}

/// The program of a form, for `rows` rows a dispatch.
pub fn program(
    network: Network<'_>,
    target: &ShaderTarget,
    form: Form,
    rows: u32,
) -> Result<StepProgram, SamplerError> {
    let mut target = target.clone();
    target.tile_samples = form.tile_samples;
    step_program(network, form.kernel, &target, rows)
}

/// The forms of a row that there are, `plain` first: those that `options` leave open.
fn forms(
    network: Network<'_>,
    target: &ShaderTarget,
    options: &SamplerOptions,
    plain: Form,
) -> Vec<Form> {
    // What a driver that runs on a CPU does best is no question of workgroups.
    let fixed = options.mlp_kernel.is_some() || target.software;
    let kernels = if fixed {
        vec![plain.kernel]
    } else {
        kernels(network, plain.kernel)
    };
    of_kernels(&kernels, options, plain)
}

/// The kernels that there are for a network, `plain` first.
pub fn kernels(network: Network<'_>, plain: Kernel) -> Vec<Kernel> {
    let others = match network {
        Network::Mlp(_) => &[Kernel::MlpStep, Kernel::MlpStepSplit][..],
        Network::Layers(_) => &[Kernel::ProgramStep],
        Network::Wgsl(_) | Network::External(_) => &[],
    };
    let others = others.iter().filter(|&&kernel| kernel != plain);
    std::iter::once(plain).chain(others.copied()).collect()
}

/// Every kernel with every size of its tile, the largest first.
pub fn of_kernels(kernels: &[Kernel], options: &SamplerOptions, plain: Form) -> Vec<Form> {
    let mut forms = Vec::new();
    for &kernel in kernels {
        let tiled = matches!(kernel, Kernel::MlpStep | Kernel::ProgramStep);
        let smaller = TILES
            .into_iter()
            .filter(|&size| tiled && options.tile_samples.is_none() && size < plain.tile_samples);
        let tiles = std::iter::once(plain.tile_samples).chain(smaller);
        forms.extend(tiles.map(|tile_samples| Form {
            kernel,
            tile_samples,
            ..plain
        }));
    }
    forms
}

fn size(samples: NonZeroUsize) -> u32 {
    u32::try_from(samples.get()).unwrap_or(u32::MAX)
}

/// The kernel of a network's steps: the one asked for, where it is for such a network.
fn kernel(
    network: Network<'_>,
    target: &ShaderTarget,
    options: &SamplerOptions,
    rows: u32,
) -> Kernel {
    let of_programs = [
        Kernel::ProgramStep,
        Kernel::ProgramStepSerial,
        Kernel::ProgramStepMatrix,
    ];
    match network {
        Network::Mlp(model) => {
            let asked = options
                .mlp_kernel
                .filter(|kernel| !of_programs.contains(kernel));
            asked.unwrap_or_else(|| mlp_kernel(target, model, rows))
        }
        Network::Layers(model) => {
            let asked = options
                .mlp_kernel
                .filter(|kernel| of_programs.contains(kernel));
            asked.unwrap_or_else(|| program_kernel(target, &model.program(), rows))
        }
        Network::Wgsl(_) | Network::External(_) => Kernel::MlpStep,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Model, random_model};
    use serde_json::json;

    fn network(shape: &[usize], hidden: usize) -> Model {
        let config = json!({
            "architecture": "residual-mlp", "sample_shape": shape, "hidden_size": hidden, "num_blocks": 4,
            "activation": "silu", "input_embedding": null, "num_classes": null,
            "time_embedding": {
                "size": 8, "hidden_size": 8, "flip_sin_to_cos": false, "downscale_freq_shift": 1, "max_period": 10000,
            },
        });
        let scheduler = json!({
            "num_train_timesteps": 1000, "beta_schedule": "linear", "beta_start": 1e-4, "beta_end": 0.02,
            "prediction_type": "epsilon",
        });
        random_model(&config, &scheduler)
    }

    fn chosen(model: &Model, device: DeviceType, samples: usize) -> Form {
        let mut target = ShaderTarget::new(wgpu::Limits::default());
        target.software = device == DeviceType::Cpu;
        let options = SamplerOptions {
            expected_samples: NonZeroUsize::new(samples),
            ..SamplerOptions::default()
        };
        form(model.into(), device, &target, &options, 50)
    }

    /// One sample of a wide network leaves all but one compute unit idle, unless its layers are split.
    #[test]
    fn few_samples_of_a_wide_network_are_split() {
        let model = network(&[1, 28, 28], 1024);
        let gpu = DeviceType::DiscreteGpu;
        assert_eq!(chosen(&model, gpu, 1).kernel, Kernel::MlpStepSplit);
        assert_eq!(chosen(&model, gpu, 4).kernel, Kernel::MlpStepSplit);
        let many = chosen(&model, gpu, 10_000);
        assert_eq!((many.kernel, many.rows), (Kernel::MlpStep, 1));
    }

    /// A small network is launched for longer than it computes, so that its rows share dispatches.
    #[test]
    fn rows_of_a_small_network_share_dispatches() {
        let model = network(&[2], 64);
        for device in [DeviceType::DiscreteGpu, DeviceType::IntegratedGpu] {
            let one = chosen(&model, device, 1);
            let expected = Form {
                kernel: Kernel::MlpStep,
                tile_samples: 1,
                rows: 50,
            };
            assert_eq!(one, expected, "{device:?}");
        }
        // As many samples as fill the device take a tile as large as without them.
        let many = chosen(&model, DeviceType::DiscreteGpu, 10_000_000);
        assert_eq!((many.tile_samples, many.rows), (64, 1));
    }

    #[test]
    fn a_driver_that_runs_on_a_cpu_keeps_its_kernel() {
        let model = network(&[2], 64);
        let one = chosen(&model, DeviceType::Cpu, 1);
        assert_eq!(one.kernel, Kernel::MlpStepSerial);
    }

    /// Without a number nothing changes.
    #[test]
    fn without_an_expected_number_there_is_one_form() {
        let model = network(&[1, 28, 28], 1024);
        let target = ShaderTarget::new(wgpu::Limits::default());
        let options = SamplerOptions::default();
        let gpu = DeviceType::DiscreteGpu;
        let found = form((&model).into(), gpu, &target, &options, 50);
        let plain = Form {
            kernel: Kernel::MlpStep,
            tile_samples: 64,
            rows: 1,
        };
        assert_eq!(found, plain);
    }
}
