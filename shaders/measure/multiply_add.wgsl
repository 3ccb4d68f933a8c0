// As many multiply-adds as a device can do: independent sums in registers, and nothing else.
@group(0) @binding(0) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;

@compute @workgroup_size(64)
fn multiply_add(@builtin(global_invocation_id) id: vec3<u32>) {
    let at = id.x % 4u;
    let factor = input[at];
    let term = input[at + 4u];
//@for i in SUMS
    var sum_${i} = term * ${i}.0;
//@end
    for (var k = 0u; k < ROUNDS; k++) {
//@for i in SUMS
        sum_${i} = sum_${i} * factor + term;
//@end
//@for i in SUMS
        sum_${i} = sum_${i} * term + factor;
//@end
    }
    var all = vec4<f32>(0.0);
//@for i in SUMS
    all += sum_${i};
//@end
    output[id.x] = all;
}
