//! The variable by which wgpu's backends are chosen.

use std::ffi::OsStr;

use ddim_wgpu::wgpu::Backends;

use crate::exit::Failure;

/// Refuses a `WGPU_BACKEND` that names what wgpu does not know, as wgpu passes over such names: a
/// misspelt one would leave no GPU and the CPU engine in its place.
///
/// # Errors
/// [`Failure`] of wrong usage, with the name.
pub fn check(variable: Option<&OsStr>) -> Result<(), Failure> {
    let names = variable.unwrap_or_default().to_string_lossy();
    // wgpu says of a list what it knows of its names, not which it does not know.
    let unknown = names
        .split(',')
        .find(|name| Backends::from_comma_list(name).is_empty());
    match (variable, unknown) {
        (Some(_), Some(name)) => Err(Failure::usage(format_args!(
            "WGPU_BACKEND: {:?} is no backend; vulkan, metal, dx12 or gl, or several with commas",
            name.trim()
        ))),
        _ => Ok(()),
    }
}
