// A dispatch that does next to nothing, but that the one before it must have finished.
@group(0) @binding(0) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;

@compute @workgroup_size(64)
fn dependent(@builtin(global_invocation_id) id: vec3<u32>) {
    output[id.x] = output[63u - id.x] + input[0];
}
