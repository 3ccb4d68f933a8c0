// Philox and the normals, summed up so that memory plays no part.
@group(0) @binding(0) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;

@compute @workgroup_size(64)
fn normals(@builtin(global_invocation_id) id: vec3<u32>) {
    let key = bitcast<vec2<u32>>(input[0].xy);
    var sum = vec4<f32>(0.0);
    for (var quad = 0u; quad < ROUNDS; quad++) {
        sum += normals4(key, vec2<u32>(id.x, 0u), 0u, quad);
    }
    output[id.x] = sum;
}
