//! What the text of a kernel for matrix units has before its own.

use crate::gpu::device::shader_target::ShaderTarget;

/// WGSL's directives for them.
pub fn directives(half: bool) -> String {
    let half = if half { "enable f16;\n" } else { "" };
    format!("{half}enable wgpu_cooperative_matrix;\n")
}

/// Types of what the units multiply, and what they add to.
pub fn types(target: &ShaderTarget) -> String {
    let size = target.matrix;
    let element = if target.half { "f16" } else { "f32" };
    format!(
        "alias Element = {element};\n\
         alias Left = coop_mat{size}x{size}<Element, A>;\n\
         alias Right = coop_mat{size}x{size}<Element, B>;\n\
         alias Sum = coop_mat{size}x{size}<f32, C>;\n"
    )
}
