// f(Σ W·in + Σ add) + residual. Twin: src/cpu/reference/op/linear.rs.
//@if SPLIT
//
// For one sample: PARTS invocations share the inputs of a quad of outputs, where one would go through
// all of them in turn while most of a compute unit waits.

// Each invocation's part of the sums of its quad.
var<workgroup> partial: array<array<Values, 4>, WORKGROUP>;

fn op_linear(op: u32, own: u32) {
    let out = program[op + OP_OUT];
    let width = program[op + OP_WIDTH];
    let stride = (width + 3u) / 4u;
    let terms = op + 9u;
    let adds = terms + program[op + 4u] * SLICE;
    // Rounds of the whole workgroup, which has to reach its barriers together.
    for (var start = 0u; start < stride; start += COLUMN_GROUPS) {
        let quad = min(start + column_group, stride - 1u);
//@for i in 4
        var acc_${i} = Values(0.0);
//@end
        for (var term = terms; term < adds; term += SLICE) {
            let input = program[term];
            let inner = program[term + 1u];
            let own_at = program[term + 2u] + quad;
            let share = (inner + PARTS - 1u) / PARTS;
            for (var k = 0u; k < share; k++) {
                let at = part * share + k;
                // Inputs past the last are zeros, so that any weight does beside them.
                let value = select(Values(0.0), load(input + min(at, inner - 1u)), at < inner);
                let w = widen(weights[own_at + at * stride]);
//@for i in 4
                acc_${i} += value * w[${i}];
//@end
            }
        }
        let local = part * COLUMN_GROUPS + column_group;
//@for i in 4
        partial[local][${i}] = acc_${i};
//@end
        workgroupBarrier();
        if part == 0u && start + column_group < stride {
//@for i in 4
            if quad * 4u + ${i}u < width {
                var sum_${i} = Values(0.0);
                for (var p = 0u; p < PARTS; p++) {
                    let from_local = p * COLUMN_GROUPS + column_group;
                    sum_${i} += partial[from_local][${i}];
                }
                store(out + quad * 4u + ${i}u, sum_${i});
            }
//@end
            finish_columns(op, quad, 1u);
        }
        workgroupBarrier();
    }
}
//@else
//
// An invocation makes 4·OWN·LANES outputs of SAMPLES samples at a time in registers. Where LANES
// is more than 1, so many invocations need the same weights: each loads other ones, and they are
// passed around.
const BLOCK_QUADS: u32 = OWN * LANES;

fn op_linear(op: u32, own: u32) {
    let out = program[op + OP_OUT];
    let width = program[op + OP_WIDTH];
    let stride = (width + 3u) / 4u;
    let terms = op + 9u;
    let adds = terms + program[op + 4u] * SLICE;
    for (var quad = first_column() * BLOCK_QUADS; quad < stride; quad += COLUMN_GROUPS * BLOCK_QUADS) {
//@for b in OWN
//@for l in LANES
//@for i in 4
        var acc_${b}_${l}_${i} = Values(0.0);
//@end
//@end
//@end
        for (var term = terms; term < adds; term += SLICE) {
            let input = program[term];
            let inner = program[term + 1u];
//@for b in OWN
            let own_at_${b} = program[term + 2u] + min(quad + ${b}u * LANES + own, stride - 1u);
//@end
            // Rows past the last are zeros, so that any value does beside them.
            for (var k = 0u; k < inner; k += UNROLL) {
//@for u in UNROLL
                let value_${u} = load(input + min(k + ${u}u, inner - 1u));
//@for b in OWN
                let own_${u}_${b} = widen(weights[own_at_${b} + (k + ${u}u) * stride]);
//@for l in LANES
                let w_${u}_${b}_${l} = from_lane_${l}(own_${u}_${b});
//@for i in 4
                acc_${b}_${l}_${i} += value_${u} * w_${u}_${b}_${l}[${i}];
//@end
//@end
//@end
//@end
            }
        }
//@for b in OWN
//@for l in LANES
//@for i in 4
        if (quad + ${b}u * LANES + ${l}u) * 4u + ${i}u < width {
            store(out + (quad + ${b}u * LANES + ${l}u) * 4u + ${i}u, acc_${b}_${l}_${i});
        }
//@end
//@end
//@end
        finish_columns(op, quad, BLOCK_QUADS);
    }
}
//@end

// What follows the products, in the columns of `quads` quads, which hold the sums. By a loop over this
// invocation's own columns: one text of each function, for the sake of compile time.
fn finish_columns(op: u32, quad: u32, quads: u32) {
    let out = program[op + OP_OUT];
    let width = program[op + OP_WIDTH];
    let adds = op + 9u + program[op + 4u] * SLICE;
    let residual = adds + program[op + 5u] * SLICE;
    for (var c = quad * 4u; c < min((quad + quads) * 4u, width); c++) {
        let sum = load(out + c) + combine(adds, program[op + 5u], c);
        var value = activate(program[op + 6u], number(op + 7u), sum);
        if program[op + 8u] == 1u {
            value += read_slice(residual, c);
        }
        store(out + c, value);
    }
}
