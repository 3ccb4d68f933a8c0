//! Every test of the library and the command, with the WGSL kernels really executed.

use crate::failure::Failure;
use crate::{process, vulkan, workspace};

/// `cargo test` with the given arguments, after making sure of a driver.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    vulkan::ensure()?;
    process::checked(vulkan::quiet_mesa(workspace::cargo().arg("test")).args(arguments))
}
