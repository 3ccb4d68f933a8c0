// One step with a caller's network: `fn predict(x: Sample, at: Evaluation) -> Sample`, composed in
// front of this file. One invocation a sample. Twin: src/cpu/reference/predict_step.rs.
@compute @workgroup_size(WORKGROUP)
fn predict_step(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let sample = id.x + id.y * groups.x * WORKGROUP;
    if sample >= run.count {
        return;
    }
    // No barrier: an invocation reads no state but what it has written itself.
    for (var k = 0u; k < STEPS; k++) {
        take_step(k);
        network_step(sample);
    }
}

fn network_step(sample: u32) {
    var x: Sample;
    for (var quad = 0u; quad < QUADS; quad++) {
        let values = load_state(sample, quad);
        for (var i = 0u; i < min(4u, DIMS - quad * 4u); i++) {
            x[quad * 4u + i] = values[i];
        }
    }
    var out = predict(x, evaluation(sample, classes[sample]));
    if run.guidance != 1.0 {
        let free = predict(x, evaluation(sample, run.null_class));
        for (var i = 0u; i < DIMS; i++) {
            out[i] = run.guidance * out[i] + (1.0 - run.guidance) * free[i];
        }
    }
    for (var quad = 0u; quad < QUADS; quad++) {
        var values = vec4<f32>(0.0);
        for (var i = 0u; i < min(4u, DIMS - quad * 4u); i++) {
            values[i] = out[quad * 4u + i];
        }
        update_quad(sample, quad, values);
    }
}
