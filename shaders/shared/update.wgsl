// The update that every sampler shares: x̂₀ → clip → ε̂ → combine → noise.
// Twin: src/cpu/reference/update_step.rs.
struct Updated {
    state: vec4<f32>,
    x0: vec4<f32>,
//@if RING
    eps: vec4<f32>,
//@end
}

// Four consecutive elements of one sample. `history` is x̂₀ of the previous row.
fn update(x: vec4<f32>, out: vec4<f32>, history: vec4<f32>, noise: vec4<f32>) -> Updated {
    let limit = vec4<f32>(step.clip_limit);
    let x0 = clamp(step.x0_from_x * x + step.x0_from_out * out, -limit, limit);
    var eps = step.eps_from_x * x + step.eps_from_out * out;
    if step.rederive_epsilon == 1u {
        eps = step.eps_from_clipped_x * x + step.eps_from_clipped_x0 * x0;
    }
//@if CLIPS
    eps = clipped(eps, step.eps_limit);
//@end
    let mean = step.x0_scale * x0 + step.eps_scale * eps;
    let state = mean + step.noise_scale * noise + step.history_scale * history;
//@if RING
    return Updated(state, x0, eps);
//@else
    return Updated(state, x0);
//@end
}

// Reads what the update of quad `quad` of a sample needs, and writes what it gives.
fn update_quad(sample: u32, quad: u32, out: vec4<f32>) {
    let x = load_state(sample, quad);
    var noise = vec4<f32>(0.0);
    if NOISE == 1u && step.noise_scale != 0.0 {
        noise = normals4(run.key, global_sample(sample), step.draw, quad);
//@if CLIPS
        noise = clipped(noise, step.noise_limit);
//@end
    }
    var history = vec4<f32>(0.0);
    if step.history_scale != 0.0 {
        history = load_x0(sample, quad);
    }
    let updated = update(x, out, history, noise);
//@if RING
    store_state(sample, quad, updated.state + recall(sample, quad));
    keep(sample, quad, updated.x0, updated.eps);
//@else
    store_state(sample, quad, updated.state);
//@end
    store_x0(sample, quad, updated.x0);
//@if CLIPS
    clip_state(sample, quad, step.state_limit);
//@end
}
