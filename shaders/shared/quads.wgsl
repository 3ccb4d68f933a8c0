// State and x̂₀, [sample][element], read four elements at a time.
//@if ALIGNED
@group(0) @binding(2) var<storage, read_write> state: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> x0: array<vec4<f32>>;

fn load_state(sample: u32, quad: u32) -> vec4<f32> {
    return state[sample * QUADS + quad];
}

fn store_state(sample: u32, quad: u32, value: vec4<f32>) {
    state[sample * QUADS + quad] = value;
}

fn load_x0(sample: u32, quad: u32) -> vec4<f32> {
    return x0[sample * QUADS + quad];
}

fn store_x0(sample: u32, quad: u32, value: vec4<f32>) {
    x0[sample * QUADS + quad] = value;
}
//@else
// DIMS is no multiple of 4: the last quad of a sample is cut short.
@group(0) @binding(2) var<storage, read_write> state: array<f32>;
@group(0) @binding(3) var<storage, read_write> x0: array<f32>;

// Elements past the sample's end read as 0.
fn load_state(sample: u32, quad: u32) -> vec4<f32> {
    var value = vec4<f32>(0.0);
    let first = quad * 4u;
    let at = sample * DIMS + first;
    for (var i = 0u; i < min(4u, DIMS - first); i++) {
        value[i] = state[at + i];
    }
    return value;
}

fn store_state(sample: u32, quad: u32, value: vec4<f32>) {
    let first = quad * 4u;
    let at = sample * DIMS + first;
    for (var i = 0u; i < min(4u, DIMS - first); i++) {
        state[at + i] = value[i];
    }
}

fn load_x0(sample: u32, quad: u32) -> vec4<f32> {
    var value = vec4<f32>(0.0);
    let first = quad * 4u;
    let at = sample * DIMS + first;
    for (var i = 0u; i < min(4u, DIMS - first); i++) {
        value[i] = x0[at + i];
    }
    return value;
}

fn store_x0(sample: u32, quad: u32, value: vec4<f32>) {
    let first = quad * 4u;
    let at = sample * DIMS + first;
    for (var i = 0u; i < min(4u, DIMS - first); i++) {
        x0[at + i] = value[i];
    }
}
//@end
