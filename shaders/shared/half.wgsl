// Weights, and activations in workgroup memory, are stored in 16 bits: half the memory to read. All sums are f32.
alias Stored = vec4<f16>;

fn widen(v: Stored) -> vec4<f32> {
    return vec4<f32>(v);
}

// Beyond the range of f16 there is no telling what a conversion gives.
fn narrow(v: vec4<f32>) -> Stored {
    return vec4<f16>(clamp(v, vec4<f32>(-65504.0), vec4<f32>(65504.0)));
}
