// x_T: standard normals, draw 0 unless the run says otherwise. One invocation a quad.
// Twin: src/cpu/reference/init_noise.rs.
@compute @workgroup_size(WORKGROUP)
fn init_noise(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let index = id.x + id.y * groups.x * WORKGROUP;
    let sample = index / QUADS;
    if sample >= run.count {
        return;
    }
    let quad = index % QUADS;
    store_state(sample, quad, normals4(run.key, global_sample(sample), run.draw, quad));
}
