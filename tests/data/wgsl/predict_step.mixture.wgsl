const INT64: u32 = 0u;
const NOISE: u32 = 1u;
const WORKGROUP: u32 = 64u;
const DIMS: u32 = 2u;
const QUADS: u32 = 1u;
const STEPS: u32 = 1u;

// What one dispatch does: a row of the coefficient table, rounded from f64 once on the host.
// The only definition of this layout in WGSL; `src/gpu/shader/uniforms.rs` is its Rust side,
// and a test compares the two.
struct Step {
    // x̂₀ = x0_from_x·x + x0_from_out·out,  ε̂ = eps_from_x·x + eps_from_out·out
    x0_from_x: f32,
    x0_from_out: f32,
    eps_from_x: f32,
    eps_from_out: f32,
    // x' = x0_scale·x̂₀ + eps_scale·ε̂ + noise_scale·z + history_scale·(x̂₀ of the previous row)
    //      + Σ ring_shares[k]·(slot k of the ring)
    x0_scale: f32,
    eps_scale: f32,
    noise_scale: f32,
    history_scale: f32,
    // ε̂ re-derived from the clipped x̂₀: eps_from_clipped_x·x + eps_from_clipped_x0·x̂₀,
    // where `rederive_epsilon` is 1
    eps_from_clipped_x: f32,
    eps_from_clipped_x0: f32,
    // x̂₀ is clamped to ±clip_limit; the largest f32 where there is no clipping
    clip_limit: f32,
    rederive_epsilon: u32,
    // Row of the plan, and the draw of the noise that this row injects
    row: u32,
    draw: u32,
    // What a network is told: its timestep, and of that level ᾱ and 1 − ᾱ
    timestep: f32,
    alpha_bar: f32,
    one_minus_alpha_bar: f32,
    // Dynamic thresholding (shaders/step/threshold_step.wgsl): the quantile lies
    // `threshold_fraction` of the way from the magnitude of rank `threshold_rank` (from 0) to the
    // next; it is brought into [1, threshold_max], and the x̂₀ that it gives is added to the
    // state times `threshold_scale`
    threshold_rank: u32,
    threshold_fraction: f32,
    threshold_max: f32,
    threshold_scale: f32,
    // Inpainting (shaders/step/mask_step.wgsl): what kept data are after this row,
    // inpaint_x0_scale·data + inpaint_noise_scale·z of draw 0
    inpaint_x0_scale: f32,
    inpaint_noise_scale: f32,
    // The ring of earlier estimates (shaders/shared/history.wgsl): after its shares are read,
    // ring_x0·x̂₀ + ring_eps·ε̂ is kept in slot `ring_slot`, nothing where that is no slot. With
    // dynamic thresholding ring_threshold·x̂₀ is added to what is kept
    ring_slot: u32,
    ring_shares: vec3<f32>,
    ring_x0: f32,
    ring_eps: f32,
    ring_threshold: f32,
    padding_0: u32,
    padding_1: u32,
}

// What every kernel of a run shares: whose noise it draws, and how many samples it holds.
struct Run {
    // Philox key: seed lo, seed hi
    key: vec2<u32>,
    // Global index of the first sample here, lo and hi: noise follows the global index,
    // never the place in a batch
    first_sample: vec2<u32>,
    // Samples in this part of the batch
    count: u32,
    // G of u + G·(c − u); 1 where there is no guidance
    guidance: f32,
    // Row of the class table that means "no class"
    null_class: u32,
    // Draw of the noise that starts the run: 0, but where noise itself is what is wanted
    draw: u32,
}

@group(0) @binding(0) var<uniform> run: Run;

// first_sample + local, as lo and hi
fn global_sample(local: u32) -> vec2<u32> {
    let lo = run.first_sample.x + local;
    return vec2<u32>(lo, run.first_sample.y + select(0u, 1u, lo < local));
}

// A dispatch for every row: the row is bound.
@group(0) @binding(1) var<uniform> step: Step;

fn take_step(k: u32) {}

// The 64-bit product of two words, as (low, high).
fn mul_wide(a: u32, b: u32) -> vec2<u32> {
    // From four 16-bit products: WGSL has no 64-bit integers, and a device may
    // be without SHADER_INT64.
    let a_low = a & 0xFFFFu;
    let a_high = a >> 16u;
    let b_low = b & 0xFFFFu;
    let b_high = b >> 16u;
    let low = a_low * b_low;
    // Neither sum overflows: (2^16 - 1)^2 + (2^16 - 1) < 2^32, and the second adds a
    // 16-bit number to that much.
    let middle = a_high * b_low + (low >> 16u);
    let cross = a_low * b_high + (middle & 0xFFFFu);
    return vec2<u32>(a * b, a_high * b_high + (middle >> 16u) + (cross >> 16u));
}

// Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011).
// Twin of src/noise/philox.rs. Needs `mul_wide` (mul_wide.wgsl).

fn philox_round(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    let product0 = mul_wide(0xD2511F53u, counter.x);
    let product1 = mul_wide(0xCD9E8D57u, counter.z);
    return vec4<u32>(product1.y ^ counter.y ^ key.x, product1.x, product0.y ^ counter.w ^ key.y, product0.x);
}

// The four random words that belong to `counter` under `key`.
fn philox4x32_10(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
    // Unrolled: the key of each round is the first plus a constant.
    let increment = vec2<u32>(0x9E3779B9u, 0xBB67AE85u);
    var state = philox_round(counter, key);
    state = philox_round(state, key + increment);
    state = philox_round(state, key + 2u * increment);
    state = philox_round(state, key + 3u * increment);
    state = philox_round(state, key + 4u * increment);
    state = philox_round(state, key + 5u * increment);
    state = philox_round(state, key + 6u * increment);
    state = philox_round(state, key + 7u * increment);
    state = philox_round(state, key + 8u * increment);
    return philox_round(state, key + 9u * increment);
}

// The coefficients of the inverse normal CDF: NORMAL_TABLE of src/noise/normal_table.rs, its very
// bytes, bound as a uniform buffer by every kernel that draws noise.
//
// A buffer and not a `const` array: naga copies an array constant that is indexed by a variable
// into a function-local one at every use, which makes software Vulkan many times slower or stop
// altogether. A uniform and not a storage buffer: as fast on lavapipe, and the eight storage
// bindings a device is sure to have are the caller's.
@group(0) @binding(4) var<uniform> normal_table: array<vec4<u32>, 224>;

// Row `segment` of the table, `(c0, c1 << 16 | c2)`; two rows lie in a vector. Two scalar loads by
// a variable component are faster on lavapipe than loading the vector and selecting a half.
fn normal_row(segment: u32) -> vec2<u32> {
    let vector = segment >> 1u;
    let component = (segment & 1u) * 2u;
    return vec2<u32>(normal_table[vector][component], normal_table[vector][component + 1u]);
}

// One 32-bit word to one standard normal, by integers alone: the same bits on every driver.
// Twin of src/noise/normal.rs. Needs philox.wgsl and normal_table.wgsl.

// Bit 0 is the sign, the upper 31 bits the position of a tail probability. Its leading one tells
// the octave, the next four bits the segment, the next sixteen the place `t` within it; the
// magnitude is a quadratic in t, in units of 2^-20. Every product and sum fits 32 bits, and the one
// float operation is exact.
fn normal_from_word(word: u32) -> f32 {
    let position = word >> 1u;
    // Below 32 every position is a segment of its own, as subnormals are in floating point: the cap
    // makes one formula serve both.
    let shift = min(countLeadingZeros(position), 27u);
    let normalized = position << shift;
    let row = normal_row((normalized >> 27u) + 432u - 16u * shift);
    let t = (normalized >> 11u) & 0xFFFFu;
    let linear = (row.y >> 16u) * t;
    let quadratic = (row.y & 0xFFFFu) * ((t * t) >> 16u);
    let magnitude = i32(((row.x + (quadratic >> 13u)) - (linear >> 7u)) >> 9u);
    return f32(select(magnitude, -magnitude, (word & 1u) != 0u)) * 0x1p-20f;
}

// The normals of elements 4 * quad .. 4 * quad + 4 of a sample. `key` is the seed and
// `sample` the global sample index, both low word first: the layout in
// src/noise/stream.rs, a stability contract.
fn normals4(key: vec2<u32>, sample: vec2<u32>, draw: u32, quad: u32) -> vec4<f32> {
    let words = philox4x32_10(vec4<u32>(quad, sample, draw), key);
    return vec4<f32>(
        normal_from_word(words.x),
        normal_from_word(words.y),
        normal_from_word(words.z),
        normal_from_word(words.w),
    );
}

// State and x̂₀, [sample][element], read four elements at a time.
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


// The update that every sampler shares: x̂₀ → clip → ε̂ → combine → noise.
// Twin: src/cpu/reference/update_step.rs.
struct Updated {
    state: vec4<f32>,
    x0: vec4<f32>,
}

// Four consecutive elements of one sample. `history` is x̂₀ of the previous row.
fn update(x: vec4<f32>, out: vec4<f32>, history: vec4<f32>, noise: vec4<f32>) -> Updated {
    let limit = vec4<f32>(step.clip_limit);
    let x0 = clamp(step.x0_from_x * x + step.x0_from_out * out, -limit, limit);
    var eps = step.eps_from_x * x + step.eps_from_out * out;
    if step.rederive_epsilon == 1u {
        eps = step.eps_from_clipped_x * x + step.eps_from_clipped_x0 * x0;
    }
    let mean = step.x0_scale * x0 + step.eps_scale * eps;
    let state = mean + step.noise_scale * noise + step.history_scale * history;
    return Updated(state, x0);
}

// Reads what the update of quad `quad` of a sample needs, and writes what it gives.
fn update_quad(sample: u32, quad: u32, out: vec4<f32>) {
    let x = load_state(sample, quad);
    var noise = vec4<f32>(0.0);
    if NOISE == 1u && step.noise_scale != 0.0 {
        noise = normals4(run.key, global_sample(sample), step.draw, quad);
    }
    var history = vec4<f32>(0.0);
    if step.history_scale != 0.0 {
        history = load_x0(sample, quad);
    }
    let updated = update(x, out, history, noise);
    store_state(sample, quad, updated.state);
    store_x0(sample, quad, updated.x0);
}

// What a caller's `fn predict(x: Sample, at: Evaluation) -> Sample` may use.
alias Sample = array<f32, DIMS>;

struct Evaluation {
    // Global index of the sample, lo and hi
    sample: vec2<u32>,
    // Its class; the number of classes where it has none
    class_index: u32,
    timestep: f32,
    // ᾱ of the level x is at, and 1 − ᾱ to full precision
    alpha_bar: f32,
    one_minus_alpha_bar: f32,
}

// The caller's own numbers
@group(1) @binding(0) var<storage, read> params: array<f32>;
@group(1) @binding(1) var<storage, read> classes: array<u32>;

fn evaluation(sample: u32, class_index: u32) -> Evaluation {
    return Evaluation(
        global_sample(sample),
        class_index,
        step.timestep,
        step.alpha_bar,
        step.one_minus_alpha_bar,
    );
}

const COMPONENTS: u32 = 1u;
const PREDICTION: u32 = 2u;
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

// One step with a caller's network: `fn predict(x: Sample, at: Evaluation) -> Sample`, composed in
// front of this file. One invocation a sample. Twin: src/cpu/reference/predict_step.rs.
@compute @workgroup_size(WORKGROUP)
fn predict_step(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let sample = id.x + id.y * groups.x * WORKGROUP;
    if sample >= run.count {
        return;
    }
    // No barrier: an invocation reads no state but what it has written itself.
    for (var k = 0u; k < STEPS; k++) {
        take_step(k);
        network_step(sample);
    }
}

fn network_step(sample: u32) {
    var x: Sample;
    for (var quad = 0u; quad < QUADS; quad++) {
        let values = load_state(sample, quad);
        for (var i = 0u; i < min(4u, DIMS - quad * 4u); i++) {
            x[quad * 4u + i] = values[i];
        }
    }
    var out = predict(x, evaluation(sample, classes[sample]));
    if run.guidance != 1.0 {
        let free = predict(x, evaluation(sample, run.null_class));
        for (var i = 0u; i < DIMS; i++) {
            out[i] = run.guidance * out[i] + (1.0 - run.guidance) * free[i];
        }
    }
    for (var quad = 0u; quad < QUADS; quad++) {
        var values = vec4<f32>(0.0);
        for (var i = 0u; i < min(4u, DIMS - quad * 4u); i++) {
            values[i] = out[quad * 4u + i];
        }
        update_quad(sample, quad, values);
    }
}
