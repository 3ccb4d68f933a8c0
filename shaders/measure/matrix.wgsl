// As many multiply-adds as matrix units can do: independent sums in registers of each
// subgroup, and nothing else.
@group(0) @binding(0) var<storage, read> input: array<Element>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn matrix(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(subgroup_id) subgroup: u32,
) {
    // A driver may make smaller subgroups than there can be, and so more of them.
    for (var own = subgroup; own < SUBGROUPS; own += SUBGROUPS) {
        multiply((group.x * SUBGROUPS + own) * SUMS);
    }
}

fn multiply(first: u32) {
    let left = coopLoadT<Left>(&input[0], SIZE);
//@for i in SUMS
    let right_${i} = coopLoadT<Right>(&input[${i}u * SIZE], SIZE);
    var sum_${i} = Sum();
//@end
    for (var k = 0u; k < ROUNDS; k++) {
//@for i in SUMS
        sum_${i} = coopMultiplyAdd(left, right_${i}, sum_${i});
//@end
    }
//@for i in SUMS
    coopStoreT(sum_${i}, &output[(first + ${i}u) * SIZE * SIZE], SIZE);
//@end
}
