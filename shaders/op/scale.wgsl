// in · scale + shift with numbers of the network. Twin: src/cpu/reference/op/scale.rs.
fn op_scale(op: u32) {
    let out = program[op + OP_OUT];
    for (var c = first_column(); c < program[op + OP_WIDTH]; c += COLUMN_GROUPS) {
        let value = combine(op + 7u, program[op + 4u], c);
        store(out + c, value * number(program[op + 5u] + c) + number(program[op + 6u] + c));
    }
}
