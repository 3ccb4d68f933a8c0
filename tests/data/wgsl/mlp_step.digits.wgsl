const WORKGROUP: u32 = 160u;
const ROWS: u32 = 4u;
const TILE_ROWS: u32 = 4u;
const COLUMNS: u32 = 1u;
const ROW_GROUPS: u32 = 1u;
const COLUMN_GROUPS: u32 = 160u;
const TILE: u32 = 4u;
const FEATURE_PART: u32 = 98u;
const INT64: u32 = 0u;
const NOISE: u32 = 1u;
const STEPS: u32 = 1u;
const DIMS: u32 = 784u;
const QUADS: u32 = 196u;
const OUTPUTS: u32 = 784u;
const FEATURES: u32 = 784u;
const FEATURE_QUADS: u32 = 196u;
const HIDDEN: u32 = 640u;
const HIDDEN_QUADS: u32 = 160u;
const BLOCKS: u32 = 4u;
const CLASS_ROWS: u32 = 11u;
const EMBEDDING: u32 = 0u;
const EMBEDDING_COSINE_FIRST: u32 = 0u;
const PROJ_IN_AT: u32 = 0u;
const BLOCKS_AT: u32 = 125440u;
const PROJ_OUT_AT: u32 = 535040u;
const PROJ_OUT_BIAS_AT: u32 = 0u;
const FREQUENCIES_AT: u32 = 196u;
const BIASES_AT: u32 = 196u;
const HALF: u32 = 0u;

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

// How weights, and activations in workgroup memory, are stored; all sums are f32. With SCALAR,
// values are taken one by one.
alias Stored = vec4<f32>;

fn widen(v: Stored) -> vec4<f32> {
    return v;
}

fn narrow(v: vec4<f32>) -> Stored {
    return v;
}

// What both MLP kernels share: the model's buffers, its features and its biases.
// Weights are packed by src/gpu/mlp/packing.rs: each layer [inputs][outputs], outputs
// contiguous and padded with zeros.
@group(1) @binding(0) var<storage, read> weights: array<Stored>;
// The output's bias, the input embedding's frequencies, and from BIASES_AT the additive bias of
// every hidden layer: [class rows, then plan rows][layer][HIDDEN], folded on the host
@group(1) @binding(1) var<storage, read> biases: array<vec4<f32>>;
// Row of the class table of each sample of the part
@group(1) @binding(2) var<storage, read> classes: array<u32>;

const LAYERS: u32 = BLOCKS + 1u;

// sin(angle + quarters·π/2). WGSL's own sin is only good to 2⁻¹¹ and only in [−π, π]; this one
// reduces the argument in three exact pieces of π/2 and is good to 2 ULP of 1 for |angle| < 2¹³.
// Beyond 2¹⁶ quarters the pieces are exact no longer, and what is left of a large angle would not
// be in [−π/4, π/4]. The remainder of the rounded product is as good as the angle there, and the
// limits are for compilers that do not round it. NaN goes the first way and stays what it is.
fn sine(angle: f32, quarters: u32) -> f32 {
    let quarter_turns = angle * 0.63661977;
    let n = round(quarter_turns);
    let near = ((angle - n * 1.5703125) - n * 4.837512969970703e-4) - n * 7.549789948768648e-8;
    let far = clamp((quarter_turns - n) * 1.5707964, -0.7853982, 0.7853982);
    let r = select(near, far, abs(n) >= 65536.0);
    let r2 = r * r;
    let s = r + r * r2 * (-1.6666654611e-1 + r2 * (8.3321608736e-3 - r2 * 1.9515295891e-4));
    let c = 1.0 - 0.5 * r2 + r2 * r2 * (4.166664568298827e-2 + r2 * (-1.388731625493765e-3 + r2 * 2.443315711809948e-5));
    let quadrant = (u32(n - 4.0 * floor(n * 0.25)) + quarters) & 3u;
    let value = select(s, c, (quadrant & 1u) == 1u);
    return select(value, -value, quadrant >= 2u);
}

// Which component of its quad a value is: `i % 4u`, in a form that FXC 10.0 compiles right.
// Its optimiser takes the byte offset of `vector[i % 4u]` for a constant in some lanes, and
// those read another component.
fn component(i: u32) -> u32 {
    return i - i / 4u * 4u;
}

// Element `index` of φ(x) for one sample.
fn embedded(sample: u32, index: u32) -> f32 {
    let half = EMBEDDING / 2u;
    let element = index / max(EMBEDDING, 1u);
    let j = index % max(EMBEDDING, 1u);
    if index >= FEATURES || j >= 2u * half {
        return 0.0;
    }
    let x = load_state(sample, element / 4u)[component(element)];
    let second = u32(j >= half);
    let f = j - second * half;
    return sine(x * biases[FREQUENCIES_AT + f / 4u][component(f)], second ^ EMBEDDING_COSINE_FIRST);
}

// Quad `quad` of φ(x): x itself where the model has no input embedding.
fn features(sample: u32, quad: u32) -> vec4<f32> {
    if EMBEDDING == 0u {
        return load_state(sample, quad);
    }
    let i = quad * 4u;
    return vec4<f32>(
        embedded(sample, i),
        embedded(sample, i + 1u),
        embedded(sample, i + 2u),
        embedded(sample, i + 3u),
    );
}

// Biases of a layer: what the time adds, and what a class adds. They fold separately because
// the conditioning is linear.
fn time_bias(layer: u32, quad: u32) -> vec4<f32> {
    return biases[BIASES_AT + ((CLASS_ROWS + step.row) * LAYERS + layer) * HIDDEN_QUADS + quad];
}

fn class_bias(layer: u32, class_row: u32, quad: u32) -> vec4<f32> {
    if CLASS_ROWS == 0u {
        return vec4<f32>(0.0);
    }
    return biases[BIASES_AT + (class_row * LAYERS + layer) * HIDDEN_QUADS + quad];
}

// Class of a sample in pass `pass` of guidance: first its own, then none.
fn class_row(sample: u32, pass_index: u32) -> u32 {
    if CLASS_ROWS == 0u {
        return 0u;
    }
    if pass_index == 1u {
        return run.null_class;
    }
    return classes[min(sample, run.count - 1u)];
}

fn activate(v: vec4<f32>) -> vec4<f32> {
    return silu(v);
}

// One step with the residual MLP, network and update fused. Twin: src/cpu/reference/mlp_step.rs.
//
// A workgroup carries TILE rows through all layers; their activations never leave workgroup memory.
// Each invocation owns ROWS rows × 4·COLUMNS outputs of every layer in registers, so a layer is
// written over the one before it. A row is a sample. Under guidance u + G·(c − u) a sample is two
// rows, with its class and without, and the tile's samples come in two parts; the mixture is made
// of their last hidden vectors: proj_out is linear, so one of it is enough.

// By row group, quad of a layer and row of the group. An index for each, as each is checked against
// its bound: that of the group once, that of the quad by the scalar unit, where there is one.
var<workgroup> tile: array<array<array<Stored, TILE_ROWS>, HIDDEN_QUADS>, ROW_GROUPS>;

struct Block {
    v_0_0: vec4<f32>,
    v_1_0: vec4<f32>,
    v_2_0: vec4<f32>,
    v_3_0: vec4<f32>,
}

// Which outputs an invocation owns, and of which samples.
struct Place {
    // Sample of the first row of its row group
    first: u32,
    row_group: u32,
    column: u32,
}

// Passes of guidance, 1 or 2, and which part of the samples is carried. All of a workgroup agree in
// it, as they have to at the barriers around it.
struct Turn {
    passes: u32,
    part: u32,
}

// Output quad of this invocation's column `c`; neighbours in a workgroup read neighbouring quads.
fn column_quad(column: u32, c: u32) -> u32 {
    return column + c * COLUMN_GROUPS;
}

// acc + tile[rows] · weights[inner, columns]
fn multiply(start: Block, weights_at: u32, stride: u32, inner_quads: u32, row_group: u32, column: u32) -> Block {
    var acc = start;
    var at_0 = weights_at + min(column_quad(column, 0u), stride - 1u);
    for (var k = 0u; k < inner_quads; k++) {
        let h_0 = widen(tile[row_group][k][0]);
        let h_1 = widen(tile[row_group][k][1]);
        let h_2 = widen(tile[row_group][k][2]);
        let h_3 = widen(tile[row_group][k][3]);
        let w_0_0 = widen(weights[at_0 + 0u * stride]);
        acc.v_0_0 += h_0[0] * w_0_0;
        acc.v_1_0 += h_1[0] * w_0_0;
        acc.v_2_0 += h_2[0] * w_0_0;
        acc.v_3_0 += h_3[0] * w_0_0;
        let w_0_1 = widen(weights[at_0 + 1u * stride]);
        acc.v_0_0 += h_0[1] * w_0_1;
        acc.v_1_0 += h_1[1] * w_0_1;
        acc.v_2_0 += h_2[1] * w_0_1;
        acc.v_3_0 += h_3[1] * w_0_1;
        let w_0_2 = widen(weights[at_0 + 2u * stride]);
        acc.v_0_0 += h_0[2] * w_0_2;
        acc.v_1_0 += h_1[2] * w_0_2;
        acc.v_2_0 += h_2[2] * w_0_2;
        acc.v_3_0 += h_3[2] * w_0_2;
        let w_0_3 = widen(weights[at_0 + 3u * stride]);
        acc.v_0_0 += h_0[3] * w_0_3;
        acc.v_1_0 += h_1[3] * w_0_3;
        acc.v_2_0 += h_2[3] * w_0_3;
        acc.v_3_0 += h_3[3] * w_0_3;
        at_0 += 4u * stride;
    }
    return acc;
}

// Row `r` of the group: its sample, and 1 where it has no class.
fn row_sample(place: Place, turn: Turn, r: u32) -> u32 {
    return place.first + select(r, r / 2u * 2u + turn.part, turn.passes == 2u);
}

fn row_pass(turn: Turn, r: u32) -> u32 {
    return select(0u, r % 2u, turn.passes == 2u);
}

fn layer_bias(layer: u32, place: Place, turn: Turn) -> Block {
    var acc: Block;
    let time_0 = time_bias(layer, column_quad(place.column, 0u));
    let class_0 = class_row(row_sample(place, turn, 0u), row_pass(turn, 0u));
    acc.v_0_0 = time_0 + class_bias(layer, class_0, column_quad(place.column, 0u));
    let class_1 = class_row(row_sample(place, turn, 1u), row_pass(turn, 1u));
    acc.v_1_0 = time_0 + class_bias(layer, class_1, column_quad(place.column, 0u));
    let class_2 = class_row(row_sample(place, turn, 2u), row_pass(turn, 2u));
    acc.v_2_0 = time_0 + class_bias(layer, class_2, column_quad(place.column, 0u));
    let class_3 = class_row(row_sample(place, turn, 3u), row_pass(turn, 3u));
    acc.v_3_0 = time_0 + class_bias(layer, class_3, column_quad(place.column, 0u));
    return acc;
}

fn store(h: Block, place: Place) {
    let quad_0 = column_quad(place.column, 0u);
    tile[place.row_group][quad_0][0] = narrow(h.v_0_0);
    tile[place.row_group][quad_0][1] = narrow(h.v_1_0);
    tile[place.row_group][quad_0][2] = narrow(h.v_2_0);
    tile[place.row_group][quad_0][3] = narrow(h.v_3_0);
}

// φ(x) · weights, without the bias: what the passes of guidance share.
fn project_in(first: u32, local: u32, place: Place) -> Block {
    var acc: Block;
    // The features come through workgroup memory, a part of them at a time.
    for (var start = 0u; start < FEATURE_QUADS; start += FEATURE_PART) {
        workgroupBarrier();
        // Rounds of the whole workgroup, so that they are counted once for all.
        for (var done = 0u; done < TILE * FEATURE_PART; done += WORKGROUP) {
            let row = (done + local) / FEATURE_PART;
            let quad = (done + local) % FEATURE_PART;
            if row < TILE {
                var value = vec4<f32>(0.0);
                if first + row < run.count && start + quad < FEATURE_QUADS {
                    value = features(first + row, start + quad);
                }
                let in_group = row % ROWS;
                tile[row / ROWS][quad][in_group] = narrow(value);
            }
        }
        workgroupBarrier();
        let inner = min(FEATURE_PART, FEATURE_QUADS - start);
        acc = multiply(acc, PROJ_IN_AT + 4u * start * HIDDEN_QUADS, HIDDEN_QUADS, inner, place.row_group, place.column);
    }
    return acc;
}

// The last hidden vectors; `sums` are those of the input layer.
fn hidden_layers(sums: Block, place: Place, turn: Turn) -> Block {
    var h = layer_bias(0u, place, turn);
    h.v_0_0 = activate(h.v_0_0 + sums.v_0_0);
    h.v_1_0 = activate(h.v_1_0 + sums.v_1_0);
    h.v_2_0 = activate(h.v_2_0 + sums.v_2_0);
    h.v_3_0 = activate(h.v_3_0 + sums.v_3_0);
    for (var block = 0u; block < BLOCKS; block++) {
        workgroupBarrier();
        store(h, place);
        workgroupBarrier();
        var acc = layer_bias(block + 1u, place, turn);
        acc = multiply(acc, BLOCKS_AT + block * HIDDEN * HIDDEN_QUADS, HIDDEN_QUADS, HIDDEN_QUADS, place.row_group, place.column);
        // What is added to is read again, so that it takes no registers beside the sums.
        let quad_0 = column_quad(place.column, 0u);
        h.v_0_0 = tile[place.row_group][quad_0][0] + activate(acc.v_0_0);
        h.v_1_0 = tile[place.row_group][quad_0][1] + activate(acc.v_1_0);
        h.v_2_0 = tile[place.row_group][quad_0][2] + activate(acc.v_2_0);
        h.v_3_0 = tile[place.row_group][quad_0][3] + activate(acc.v_3_0);
    }
    return h;
}

@compute @workgroup_size(WORKGROUP)
fn mlp_step(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let first = (group.x + group.y * groups.x) * TILE;
    // Not a loop of one round: what does not change in it would be loaded before, and kept in registers.
    network_step(first, local);
}

fn network_step(first: u32, local: u32) {
    let row_group = local / COLUMN_GROUPS;
    let place = Place(first + row_group * ROWS, row_group, local % COLUMN_GROUPS);
    var h = project_in(first, local, place);
    h = guided_layers(h, place);
    workgroupBarrier();
    store(h, place);
    workgroupBarrier();
    output_step(first, local, place);
}

// The guided mixture of the last hidden vectors; `sums` are those of the input layer.
fn guided_layers(sums: Block, place: Place) -> Block {
    let passes = select(1u, 2u, run.guidance != 1.0);
    let without = 1.0 - run.guidance;
    // Of parts that are to come the sums, of those that are done the mixture.
    var kept = sums;
    for (var part = 0u; part < passes; part++) {
        var h = kept;
        if passes == 2u {
            h.v_0_0 = select(kept.v_0_0, kept.v_1_0, part == 1u);
            h.v_1_0 = select(kept.v_0_0, kept.v_1_0, part == 1u);
            h.v_2_0 = select(kept.v_2_0, kept.v_3_0, part == 1u);
            h.v_3_0 = select(kept.v_2_0, kept.v_3_0, part == 1u);
        }
        h = hidden_layers(h, place, Turn(passes, part));
        if passes == 1u {
            return h;
        }
        if part == 0u % 2u {
            kept.v_0_0 = run.guidance * h.v_0_0 + without * h.v_1_0;
        }
        if part == 1u % 2u {
            kept.v_1_0 = run.guidance * h.v_0_0 + without * h.v_1_0;
        }
        if part == 2u % 2u {
            kept.v_2_0 = run.guidance * h.v_2_0 + without * h.v_3_0;
        }
        if part == 3u % 2u {
            kept.v_3_0 = run.guidance * h.v_2_0 + without * h.v_3_0;
        }
    }
    return kept;
}

// Quad `at` of an invocation's outputs, row by row.
fn block_quad(h: Block, at: u32) -> vec4<f32> {
    var value = vec4<f32>(0.0);
    switch at {
        case 0u * COLUMNS + 0u: {
            value = h.v_0_0;
        }
        case 1u * COLUMNS + 0u: {
            value = h.v_1_0;
        }
        case 2u * COLUMNS + 0u: {
            value = h.v_2_0;
        }
        case 3u * COLUMNS + 0u: {
            value = h.v_3_0;
        }
        default: {}
    }
    return value;
}

// The output layer and the update. Updates are taken in turn: a copy of their text for each would
// be most of the kernel.
fn output_step(first: u32, local: u32, place: Place) {
    for (var start = 0u; start < QUADS; start += HIDDEN_QUADS) {
        // With an initial value: Tint zeroes a variable without one once a
        // function, not once a round.
        var acc = Block();
        acc = multiply(acc, PROJ_OUT_AT, QUADS, HIDDEN_QUADS, place.row_group, start + place.column);
        for (var at = 0u; at < ROWS * COLUMNS; at++) {
            let sample = place.first + at / COLUMNS;
            let quad = column_quad(start + place.column, at % COLUMNS);
            if quad < QUADS && sample < run.count {
                update_quad(sample, quad, block_quad(acc, at) + biases[PROJ_OUT_BIAS_AT + quad]);
            }
        }
    }
}
