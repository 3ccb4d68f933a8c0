// Activations. Arguments of exp are bounded, so that no driver's overflow shows.
fn relu(v: vec4<f32>) -> vec4<f32> {
    return max(v, vec4<f32>(0.0));
}

fn silu(v: vec4<f32>) -> vec4<f32> {
    return v / (1.0 + exp(min(-v, vec4<f32>(80.0))));
}

// x·Φ(x) with erfc by Abramowitz & Stegun 7.1.26, |error| ≤ 1.5e-7.
fn gelu(v: vec4<f32>) -> vec4<f32> {
    let a = abs(v) * 0.70710678;
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    let half_erfc = 0.5 * p * exp(max(-a * a, vec4<f32>(-80.0)));
    return v * select(half_erfc, 1.0 - half_erfc, v >= vec4<f32>(0.0));
}

// 0.5·x·(1 + tanh(u)) = x / (1 + exp(−2u))
fn gelu_tanh(v: vec4<f32>) -> vec4<f32> {
    let u = 0.7978845608 * (v + 0.044715 * v * v * v);
    return v / (1.0 + exp(min(-2.0 * u, vec4<f32>(80.0))));
}
