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
