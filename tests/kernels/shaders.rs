//! The WGSL as it is composed for every golden model: valid without any optional capability, and
//! laid out as Rust has it.

use std::mem::offset_of;

use ddim_wgpu::diffusion::PredictionType;
use ddim_wgpu::gpu::{
    ClipUniform, ExternalNetwork, ImageGrid, Kernel, RunUniform, ShaderTarget, StepUniform,
    WgslNetwork, wgsl,
};
use ddim_wgpu::network::{GaussianMixture, Model};
use naga::valid::{Capabilities, ValidationFlags, Validator};

use crate::common::golden_models::GoldenModel;

/// Networks of layers: without and with conditions, classes, and norms.
const NETWORKS: [&str; 4] = [
    "tiny-diffusion-mlp",
    "cep-qgpo-scorenet",
    "trained-synthcity",
    "vibevoice-diffusion-head",
];

/// Everything that is ever compiled, but for the shapes: a name and a text.
pub(super) fn texts() -> Vec<(String, String)> {
    texts_for(&ShaderTarget::new(wgpu::Limits::default()))
}

/// As [`texts`] for a device of this kind.
pub(super) fn texts_for(target: &ShaderTarget) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let mut add = |name: &str, composed: Vec<(Kernel, String)>| {
        texts.extend(
            composed
                .into_iter()
                .map(|(kernel, text)| (format!("{} of {name}", kernel.name()), text)),
        );
    };
    for golden in GoldenModel::all() {
        let mlp = golden.files.load().expect("a model");
        for kernel in [Kernel::MlpStep, Kernel::MlpStepSerial, Kernel::MlpStepSplit] {
            add(&golden.name, wgsl(&mlp, kernel, target).expect("a text"));
        }
    }
    for name in NETWORKS {
        let folder = crate::common::goldens::path("networks").join(name);
        let model = Model::load(folder).expect("a fixture");
        for kernel in [Kernel::ProgramStep, Kernel::ProgramStepSerial] {
            add(name, wgsl(&model, kernel, target).expect("a text"));
        }
    }
    for dims in [1, 2, 3, 4, 784] {
        let external = ExternalNetwork::new(vec![dims]);
        add(
            &format!("{dims} values"),
            wgsl(&external, Kernel::MlpStep, target).expect("a text"),
        );
        let mixture = GaussianMixture::gaussian(vec![0.0; dims], 1.0).expect("a Gaussian");
        let network = WgslNetwork::gaussian_mixture(&mixture, PredictionType::VPrediction);
        add(
            &format!("a mixture of {dims}"),
            wgsl(&network, Kernel::MlpStep, target).expect("a text"),
        );
    }
    for (name, source) in [
        (
            "to_rgba16f",
            include_str!("../../shaders/present/to_rgba16f.wgsl"),
        ),
        (
            "to_rgba8",
            include_str!("../../shaders/present/to_rgba8.wgsl"),
        ),
    ] {
        let grid = include_str!("../../shaders/present/grid.wgsl");
        texts.push((name.into(), format!("{grid}\n{source}")));
    }
    texts
}

fn validate(text: &str) -> Result<naga::Module, String> {
    validate_with(text, Capabilities::empty())
}

pub(super) fn validate_with(
    text: &str,
    capabilities: Capabilities,
) -> Result<naga::Module, String> {
    let module = naga::front::wgsl::parse_str(text).map_err(|error| error.emit_to_string(text))?;
    Validator::new(ValidationFlags::all(), capabilities)
        .validate(&module)
        .map_err(|error| error.emit_to_string(text))?;
    Ok(module)
}

#[test]
fn every_text_is_valid_with_no_optional_capability() {
    let texts = texts();
    assert!(texts.len() > 40, "{} texts", texts.len());
    for (name, text) in texts {
        validate(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(
            !text.contains("${") && !text.contains("//@"),
            "{name} is not fully expanded"
        );
    }
}

#[test]
fn texts_for_devices_with_features_need_just_these() {
    for lanes in [4, 8, 16, 32] {
        let mut target = ShaderTarget::new(wgpu::Limits::default());
        (target.lanes, target.int64) = (lanes, true);
        let capabilities = Capabilities::SUBGROUP | Capabilities::SHADER_INT64;
        for (name, text) in texts_for(&target) {
            validate_with(&text, capabilities).unwrap_or_else(|error| panic!("{name}: {error}"));
            let serial = [Kernel::MlpStepSerial, Kernel::ProgramStepSerial];
            let serial = serial.iter().any(|kernel| name.starts_with(kernel.name()));
            assert_eq!(text.contains("subgroup"), serial, "{name}");
            assert_eq!(text.contains("u64"), !name.starts_with("to_rgba"), "{name}");
        }
    }
}

/// For plans that look far back every kernel has one more buffer, and nothing else.
#[test]
fn texts_with_a_ring_are_valid_and_within_limits() {
    let mut target = ShaderTarget::new(wgpu::Limits::default());
    target.ring = true;
    for (name, text) in texts_for(&target) {
        let module = validate(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        beyond_limits(&module).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            text.contains("fn recall("),
            !name.starts_with("to_rgba"),
            "{name}"
        );
    }
}

/// For plans that clip more than x̂₀, no more buffers.
#[test]
fn texts_with_clips_are_valid_and_within_limits() {
    for ring in [false, true] {
        let mut target = ShaderTarget::new(wgpu::Limits::default());
        (target.clips, target.ring) = (true, ring);
        for (name, text) in texts_for(&target) {
            let module = validate(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            beyond_limits(&module).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(
                text.contains("fn clipped("),
                !name.starts_with("to_rgba"),
                "{name}"
            );
        }
    }
}

#[test]
fn texts_in_half_precision_need_just_that() {
    let mut target = ShaderTarget::new(wgpu::Limits::default());
    target.half = true;
    for (name, text) in texts_for(&target) {
        validate_with(&text, Capabilities::SHADER_FLOAT16)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let network = ["mlp_step", "program_step"]
            .iter()
            .any(|own| name.starts_with(own));
        assert_eq!(text.contains("f16"), network, "{name}");
    }
}

/// What of a text goes beyond the limits that every device of wgpu's has by default.
fn beyond_limits(module: &naga::Module) -> Result<(), String> {
    let limits = wgpu::Limits::default();
    let mut layouter = naga::proc::Layouter::default();
    layouter.update(module.to_ctx()).expect("valid types");
    let size = |space| -> u32 {
        let variables = module.global_variables.iter();
        let own = variables.filter(|(_, variable)| variable.space == space);
        own.map(|(_, variable)| layouter[variable.ty].size).sum()
    };
    let count = |is: fn(naga::AddressSpace) -> bool| -> u32 {
        let variables = module.global_variables.iter();
        variables.filter(|(_, variable)| is(variable.space)).count() as u32
    };
    let storage = count(|space| matches!(space, naga::AddressSpace::Storage { .. }));
    let uniform = count(|space| space == naga::AddressSpace::Uniform);
    for (what, found, most) in [
        (
            "bytes of workgroup memory",
            size(naga::AddressSpace::WorkGroup),
            limits.max_compute_workgroup_storage_size,
        ),
        (
            "invocations",
            module.entry_points[0].workgroup_size.iter().product(),
            limits.max_compute_invocations_per_workgroup,
        ),
        (
            "storage buffers",
            storage,
            limits.max_storage_buffers_per_shader_stage,
        ),
        (
            "uniform buffers",
            uniform,
            limits.max_uniform_buffers_per_shader_stage,
        ),
    ] {
        if found > most {
            return Err(format!("{found} {what}, of at most {most}"));
        }
    }
    Ok(())
}

#[test]
fn every_text_keeps_to_default_limits() {
    let plain = ShaderTarget::new(wgpu::Limits::default());
    let mut half = plain.clone();
    half.half = true;
    let mut lanes = plain.clone();
    (lanes.lanes, lanes.int64) = (32, true);
    let mut with_memory = 0;
    for (name, text) in [plain, half, lanes].iter().flat_map(texts_for) {
        let module = validate_with(&text, Capabilities::all());
        let module = module.unwrap_or_else(|error| panic!("{name}: {error}"));
        beyond_limits(&module).unwrap_or_else(|error| panic!("{name}: {error}"));
        with_memory += usize::from(text.contains("var<workgroup>"));
    }
    assert!(with_memory > 0, "nothing was looked at");
    for (global, wrong) in [
        ("var<workgroup> much: array<u32, 4097>;", "workgroup memory"),
        ("", "invocations"),
    ] {
        let size = if global.is_empty() { 257 } else { 64 };
        let text = format!("{global}\n@compute @workgroup_size({size}) fn main() {{}}");
        let module = validate(&text).expect("valid but for the limits");
        let error = beyond_limits(&module).expect_err(wrong);
        assert!(error.contains(wrong), "{error}");
    }
}

#[test]
fn a_planted_error_is_caught() {
    let (name, text) = texts().remove(1);
    let broken = text.replacen("run.count", "run.kount", 1);
    assert_ne!(broken, text, "{name} reads run.count");
    assert!(validate(&broken).is_err());
}

/// Name and offset of every member of a WGSL struct, and its size.
fn layout(module: &naga::Module, name: &str) -> (Vec<(String, usize)>, usize) {
    let (_, ty) = module
        .types
        .iter()
        .find(|(_, ty)| ty.name.as_deref() == Some(name))
        .expect("the struct");
    let naga::TypeInner::Struct { members, span } = &ty.inner else {
        panic!("{name} is no struct")
    };
    let members = members
        .iter()
        .map(|m| (m.name.clone().expect("a name"), m.offset as usize))
        .collect();
    (members, *span as usize)
}

macro_rules! rust_layout {
    ($ty:ty, $($field:ident),+ $(,)?) => {
        (vec![$((stringify!($field).to_owned(), offset_of!($ty, $field))),+], size_of::<$ty>())
    };
}

#[test]
fn structs_are_laid_out_alike_in_rust_and_wgsl() {
    let texts = texts();
    let module = validate(&texts[0].1).expect("a valid text");
    assert_eq!(
        layout(&module, "Step"),
        rust_layout!(
            StepUniform,
            x0_from_x,
            x0_from_out,
            eps_from_x,
            eps_from_out,
            x0_scale,
            eps_scale,
            noise_scale,
            history_scale,
            eps_from_clipped_x,
            eps_from_clipped_x0,
            clip_limit,
            rederive_epsilon,
            row,
            draw,
            timestep,
            alpha_bar,
            one_minus_alpha_bar,
            threshold_rank,
            threshold_fraction,
            threshold_max,
            threshold_scale,
            inpaint_x0_scale,
            inpaint_noise_scale,
            ring_slot,
            ring_shares,
            ring_x0,
            ring_eps,
            ring_threshold,
            padding_0,
            padding_1,
        )
    );
    assert_eq!(
        layout(&module, "Run"),
        rust_layout!(
            RunUniform,
            key,
            first_sample,
            count,
            guidance,
            null_class,
            draw
        )
    );
    let module = validate(&texts.last().expect("a text").1).expect("a valid text");
    assert_eq!(
        layout(&module, "Grid"),
        rust_layout!(
            ImageGrid, channels, height, width, columns, count, padding_0, padding_1, padding_2
        )
    );
}

/// Kernels that clip more than x̂₀ read on where the others stop.
#[test]
fn limits_follow_the_rest_of_a_row() {
    let mut target = ShaderTarget::new(wgpu::Limits::default());
    let of = |target: &ShaderTarget| {
        let module = validate(&texts_for(target)[0].1).expect("a valid text");
        layout(&module, "Step")
    };
    let (mut members, plain) = of(&target);
    target.clips = true;
    let (with_clips, size) = of(&target);
    let (limits, limits_size) = rust_layout!(
        ClipUniform,
        noise_limit,
        eps_limit,
        state_limit,
        threshold_state_limit,
    );
    let limits = limits.into_iter().map(|(name, at)| (name, plain + at));
    members.extend(limits);
    assert_eq!((with_clips, size), (members, plain + limits_size));
}

/// Every backend's translator takes the texts; other compilers are for a machine that has them.
#[test]
fn every_text_translates_to_spirv_msl_hlsl_and_glsl() {
    for (name, text) in texts() {
        let module = validate(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .expect("valid");
        naga::back::spv::write_vec(&module, &info, &naga::back::spv::Options::default(), None)
            .unwrap_or_else(|error| panic!("{name} to SPIR-V: {error}"));
        let options = naga::back::msl::Options {
            fake_missing_bindings: true,
            ..Default::default()
        };
        naga::back::msl::write_string(
            &module,
            &info,
            &options,
            &naga::back::msl::PipelineOptions::default(),
        )
        .unwrap_or_else(|error| panic!("{name} to MSL: {error}"));
        let options = naga::back::hlsl::Options {
            fake_missing_bindings: true,
            ..Default::default()
        };
        let mut hlsl = String::new();
        let pipeline = naga::back::hlsl::PipelineOptions::default();
        naga::back::hlsl::Writer::new(&mut hlsl, &options, &pipeline)
            .write(&module, &info, None)
            .unwrap_or_else(|error| panic!("{name} to HLSL: {error}"));
        let entry = module.entry_points[0].name.clone();
        let options = naga::back::glsl::Options {
            version: naga::back::glsl::Version::new_gles(310),
            ..Default::default()
        };
        let pipeline = naga::back::glsl::PipelineOptions {
            shader_stage: naga::ShaderStage::Compute,
            entry_point: entry,
            multiview: None,
        };
        let mut glsl = String::new();
        naga::back::glsl::Writer::new(
            &mut glsl,
            &module,
            &info,
            &options,
            &pipeline,
            naga::proc::BoundsCheckPolicies::default(),
        )
        .and_then(|mut writer| writer.write())
        .unwrap_or_else(|error| panic!("{name} to GLSL: {error}"));
    }
}
