// Weights and activations are stored as they are computed with.
alias Stored = vec4<f32>;

fn widen(v: Stored) -> vec4<f32> {
    return v;
}

fn narrow(v: vec4<f32>) -> Stored {
    return v;
}
