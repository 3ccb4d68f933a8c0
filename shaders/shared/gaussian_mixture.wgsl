// The exact network output for data drawn from a mixture of isotropic Gaussians, as a caller's
// network would be written. params: for each of COMPONENTS: ln weight, variance v, mean [DIMS].
// Twin: src/network/mixture.rs.
const STRIDE: u32 = DIMS + 2u;

// ln of the component's weight times its density at x, up to a constant
fn log_density(x: ptr<function, Sample>, at: Evaluation, component: u32) -> f32 {
    let first = component * STRIDE;
    let signal = sqrt(at.alpha_bar);
    let spread = at.alpha_bar * params[first + 1u] + at.one_minus_alpha_bar;
    var distance = 0.0;
    for (var i = 0u; i < DIMS; i++) {
        let offset = (*x)[i] - signal * params[first + 2u + i];
        distance += offset * offset;
    }
    return params[first] - 0.5 * (distance / spread + f32(DIMS) * log(spread));
}

fn predict(x: Sample, at: Evaluation) -> Sample {
    var point = x;
    // The largest first: no component far from x underflows to 0/0.
    var largest = log_density(&point, at, 0u);
    for (var component = 1u; component < COMPONENTS; component++) {
        largest = max(largest, log_density(&point, at, component));
    }
    let signal = sqrt(at.alpha_bar);
    let noise = sqrt(at.one_minus_alpha_bar);
    var total = 0.0;
    var out: Sample;
    for (var component = 0u; component < COMPONENTS; component++) {
        let first = component * STRIDE;
        let variance = params[first + 1u];
        let spread = at.alpha_bar * variance + at.one_minus_alpha_bar;
        let weight = exp(log_density(&point, at, component) - largest);
        total += weight;
        // out = Σ weight·(from_mean·μ + from_offset·(x − √ᾱ μ)) for ε, x̂₀
        // and v = √ᾱ ε − √(1−ᾱ) x̂₀
        let eps = noise / spread;
        let x0_from_offset = signal * variance / spread;
        var from_mean = 0.0;
        var from_offset = eps;
        if PREDICTION == 1u {
            from_mean = 1.0;
            from_offset = x0_from_offset;
        } else if PREDICTION == 2u {
            from_mean = -noise;
            from_offset = signal * eps - noise * x0_from_offset;
        }
        for (var i = 0u; i < DIMS; i++) {
            let mean = params[first + 2u + i];
            out[i] += weight * (from_mean * mean + from_offset * (x[i] - signal * mean));
        }
    }
    for (var i = 0u; i < DIMS; i++) {
        out[i] /= total;
    }
    return out;
}
