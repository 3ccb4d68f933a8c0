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

// Which elements of a quad the sample has.
fn is_element(quad: u32) -> vec4<bool> {
    return vec4<u32>(quad * 4u) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(DIMS);
}

// Where they are; those past the sample's end are its last.
fn element(sample: u32, quad: u32) -> vec4<u32> {
    let in_sample = vec4<u32>(quad * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    return vec4<u32>(sample * DIMS) + min(in_sample, vec4<u32>(DIMS - 1u));
}

// Elements past the sample's end read as 0. Not by a loop over the components: FXC unrolls one that
// stores to them, and refuses the text where it cannot.
fn load_state(sample: u32, quad: u32) -> vec4<f32> {
    let at = element(sample, quad);
    let value = vec4<f32>(state[at.x], state[at.y], state[at.z], state[at.w]);
    return select(vec4<f32>(0.0), value, is_element(quad));
}

fn store_state(sample: u32, quad: u32, value: vec4<f32>) {
    let first = quad * 4u;
    let at = sample * DIMS + first;
    for (var i = 0u; i < min(4u, DIMS - first); i++) {
        state[at + i] = value[i];
    }
}

fn load_x0(sample: u32, quad: u32) -> vec4<f32> {
    let at = element(sample, quad);
    let value = vec4<f32>(x0[at.x], x0[at.y], x0[at.z], x0[at.w]);
    return select(vec4<f32>(0.0), value, is_element(quad));
}

fn store_x0(sample: u32, quad: u32, value: vec4<f32>) {
    let first = quad * 4u;
    let at = sample * DIMS + first;
    for (var i = 0u; i < min(4u, DIMS - first); i++) {
        x0[at + i] = value[i];
    }
}
//@end
//@if CLIPS

// Within ±limit; 0 is no limit. What is no number stays so, for the run to be seen as broken: by
// its bits, as WGSL lets `clamp` make anything of it.
fn clipped(value: vec4<f32>, limit: f32) -> vec4<f32> {
    if limit == 0.0 {
        return value;
    }
    let bits = bitcast<vec4<u32>>(value) & vec4<u32>(0x7FFFFFFFu);
    let within = clamp(value, vec4<f32>(-limit), vec4<f32>(limit));
    return select(within, value, bits > vec4<u32>(0x7F800000u));
}

// The state that this invocation has stored, once all of its terms are in it.
fn clip_state(sample: u32, quad: u32, limit: f32) {
    if limit != 0.0 {
        store_state(sample, quad, clipped(load_state(sample, quad), limit));
    }
}
//@end
