// State and x̂₀, [sample][element], read four elements at a time. For DIMS a multiple of 4.
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
