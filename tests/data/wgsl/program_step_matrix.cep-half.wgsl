enable f16;
enable wgpu_cooperative_matrix;
const SIZE: u32 = 16u;
const SUBGROUPS: u32 = 4u;
const WORKGROUP: u32 = 128u;
const ROW_TILES: u32 = 1u;
const COLUMN_TILES: u32 = 1u;
const TILE: u32 = 16u;
const ROW_GROUPS: u32 = 4u;
const INNER: u32 = 64u;
const LEFT_STRIDE: u32 = 24u;
const INT64: u32 = 0u;
const NOISE: u32 = 1u;
const STEPS: u32 = 1u;
const DIMS: u32 = 3u;
const QUADS: u32 = 1u;
const HALF: u32 = 1u;
const SAMPLES: u32 = 4u;
const COLUMNS: u32 = 320u;
const GUIDED: u32 = 0u;
const RESULT_AT: u32 = 16u;
const MIXED_AT: u32 = 320u;
const OPS_AT: u32 = 6u;
const OPS_END: u32 = 462u;
const STEP_AT: u32 = 462u;
const STEP_LEN: u32 = 483u;
const SAMPLE_LEN: u32 = 16u;

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

// How weights, and activations in workgroup memory, are stored; all sums are f32. With SCALAR,
// values are taken one by one.
// 16 bits: half the memory to read. Beyond the range of f16 there is no telling
// what a conversion gives.
alias Stored = f16;

fn narrow(v: f32) -> Stored {
    return f16(clamp(v, -65504.0, 65504.0));
}

// What both kernels of programs share: the network's buffers, and how operations read registers.
// Packed by src/gpu/layers/.
//
// SAMPLES samples lie in the components of one value, so that a register takes a column a value
// wherever it begins. What differs between the kernels is where columns are (`load`, `store`), and
// who computes them: an invocation has every COLUMN_GROUPS-th from `first_column()` on.

// The matrices of all linear terms, each [inputs][outputs], outputs
// contiguous and padded with zeros
@group(1) @binding(0) var<storage, read> weights: array<Stored>;
// Bits of u32 and f32: the constants, from OPS_AT on the operations, and from STEP_AT on the
// registers of the step, STEP_LEN numbers for each row of the plan
@group(1) @binding(1) var<storage, read> program: array<u32>;
// Registers of the sample, [row][SAMPLE_LEN]; row 0 is that of the unconditional pass
@group(1) @binding(2) var<storage, read> sample_values: array<f32>;
// Row of each sample of the part
@group(1) @binding(3) var<storage, read> sample_rows: array<u32>;

// The first of the samples that this invocation carries.
var<private> first_sample: u32;
// Where their registers begin.
var<private> sample_at_0: u32;
var<private> sample_at_1: u32;
var<private> sample_at_2: u32;
var<private> sample_at_3: u32;

// The words that every operation begins with; `OP_SIZE` is how many it has in all.
const OP_KIND: u32 = 0u;
const OP_SIZE: u32 = 1u;
const OP_OUT: u32 = 2u;
const OP_WIDTH: u32 = 3u;
// Words of a slice: the stage of its register, its place, and its weight in a sum.
const SLICE: u32 = 3u;

fn number(at: u32) -> f32 {
    return bitcast<f32>(program[at]);
}

// One of the samples' numbers.
fn component_of(values: Values, i: u32) -> f32 {
    return values[i];
}

// Samples that are missing repeat the last one.
fn present(i: u32) -> u32 {
    return min(first_sample + i, run.count - 1u);
}

// Finds the registers of the samples for a pass of guidance: first their own, then those of none.
fn find_samples(pass_index: u32) {
    sample_at_0 = select(sample_rows[present(0u)], 0u, pass_index == 1u) * SAMPLE_LEN;
    sample_at_1 = select(sample_rows[present(1u)], 0u, pass_index == 1u) * SAMPLE_LEN;
    sample_at_2 = select(sample_rows[present(2u)], 0u, pass_index == 1u) * SAMPLE_LEN;
    sample_at_3 = select(sample_rows[present(3u)], 0u, pass_index == 1u) * SAMPLE_LEN;
}

// Value `c` of a slice, for all samples.
fn read_slice(slice: u32, c: u32) -> Values {
    let at = program[slice + 1u] + c;
    if program[slice] == 2u {
        return load(at);
    }
    if program[slice] == 1u {
        var values = Values(0.0);
        values[0] = sample_values[sample_at_0 + at];
        values[1] = sample_values[sample_at_1 + at];
        values[2] = sample_values[sample_at_2 + at];
        values[3] = sample_values[sample_at_3 + at];
        return values;
    }
    return Values(number(STEP_AT + step.row * STEP_LEN + at));
}

// The state into its register.
fn op_load(op: u32) {
    let out = program[op + OP_OUT];
    for (var quad = first_column(); quad < QUADS; quad += COLUMN_GROUPS) {
        let x_0 = load_state(present(0u), quad);
        let x_1 = load_state(present(1u), quad);
        let x_2 = load_state(present(2u), quad);
        let x_3 = load_state(present(3u), quad);
        if quad * 4u + 0u < DIMS {
            var values = Values(0.0);
            values[0] = x_0[0];
            values[1] = x_1[0];
            values[2] = x_2[0];
            values[3] = x_3[0];
            store(out + quad * 4u + 0u, values);
        }
        if quad * 4u + 1u < DIMS {
            var values = Values(0.0);
            values[0] = x_0[1];
            values[1] = x_1[1];
            values[2] = x_2[1];
            values[3] = x_3[1];
            store(out + quad * 4u + 1u, values);
        }
        if quad * 4u + 2u < DIMS {
            var values = Values(0.0);
            values[0] = x_0[2];
            values[1] = x_1[2];
            values[2] = x_2[2];
            values[3] = x_3[2];
            store(out + quad * 4u + 2u, values);
        }
        if quad * 4u + 3u < DIMS {
            var values = Values(0.0);
            values[0] = x_0[3];
            values[1] = x_1[3];
            values[2] = x_2[3];
            values[3] = x_3[3];
            store(out + quad * 4u + 3u, values);
        }
    }
}

// All operations, with and without condition where there is guidance, and the update.
fn network_step(own: u32) {
    let passes = select(1u, 2u, GUIDED == 1u && run.guidance != 1.0);
    for (var pass_index = 0u; pass_index < passes; pass_index++) {
        find_samples(pass_index);
        for (var op = OPS_AT; op < OPS_END; op += program[op + OP_SIZE]) {
            // What the operation reads, other invocations have written.
            wait_for_columns();
            run_op(op, own);
        }
        if passes == 2u {
            // u + G·(c − u)
            wait_for_columns();
            let share = select(run.guidance, 1.0 - run.guidance, pass_index == 1u);
            // As many rounds for every invocation: FXC takes the barriers of the next pass to be
            // reached by some alone behind a loop that begins at each one's own column.
            for (var columns_at = 0u; columns_at < DIMS; columns_at += COLUMN_GROUPS) {
                let c = columns_at + first_column();
                if c < DIMS {
                    var mixed = share * load(RESULT_AT + c);
                    if pass_index == 1u {
                        mixed += load(MIXED_AT + c);
                    }
                    store(MIXED_AT + c, mixed);
                }
            }
        }
    }
    wait_for_columns();
    let result = select(RESULT_AT, MIXED_AT, passes == 2u);
    for (var quad = first_column(); quad < QUADS; quad += COLUMN_GROUPS) {
        let out_0 = load(result + min(quad * 4u + 0u, DIMS - 1u));
        let out_1 = load(result + min(quad * 4u + 1u, DIMS - 1u));
        let out_2 = load(result + min(quad * 4u + 2u, DIMS - 1u));
        let out_3 = load(result + min(quad * 4u + 3u, DIMS - 1u));
        for (var i = 0u; i < SAMPLES && first_sample + i < run.count; i++) {
            let out = vec4<f32>(
                component_of(out_0, i), component_of(out_1, i),
                component_of(out_2, i), component_of(out_3, i),
            );
            update_quad(first_sample + i, quad, out);
        }
    }
}

// A weighted sum of slices. Twin: src/cpu/reference/op/combine.rs.
fn combine(slices: u32, count: u32, c: u32) -> Values {
    var sum = Values(0.0);
    for (var k = 0u; k < count; k++) {
        let slice = slices + k * SLICE;
        sum += number(slice + 2u) * read_slice(slice, c);
    }
    return sum;
}

fn op_combine(op: u32) {
    let out = program[op + OP_OUT];
    for (var c = first_column(); c < program[op + OP_WIDTH]; c += COLUMN_GROUPS) {
        store(out + c, combine(op + 5u, program[op + 4u], c));
    }
}

// f(Σ W·in + Σ add) + residual, with the products on matrix units.
// Twin: src/cpu/reference/op/linear.rs.
//
// Inputs go through `left`, INNER columns at a time, as the units take them. Each subgroup makes
// ROW_TILES × COLUMN_TILES squares of SIZE, whose sums stay in its registers, and puts them into
// the result's columns, which have room for whole squares; what is beside the products is done
// there, in f32. A driver may make subgroups smaller than those that the kernel is composed for, the
// largest of the device: then there are more than SUBGROUPS, which have no squares.

// [column][sample], as `tile` is, with rows of zeros up to a whole square
var<workgroup> left: array<Stored, INNER * LEFT_STRIDE>;

var<private> sum_0_0: Sum;

// This invocation's subgroup.
var<private> subgroup: u32;

fn clear_sums() {
    sum_0_0 = Sum();
}

// Column of squares `c` of this subgroup, of those from `first` on, beyond any layer's if it has none;
// neighbours read neighbouring weights.
fn column_square(first: u32, c: u32) -> u32 {
    return select(0xffffffffu, first + c * SUBGROUPS + subgroup, subgroup < SUBGROUPS);
}

// `count` columns from `input` on into `left`, and zeros up to a whole square: what lies behind
// them may be no number.
fn take_inputs(input: u32, count: u32) {
    let padded = (count + SIZE - 1u) / SIZE * SIZE;
    wait_for_columns();
    for (var k = first_column(); k < padded; k += COLUMN_GROUPS) {
        var values = Values(0.0);
        if k < count {
            values = load(input + k);
        }
        let at = k * LEFT_STRIDE + first_row();
        left[at + 0u] = narrow(values[0]);
        left[at + 1u] = narrow(values[1]);
        left[at + 2u] = narrow(values[2]);
        left[at + 3u] = narrow(values[3]);
    }
    wait_for_columns();
}

// sums += left · weights[inner, columns], of a matrix of `squares` columns of squares. A subgroup
// that has none of them does nothing; where it has fewer than COLUMN_TILES, it makes the last again.
fn multiply_squares(weights_at: u32, inner: u32, first: u32, squares: u32) {
    let stride = squares * SIZE;
    let end = select(0u, inner, column_square(first, 0u) < squares);
    for (var k = 0u; k < end; k += SIZE) {
        let left_0 = coopLoad<Left>(&left[k * LEFT_STRIDE + 0u * SIZE], LEFT_STRIDE);
        let right_0 = coopLoadT<Right>(&weights[weights_at + k * stride + min(column_square(first, 0u), squares - 1u) * SIZE], stride);
        sum_0_0 = coopMultiplyAdd(left_0, right_0, sum_0_0);
    }
}

// The sums into columns from `out` on, of those squares that there are. The units take what all of
// a subgroup do; naga 30 wants it of a whole workgroup and refuses a branch here, but not a loop.
fn store_sums(out: u32, first: u32, squares: u32) {
    for (var square = column_square(first, 0u); square < squares; square += squares) {
        let at = (out + square * SIZE) * TILE;
        coopStore(sum_0_0, &tile[at + 0u * SIZE], TILE);
    }
}

fn op_linear(op: u32, own: u32) {
    let out = program[op + OP_OUT];
    let width = program[op + OP_WIDTH];
    let squares = (width + SIZE - 1u) / SIZE;
    let terms = op + 9u;
    let adds = terms + program[op + 4u] * SLICE;
    let residual = adds + program[op + 5u] * SLICE;
    for (var first = 0u; first < squares; first += SUBGROUPS * COLUMN_TILES) {
        clear_sums();
        for (var term = terms; term < adds; term += SLICE) {
            let inner = program[term + 1u];
            for (var start = 0u; start < inner; start += INNER) {
                let count = min(INNER, inner - start);
                take_inputs(program[term] + start, count);
                multiply_squares(4u * program[term + 2u] + start * squares * SIZE, count, first, squares);
            }
        }
        store_sums(out, first, squares);
    }
    wait_for_columns();
    for (var c = first_column(); c < width; c += COLUMN_GROUPS) {
        let sum = load(out + c) + combine(adds, program[op + 5u], c);
        var value = activate(program[op + 6u], number(op + 7u), sum);
        if program[op + 8u] == 1u {
            value += read_slice(residual, c);
        }
        store(out + c, value);
    }
}

// The elementwise functions, of vectors or of single numbers.
// Twin: src/cpu/reference/op/activate.rs. Arguments of exp are bounded, so that no driver's
// overflow shows; tanh is made of it, for WGSL's own may overflow.
fn of_relu(v: Values) -> Values {
    return max(v, Values(0.0));
}

fn of_sigmoid(v: Values) -> Values {
    return 1.0 / (1.0 + exp(min(-v, Values(80.0))));
}

fn of_silu(v: Values) -> Values {
    return v * of_sigmoid(v);
}

// x·Φ(x) with erfc by Abramowitz & Stegun 7.1.26, |error| ≤ 1.5e-7.
fn of_gelu(v: Values) -> Values {
    let a = abs(v) * 0.70710678;
    let t = 1.0 / (1.0 + 0.3275911 * a);
    let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
    let half_erfc = 0.5 * p * exp(max(-a * a, Values(-80.0)));
    return v * select(half_erfc, 1.0 - half_erfc, v >= Values(0.0));
}

// 0.5·x·(1 + tanh(u)) = x / (1 + exp(−2u))
fn of_gelu_tanh(v: Values) -> Values {
    return v * of_sigmoid(1.5957691216 * (v + 0.044715 * v * v * v));
}

// tanh(ln(1 + e)) = n / (n + 2) with n = e·(e + 2): no difference of numbers that are close.
fn of_mish(v: Values) -> Values {
    let e = exp(min(v, Values(20.0)));
    let n = e * (e + 2.0);
    return v * (n / (n + 2.0));
}

// From the series where the quotient is a small difference.
fn of_tanh(v: Values) -> Values {
    let v2 = v * v;
    let near = v * (1.0 + v2 * (-0.33333333 + v2 * (0.13333333 + v2 * (-0.053968254 + v2 * 0.021869489))));
    let far = 1.0 - 2.0 / (1.0 + exp(min(2.0 * abs(v), Values(80.0))));
    return select(far * sign(v), near, abs(v) < Values(0.3));
}

fn of_softplus(v: Values) -> Values {
    return max(v, Values(0.0)) + log(1.0 + exp(-min(abs(v), Values(80.0))));
}

fn of_elu(v: Values) -> Values {
    let below = exp(max(min(v, Values(0.0)), Values(-80.0))) - 1.0;
    return select(below, v, v > Values(0.0));
}

fn of_selu(v: Values) -> Values {
    return 1.0507009873554805 * select(1.6732632423543772 * of_elu(v), v, v > Values(0.0));
}

fn of_leaky_relu(v: Values, slope: f32) -> Values {
    return select(slope * v, v, v > Values(0.0));
}

// sin(angle + quarters·π/2). WGSL's own sin is only good to 2⁻¹¹ and only in [−π, π]; this one
// reduces the argument in three exact pieces of π/2 and is good to 2 ULP of 1 for |angle| < 2¹³.
// Beyond 2¹⁶ quarters the pieces are exact no longer, and what is left of a large angle would not
// be in [−π/4, π/4]. The remainder of the rounded product is as good as the angle there, and the
// limits are for compilers that do not round it. NaN goes the first way and stays what it is.
fn wave(angle: Values, quarters: u32) -> Values {
    let quarter_turns = angle * 0.63661977;
    let n = round(quarter_turns);
    let near = ((angle - n * 1.5703125) - n * 4.837512969970703e-4) - n * 7.549789948768648e-8;
    let far = clamp((quarter_turns - n) * 1.5707964, Values(-0.7853982), Values(0.7853982));
    let r = select(near, far, abs(n) >= Values(65536.0));
    let r2 = r * r;
    let s = r + r * r2 * (-1.6666654611e-1 + r2 * (8.3321608736e-3 - r2 * 1.9515295891e-4));
    let c = 1.0 - 0.5 * r2 + r2 * r2 * (4.166664568298827e-2 + r2 * (-1.388731625493765e-3 + r2 * 2.443315711809948e-5));
    let turned = n - 4.0 * floor(n * 0.25) + f32(quarters);
    let quadrant = select(turned, turned - 4.0, turned >= Values(4.0));
    // 1 and 3 are as far from 2.
    let value = select(s, c, abs(quadrant - 2.0) == Values(1.0));
    return select(value, -value, quadrant >= Values(2.0));
}

fn of_sin(v: Values) -> Values {
    return wave(v, 0u);
}

fn op_activate(op: u32) {
    let out = program[op + OP_OUT];
    for (var c = first_column(); c < program[op + OP_WIDTH]; c += COLUMN_GROUPS) {
        let value = combine(op + 7u, program[op + 4u], c);
        store(out + c, activate(program[op + 5u], number(op + 6u), value));
    }
}

// left · (offset + right). Twin: src/cpu/reference/op/multiply.rs.
fn op_multiply(op: u32) {
    let out = program[op + OP_OUT];
    let left = op + 7u;
    let right = left + program[op + 4u] * SLICE;
    for (var c = first_column(); c < program[op + OP_WIDTH]; c += COLUMN_GROUPS) {
        let factor = number(op + 6u) + combine(right, program[op + 5u], c);
        store(out + c, combine(left, program[op + 4u], c) * factor);
    }
}

// in · scale + shift with numbers of the network. Twin: src/cpu/reference/op/scale.rs.
fn op_scale(op: u32) {
    let out = program[op + OP_OUT];
    for (var c = first_column(); c < program[op + OP_WIDTH]; c += COLUMN_GROUPS) {
        let value = combine(op + 7u, program[op + 4u], c);
        store(out + c, value * number(program[op + 5u] + c) + number(program[op + 6u] + c));
    }
}

// (in − mean)/√(variance + eps) · scale + shift over each of some equal parts of a register.
// Twin: src/cpu/reference/op/normalize.rs.
//
// Every invocation of a row sums all of it: that takes as many loads as one quad of outputs of a
// linear layer, no barrier, and always the same order, whatever the tile.
fn op_normalize(op: u32) {
    let out = program[op + OP_OUT];
    let input = program[op + 4u];
    let groups = program[op + 5u];
    let size = program[op + OP_WIDTH] / groups;
    for (var start = 0u; start < groups * size; start += size) {
        var mean = Values(0.0);
        if program[op + 6u] == 1u {
            for (var k = 0u; k < size; k++) {
                mean += load(input + start + k);
            }
            mean /= f32(size);
        }
        var squares = Values(0.0);
        for (var k = 0u; k < size; k++) {
            let offset = load(input + start + k) - mean;
            squares += offset * offset;
        }
        let spread = sqrt(squares / f32(size) + number(op + 7u));
        for (var k = first_column(); k < size; k += COLUMN_GROUPS) {
            let c = start + k;
            let value = (load(input + c) - mean) / spread;
            store(out + c, value * number(program[op + 8u] + c) + number(program[op + 9u] + c));
        }
    }
}

// Sines and cosines of in · rate. Twin: src/cpu/reference/op/waves.rs.
fn op_waves(op: u32) {
    let out = program[op + OP_OUT];
    let rates = program[op + 5u];
    let count = program[op + 6u];
    // Waves of one value: those of all rates and perhaps a zero; or, paired, of each value by its
    // own rate, first all of one kind.
    let each = program[op + 7u];
    let paired = program[op + 8u] == 1u;
    let cosines_first = program[op + 9u];
    for (var c = first_column(); c < program[op + OP_WIDTH]; c += COLUMN_GROUPS) {
        let value = c / each;
        let place = c - value * each;
        let second = u32(place >= count);
        let k = place - second * count;
        var result = Values(0.0);
        if place < 2u * count {
            let x = combine(op + 10u, program[op + 4u], select(value, k, paired));
            result = wave(x * number(rates + k), second ^ cosines_first);
        }
        store(out + c, result);
    }
}

alias Values = vec4<f32>;

fn activate(function: u32, slope: f32, v: Values) -> Values {
    switch function {
        case 2u: {
            return of_silu(v);
        }
        default: {
            return v;
        }
    }
}

fn run_op(op: u32, own: u32) {
    switch program[op + OP_KIND] {
        case 0u: {
            op_load(op);
        }
        case 1u: {
            op_linear(op, own);
        }
        case 2u: {
            op_combine(op);
        }
        case 3u: {
            op_activate(op);
        }
        case 5u: {
            op_scale(op);
        }
        default: {}
    }
}
alias Element = f16;
alias Left = coop_mat16x16<Element, A>;
alias Right = coop_mat16x16<Element, B>;
alias Sum = coop_mat16x16<f32, C>;

// One step with a network of any operations on matrix units, network and update fused.
// Twin: src/cpu/reference/program_step.rs.
//
// As in program_step.wgsl a workgroup carries samples, TILE of them, through all operations, and
// registers occupy columns of a tile in workgroup memory, in f32. The linear operation is another:
// its products are made by the units.

// [column][sample]
var<workgroup> tile: array<f32, COLUMNS * TILE>;

const COLUMN_GROUPS: u32 = WORKGROUP / ROW_GROUPS;

var<private> row_group: u32;
var<private> column_group: u32;

fn first_column() -> u32 {
    return column_group;
}

// The first of this invocation's samples, in the tile.
fn first_row() -> u32 {
    return row_group * SAMPLES;
}

fn load(column: u32) -> Values {
    let at = column * TILE + first_row();
    return Values(tile[at], tile[at + 1u], tile[at + 2u], tile[at + 3u]);
}

fn store(column: u32, values: Values) {
    let at = column * TILE + first_row();
    tile[at + 0u] = values[0];
    tile[at + 1u] = values[1];
    tile[at + 2u] = values[2];
    tile[at + 3u] = values[3];
}

fn wait_for_columns() {
    workgroupBarrier();
}

@compute @workgroup_size(WORKGROUP)
fn program_step_matrix(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
    @builtin(subgroup_id) subgroup_id: u32,
) {
    // Neighbours have neighbouring samples, which lie side by side.
    row_group = local % ROW_GROUPS;
    column_group = local / ROW_GROUPS;
    subgroup = subgroup_id;
    first_sample = (group.x + group.y * groups.x) * TILE + first_row();
    // One row a dispatch: between rows a barrier for storage would be needed, which under the
    // Vulkan memory model, that of these units, takes a capability that naga 30 does not declare.
    network_step(0u);
}
