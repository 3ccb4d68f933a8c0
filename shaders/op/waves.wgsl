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
