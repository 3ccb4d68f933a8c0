// Inpainting: where the mask keeps data, the state becomes the data at the level that the step went
// to. One invocation a quad. Twin: src/cpu/reference/mask_step.rs.
@compute @workgroup_size(WORKGROUP)
fn mask_step(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let index = id.x + id.y * groups.x * WORKGROUP;
    let sample = index / QUADS;
    if sample >= run.count {
        return;
    }
    let quad = index % QUADS;
    var kept = step.inpaint_x0_scale * load_known(sample, quad);
    if step.inpaint_noise_scale != 0.0 {
        kept += step.inpaint_noise_scale * normals4(run.key, global_sample(sample), run.draw, quad);
    }
    let mask = load_mask(sample, quad);
    store_state(sample, quad, mask * load_state(sample, quad) + (1.0 - mask) * kept);
}
