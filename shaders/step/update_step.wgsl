// One step for a network that has written `out` by its own dispatches. One invocation a quad.
// Twin: src/cpu/reference/update_step.rs.
@compute @workgroup_size(WORKGROUP)
fn update_step(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let index = id.x + id.y * groups.x * WORKGROUP;
    let sample = index / QUADS;
    if sample >= run.count {
        return;
    }
    let quad = index % QUADS;
    update_quad(sample, quad, load_out(sample, quad));
}
