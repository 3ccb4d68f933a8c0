//! What several test modules share.

pub(crate) mod allocations;
pub(crate) mod backends;
pub(crate) mod compute;
pub(crate) mod golden_models;
pub(crate) mod goldens;
mod gpu_backends;
pub(crate) mod host;
pub(crate) mod noise_vectors;
pub(crate) mod quantile;
pub(crate) mod random_model;
pub(crate) mod rows;

/// Asserts that an error is of one variant, and that its message is one line.
macro_rules! assert_refused {
    ($error:expr, $pattern:pat) => {{
        let error = $error;
        assert!(matches!(error, $pattern), "{error:?}");
        let message = error.to_string();
        assert!(!message.contains('\n') && message.len() < 400, "{message}");
    }};
}
pub(crate) use assert_refused;

/// The timesteps of a plan whose network is asked at training levels only.
pub(crate) fn training_levels(plan: &ddim_wgpu::diffusion::Plan) -> Vec<usize> {
    let level = |timestep: f64| {
        assert_eq!(timestep.fract(), 0.0, "a training level");
        timestep as usize
    };
    plan.stages()
        .iter()
        .map(|row| level(row.timestep))
        .collect()
}
