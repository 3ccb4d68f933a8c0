enable f16;
enable wgpu_cooperative_matrix;
const SIZE: u32 = 16u;
const SUBGROUPS: u32 = 2u;
const WORKGROUP: u32 = 64u;
const ROW_TILES: u32 = 4u;
const COLUMN_TILES: u32 = 1u;
const LANE_QUADS: u32 = 2u;
const TILE: u32 = 64u;
const RUN: u32 = 8u;
const TILE_RUNS: u32 = 5u;
const INT64: u32 = 0u;
const NOISE: u32 = 1u;
const STEPS: u32 = 1u;
const DIMS: u32 = 2u;
const QUADS: u32 = 1u;
const OUTPUTS: u32 = 16u;
const FEATURES: u32 = 2u;
const FEATURE_QUADS: u32 = 1u;
const HIDDEN: u32 = 32u;
const HIDDEN_QUADS: u32 = 8u;
const BLOCKS: u32 = 0u;
const CLASS_ROWS: u32 = 0u;
const EMBEDDING: u32 = 0u;
const EMBEDDING_COSINE_FIRST: u32 = 0u;
const PROJ_IN_AT: u32 = 0u;
const BLOCKS_AT: u32 = 128u;
const PROJ_OUT_AT: u32 = 128u;
const PROJ_OUT_BIAS_AT: u32 = 0u;
const FREQUENCIES_AT: u32 = 1u;
const BIASES_AT: u32 = 1u;
const HALF: u32 = 1u;
const INPUT_STRIDE: u32 = 16u;

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
// 16 bits: half the memory to read. Beyond the range of f16 there is no telling
// what a conversion gives.
alias Stored = f16;

fn narrow(v: f32) -> Stored {
    return f16(clamp(v, -65504.0, 65504.0));
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
    return relu(v);
}
alias Element = f16;
alias Left = coop_mat16x16<Element, A>;
alias Right = coop_mat16x16<Element, B>;
alias Sum = coop_mat16x16<f32, C>;

// One step with the residual MLP on matrix units, network and update fused.
// Twin: src/cpu/reference/mlp_step.rs.
//
// A workgroup of SUBGROUPS subgroups carries TILE samples through all layers. Their activations
// lie in workgroup memory, as the units take them; each subgroup multiplies ROW_TILES ×
// COLUMN_TILES squares of SIZE, whose sums stay in its registers. A square's elements are out of
// reach there, so the sums go through `stage`, a square at a time, to the invocations that add the
// bias, activate and keep the residual sum in f32. Guidance u + G·(c − u) is made on the last
// hidden vector, as in mlp_step.wgsl.
//
// What a unit takes of a row lies one after another along the inner dimension, in the tile and in the
// weights, [outputs][inputs], at multiples of 16 bytes: a lane loads it as two vectors, not value by
// value. Rows of the tile are runs of RUN values, 16 bytes, so that no bound that is checked hides that.
//
// A driver may make subgroups smaller than the LANES that the kernel is composed for, the most of the device:
// then there are more of them, and those beyond SUBGROUPS have no squares. What is done beside the products goes
// by invocations, LANES of which share the squares of a subgroup.
var<workgroup> tile: array<array<array<Stored, RUN>, TILE_RUNS>, TILE>;
var<workgroup> stage: array<f32, SUBGROUPS * SQUARE>;

const LANES: u32 = WORKGROUP / SUBGROUPS;
const SQUARE: u32 = SIZE * SIZE;
// Values from one row of the tile to the next, and runs in a row of a square.
const TILE_STRIDE: u32 = TILE_RUNS * RUN;
const SIZE_RUNS: u32 = SIZE / RUN;
// Quads in a row of a square, and in all of it.
const SIZE_QUADS: u32 = SIZE / 4u;
const SQUARE_QUADS: u32 = SQUARE / 4u;

var<private> sum_0_0: Sum;
var<private> sum_1_0: Sum;
var<private> sum_2_0: Sum;
var<private> sum_3_0: Sum;

struct Place {
    // Which squares this invocation's subgroup multiplies, if fewer than SUBGROUPS
    multiplies: u32,
    // Whose squares' sums this invocation takes quads of, and which of them
    subgroup: u32,
    lane: u32,
}

fn clear_sums() {
    sum_0_0 = Sum();
    sum_1_0 = Sum();
    sum_2_0 = Sum();
    sum_3_0 = Sum();
}

// Column of squares `c` of a subgroup; neighbours read neighbouring weights.
fn column_square(subgroup: u32, c: u32) -> u32 {
    return c * SUBGROUPS + subgroup;
}

// sums += tile · weights[columns, inner]; rows of the weights lie `stride` apart.
fn multiply(place: Place, weights_at: u32, stride: u32, inner_squares: u32) {
    let end = select(0u, inner_squares, place.multiplies < SUBGROUPS);
    for (var k = 0u; k < end; k++) {
        let left_0 = coopLoadT<Left>(&tile[0u * SIZE][k * SIZE_RUNS][0], TILE_STRIDE);
        let left_1 = coopLoadT<Left>(&tile[1u * SIZE][k * SIZE_RUNS][0], TILE_STRIDE);
        let left_2 = coopLoadT<Left>(&tile[2u * SIZE][k * SIZE_RUNS][0], TILE_STRIDE);
        let left_3 = coopLoadT<Left>(&tile[3u * SIZE][k * SIZE_RUNS][0], TILE_STRIDE);
        let right_0 = coopLoad<Right>(&weights[weights_at + column_square(place.multiplies, 0u) * SIZE * stride + k * SIZE], stride);
        sum_0_0 = coopMultiplyAdd(left_0, right_0, sum_0_0);
        sum_1_0 = coopMultiplyAdd(left_1, right_0, sum_1_0);
        sum_2_0 = coopMultiplyAdd(left_2, right_0, sum_2_0);
        sum_3_0 = coopMultiplyAdd(left_3, right_0, sum_3_0);
    }
}

// Quad `quad` of the subgroup's staged square.
fn staged(place: Place, quad: u32) -> vec4<f32> {
    // Where a subgroup has more lanes than a square has quads, the last read what others have.
    let at = place.subgroup * SQUARE + 4u * min(quad, SQUARE_QUADS - 1u);
    return vec4<f32>(stage[at], stage[at + 1u], stage[at + 2u], stage[at + 3u]);
}

// What an invocation has of its subgroup's square (r, c): quads LANES apart,
// of which this is the q-th.
fn own_quad(place: Place, q: u32) -> u32 {
    return place.lane + q * LANES;
}

// Which sample of the tile it belongs to, and which quad of the hidden vector it is.
fn own_sample(place: Place, r: u32, q: u32) -> u32 {
    return r * SIZE + own_quad(place, q) / SIZE_QUADS;
}

fn own_column(place: Place, c: u32, q: u32) -> u32 {
    return column_square(place.subgroup, c) * SIZE_QUADS + own_quad(place, q) % SIZE_QUADS;
}

fn store_own(place: Place, r: u32, c: u32, q: u32, value: vec4<f32>) {
    if own_quad(place, q) < SQUARE_QUADS {
        store_quad(own_sample(place, r, q), own_column(place, c, q), value);
    }
}

// activate(sum + bias) of one of its quads.
fn layer_output(layer: u32, first: u32, pass_index: u32, place: Place, r: u32, c: u32, q: u32, sum: vec4<f32>) -> vec4<f32> {
    let column = own_column(place, c, q);
    let class_row = class_row(first + own_sample(place, r, q), pass_index);
    return activate(sum + time_bias(layer, column) + class_bias(layer, class_row, column));
}

fn store_quad(sample: u32, quad: u32, value: vec4<f32>) {
    let of_row = 4u * quad / RUN;
    let at = 4u * quad - of_row * RUN;
    tile[sample][of_row][at] = narrow(value.x);
    tile[sample][of_row][at + 1u] = narrow(value.y);
    tile[sample][of_row][at + 2u] = narrow(value.z);
    tile[sample][of_row][at + 3u] = narrow(value.w);
}

@compute @workgroup_size(WORKGROUP)
fn mlp_step_matrix(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
    @builtin(subgroup_id) subgroup: u32,
) {
    let first = (group.x + group.y * groups.x) * TILE;
    // One row a dispatch: between rows a barrier for storage would be needed, which under the
    // Vulkan memory model, that of these units, takes a capability that naga 30 does not declare.
    network_step(first, local, Place(subgroup, local / LANES, local % LANES));
}

// sums = φ(x) · weights, without the bias: what the passes of guidance share.
fn project_in(first: u32, local: u32, place: Place) {
    clear_sums();
    // The features come through the same workgroup memory, HIDDEN of them at a time.
    for (var start = 0u; start < FEATURE_QUADS; start += HIDDEN_QUADS) {
        let inner_squares = (min(HIDDEN_QUADS, FEATURE_QUADS - start) + SIZE_QUADS - 1u) / SIZE_QUADS;
        let inner = inner_squares * SIZE_QUADS;
        workgroupBarrier();
        for (var i = local; i < TILE * inner; i += WORKGROUP) {
            let sample = i / inner;
            let quad = i % inner;
            var value = vec4<f32>(0.0);
            if first + sample < run.count && start + quad < FEATURE_QUADS {
                value = features(first + sample, start + quad);
            }
            store_quad(sample, quad, value);
        }
        workgroupBarrier();
        multiply(place, 4u * (PROJ_IN_AT + start), INPUT_STRIDE, inner_squares);
    }
}

fn network_step(first: u32, local: u32, place: Place) {
    let passes = select(1u, 2u, CLASS_ROWS > 0u && run.guidance != 1.0);

    // This invocation's quads: of the input layer's sums, of the hidden
    // vectors, of their guided mixture
    project_in(first, local, place);
    for (var s = place.multiplies; s < SUBGROUPS; s += SUBGROUPS) {
        coopStoreT(sum_0_0, &stage[s * SQUARE], SIZE);
    }
    workgroupBarrier();
    let projected_0_0_0 = staged(place, own_quad(place, 0u));
    var h_0_0_0: vec4<f32>;
    var mixed_0_0_0: vec4<f32>;
    let projected_0_0_1 = staged(place, own_quad(place, 1u));
    var h_0_0_1: vec4<f32>;
    var mixed_0_0_1: vec4<f32>;
    workgroupBarrier();
    for (var s = place.multiplies; s < SUBGROUPS; s += SUBGROUPS) {
        coopStoreT(sum_1_0, &stage[s * SQUARE], SIZE);
    }
    workgroupBarrier();
    let projected_1_0_0 = staged(place, own_quad(place, 0u));
    var h_1_0_0: vec4<f32>;
    var mixed_1_0_0: vec4<f32>;
    let projected_1_0_1 = staged(place, own_quad(place, 1u));
    var h_1_0_1: vec4<f32>;
    var mixed_1_0_1: vec4<f32>;
    workgroupBarrier();
    for (var s = place.multiplies; s < SUBGROUPS; s += SUBGROUPS) {
        coopStoreT(sum_2_0, &stage[s * SQUARE], SIZE);
    }
    workgroupBarrier();
    let projected_2_0_0 = staged(place, own_quad(place, 0u));
    var h_2_0_0: vec4<f32>;
    var mixed_2_0_0: vec4<f32>;
    let projected_2_0_1 = staged(place, own_quad(place, 1u));
    var h_2_0_1: vec4<f32>;
    var mixed_2_0_1: vec4<f32>;
    workgroupBarrier();
    for (var s = place.multiplies; s < SUBGROUPS; s += SUBGROUPS) {
        coopStoreT(sum_3_0, &stage[s * SQUARE], SIZE);
    }
    workgroupBarrier();
    let projected_3_0_0 = staged(place, own_quad(place, 0u));
    var h_3_0_0: vec4<f32>;
    var mixed_3_0_0: vec4<f32>;
    let projected_3_0_1 = staged(place, own_quad(place, 1u));
    var h_3_0_1: vec4<f32>;
    var mixed_3_0_1: vec4<f32>;
    workgroupBarrier();
    for (var pass_index = 0u; pass_index < passes; pass_index++) {
        h_0_0_0 = layer_output(0u, first, pass_index, place, 0u, 0u, 0u, projected_0_0_0);
        h_0_0_1 = layer_output(0u, first, pass_index, place, 0u, 0u, 1u, projected_0_0_1);
        h_1_0_0 = layer_output(0u, first, pass_index, place, 1u, 0u, 0u, projected_1_0_0);
        h_1_0_1 = layer_output(0u, first, pass_index, place, 1u, 0u, 1u, projected_1_0_1);
        h_2_0_0 = layer_output(0u, first, pass_index, place, 2u, 0u, 0u, projected_2_0_0);
        h_2_0_1 = layer_output(0u, first, pass_index, place, 2u, 0u, 1u, projected_2_0_1);
        h_3_0_0 = layer_output(0u, first, pass_index, place, 3u, 0u, 0u, projected_3_0_0);
        h_3_0_1 = layer_output(0u, first, pass_index, place, 3u, 0u, 1u, projected_3_0_1);
        for (var layer = 1u; layer < LAYERS; layer++) {
            workgroupBarrier();
            store_own(place, 0u, 0u, 0u, h_0_0_0);
            store_own(place, 0u, 0u, 1u, h_0_0_1);
            store_own(place, 1u, 0u, 0u, h_1_0_0);
            store_own(place, 1u, 0u, 1u, h_1_0_1);
            store_own(place, 2u, 0u, 0u, h_2_0_0);
            store_own(place, 2u, 0u, 1u, h_2_0_1);
            store_own(place, 3u, 0u, 0u, h_3_0_0);
            store_own(place, 3u, 0u, 1u, h_3_0_1);
            workgroupBarrier();
            clear_sums();
            multiply(place, 4u * (BLOCKS_AT + (layer - 1u) * HIDDEN * HIDDEN_QUADS), HIDDEN, HIDDEN / SIZE);
            for (var s = place.multiplies; s < SUBGROUPS; s += SUBGROUPS) {
                coopStoreT(sum_0_0, &stage[s * SQUARE], SIZE);
            }
            workgroupBarrier();
            h_0_0_0 += layer_output(layer, first, pass_index, place, 0u, 0u, 0u, staged(place, own_quad(place, 0u)));
            h_0_0_1 += layer_output(layer, first, pass_index, place, 0u, 0u, 1u, staged(place, own_quad(place, 1u)));
            workgroupBarrier();
            for (var s = place.multiplies; s < SUBGROUPS; s += SUBGROUPS) {
                coopStoreT(sum_1_0, &stage[s * SQUARE], SIZE);
            }
            workgroupBarrier();
            h_1_0_0 += layer_output(layer, first, pass_index, place, 1u, 0u, 0u, staged(place, own_quad(place, 0u)));
            h_1_0_1 += layer_output(layer, first, pass_index, place, 1u, 0u, 1u, staged(place, own_quad(place, 1u)));
            workgroupBarrier();
            for (var s = place.multiplies; s < SUBGROUPS; s += SUBGROUPS) {
                coopStoreT(sum_2_0, &stage[s * SQUARE], SIZE);
            }
            workgroupBarrier();
            h_2_0_0 += layer_output(layer, first, pass_index, place, 2u, 0u, 0u, staged(place, own_quad(place, 0u)));
            h_2_0_1 += layer_output(layer, first, pass_index, place, 2u, 0u, 1u, staged(place, own_quad(place, 1u)));
            workgroupBarrier();
            for (var s = place.multiplies; s < SUBGROUPS; s += SUBGROUPS) {
                coopStoreT(sum_3_0, &stage[s * SQUARE], SIZE);
            }
            workgroupBarrier();
            h_3_0_0 += layer_output(layer, first, pass_index, place, 3u, 0u, 0u, staged(place, own_quad(place, 0u)));
            h_3_0_1 += layer_output(layer, first, pass_index, place, 3u, 0u, 1u, staged(place, own_quad(place, 1u)));
            workgroupBarrier();
        }
        let share = select(run.guidance, 1.0 - run.guidance, pass_index == 1u);
        mixed_0_0_0 += share * h_0_0_0;
        mixed_0_0_1 += share * h_0_0_1;
        mixed_1_0_0 += share * h_1_0_0;
        mixed_1_0_1 += share * h_1_0_1;
        mixed_2_0_0 += share * h_2_0_0;
        mixed_2_0_1 += share * h_2_0_1;
        mixed_3_0_0 += share * h_3_0_0;
        mixed_3_0_1 += share * h_3_0_1;
    }
    workgroupBarrier();
    store_own(place, 0u, 0u, 0u, mixed_0_0_0);
    store_own(place, 0u, 0u, 1u, mixed_0_0_1);
    store_own(place, 1u, 0u, 0u, mixed_1_0_0);
    store_own(place, 1u, 0u, 1u, mixed_1_0_1);
    store_own(place, 2u, 0u, 0u, mixed_2_0_0);
    store_own(place, 2u, 0u, 1u, mixed_2_0_1);
    store_own(place, 3u, 0u, 0u, mixed_3_0_0);
    store_own(place, 3u, 0u, 1u, mixed_3_0_1);
    workgroupBarrier();
    output_step(first, place);
}

// The output layer and the update. Its squares, ROW_TILES × those of a sample, are dealt to the
// subgroups one after another.
fn output_step(first: u32, place: Place) {
    let squares = ROW_TILES * (OUTPUTS / SIZE);
    for (var start = 0u; start < squares; start += SUBGROUPS) {
        for (var s = place.multiplies; s < min(SUBGROUPS, squares - start); s += SUBGROUPS) {
            multiply_output(start + s, s);
        }
        workgroupBarrier();
        let index = start + place.subgroup;
        for (var i = place.lane; i < SQUARE_QUADS; i += LANES) {
            let sample = first + index % ROW_TILES * SIZE + i / SIZE_QUADS;
            let quad = index / ROW_TILES * SIZE_QUADS + i % SIZE_QUADS;
            if index < squares && sample < run.count && quad < QUADS {
                update_quad(sample, quad, staged(place, i) + biases[PROJ_OUT_BIAS_AT + quad]);
            }
        }
        workgroupBarrier();
    }
}

// Square `index` of the output layer, to the stage of a subgroup.
fn multiply_output(index: u32, subgroup: u32) {
    let row = index % ROW_TILES * SIZE;
    let column = index / ROW_TILES * SIZE;
    var sum = Sum();
    for (var k = 0u; k < HIDDEN / SIZE; k++) {
        let left = coopLoadT<Left>(&tile[row][k * SIZE_RUNS][0], TILE_STRIDE);
        let right = coopLoad<Right>(&weights[4u * PROJ_OUT_AT + column * HIDDEN + k * SIZE], HIDDEN);
        sum = coopMultiplyAdd(left, right, sum);
    }
    coopStoreT(sum, &stage[subgroup * SQUARE], SIZE);
}
