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
//@if SAMPLE_LEN
// Where their registers begin.
//@for i in SAMPLES
var<private> sample_at_${i}: u32;
//@end
//@end

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
//@if ALONE
    return values;
//@else
    return values[i];
//@end
}

// Samples that are missing repeat the last one.
fn present(i: u32) -> u32 {
    return min(first_sample + i, run.count - 1u);
}

// Finds the registers of the samples for a pass of guidance: first their own, then those of none.
fn find_samples(pass_index: u32) {
//@if SAMPLE_LEN
//@for i in SAMPLES
    sample_at_${i} = select(sample_rows[present(${i}u)], 0u, pass_index == 1u) * SAMPLE_LEN;
//@end
//@end
}

// Value `c` of a slice, for all samples.
fn read_slice(slice: u32, c: u32) -> Values {
    let at = program[slice + 1u] + c;
    if program[slice] == 2u {
        return load(at);
    }
//@if SAMPLE_LEN
    if program[slice] == 1u {
        var values = Values(0.0);
//@for i in SAMPLES
//@if ALONE
        values = sample_values[sample_at_${i} + at];
//@else
        values[${i}] = sample_values[sample_at_${i} + at];
//@end
//@end
        return values;
    }
//@end
    return Values(number(STEP_AT + step.row * STEP_LEN + at));
}

// The state into its register.
fn op_load(op: u32) {
    let out = program[op + OP_OUT];
    for (var quad = first_column(); quad < QUADS; quad += COLUMN_GROUPS) {
//@for i in SAMPLES
        let x_${i} = load_state(present(${i}u), quad);
//@end
//@for j in 4
        if quad * 4u + ${j}u < DIMS {
            var values = Values(0.0);
//@for i in SAMPLES
//@if ALONE
            values = x_${i}[${j}];
//@else
            values[${i}] = x_${i}[${j}];
//@end
//@end
            store(out + quad * 4u + ${j}u, values);
        }
//@end
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
//@for j in 4
        let out_${j} = load(result + min(quad * 4u + ${j}u, DIMS - 1u));
//@end
        for (var i = 0u; i < SAMPLES && first_sample + i < run.count; i++) {
            let out = vec4<f32>(
                component_of(out_0, i), component_of(out_1, i),
                component_of(out_2, i), component_of(out_3, i),
            );
            update_quad(first_sample + i, quad, out);
        }
    }
}
