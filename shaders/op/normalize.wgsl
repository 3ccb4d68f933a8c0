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
