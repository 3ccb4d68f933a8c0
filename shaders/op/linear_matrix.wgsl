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

//@for r in ROW_TILES
//@for c in COLUMN_TILES
var<private> sum_${r}_${c}: Sum;
//@end
//@end

// This invocation's subgroup.
var<private> subgroup: u32;

fn clear_sums() {
//@for r in ROW_TILES
//@for c in COLUMN_TILES
    sum_${r}_${c} = Sum();
//@end
//@end
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
//@for i in SAMPLES
        left[at + ${i}u] = narrow(values[${i}]);
//@end
    }
    wait_for_columns();
}

// sums += left · weights[inner, columns], of a matrix of `squares` columns of squares. A subgroup
// that has none of them does nothing; where it has fewer than COLUMN_TILES, it makes the last again.
fn multiply_squares(weights_at: u32, inner: u32, first: u32, squares: u32) {
    let stride = squares * SIZE;
    let end = select(0u, inner, column_square(first, 0u) < squares);
    for (var k = 0u; k < end; k += SIZE) {
//@for r in ROW_TILES
        let left_${r} = coopLoad<Left>(&left[k * LEFT_STRIDE + ${r}u * SIZE], LEFT_STRIDE);
//@end
//@for c in COLUMN_TILES
        let right_${c} = coopLoadT<Right>(&weights[weights_at + k * stride + min(column_square(first, ${c}u), squares - 1u) * SIZE], stride);
//@for r in ROW_TILES
        sum_${r}_${c} = coopMultiplyAdd(left_${r}, right_${c}, sum_${r}_${c});
//@end
//@end
    }
}

// The sums into columns from `out` on, of those squares that there are. The units take what all of
// a subgroup do; naga 30 wants it of a whole workgroup and refuses a branch here, but not a loop.
fn store_sums(out: u32, first: u32, squares: u32) {
//@for c in COLUMN_TILES
    for (var square = column_square(first, ${c}u); square < squares; square += squares) {
        let at = (out + square * SIZE) * TILE;
//@for r in ROW_TILES
        coopStore(sum_${r}_${c}, &tile[at + ${r}u * SIZE], TILE);
//@end
    }
//@end
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
