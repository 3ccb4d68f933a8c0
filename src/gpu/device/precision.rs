//! Storage precision of a network.

/// Storage type of the weights of an MLP, and of its activations in workgroup memory. All sums are
/// f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// f32.
    #[default]
    Single,
    /// f16: half the memory and half the traffic. An output differs by about 1e-3 of the largest
    /// value; the noise keeps its bits. Requires [`wgpu::Features::SHADER_F16`].
    Half,
}
