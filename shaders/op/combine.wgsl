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
