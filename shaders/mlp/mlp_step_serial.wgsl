// One step with the residual MLP for Vulkan drivers that run on a CPU.
// Twin: src/cpu/reference/mlp_step.rs.
//
// No barriers and no workgroup memory: such drivers pay dearly for both. One invocation carries
// four samples, one in each component of a vec4, through all layers, and makes 4·OWN·LANES outputs
// at a time in registers. What costs most there is a load: each is done lane by lane. All lanes of
// a subgroup need the same weights, so each lane loads other ones and they are passed around
// (lanes.wgsl). Activations go through a scratch buffer, for these drivers turn an array indexed by
// a variable into a ladder of branches. And llvmpipe ends every loop of an invocation that has gone
// round 65,535 times in all, without a word: hence UNROLL, and the host's count of rounds.

// [workgroup][two layers, used in turn, and the guided mixture of the last ones][invocation]
@group(1) @binding(3) var<storage, read_write> scratch: array<vec4<f32>>;

// Inputs of the first layer, with zeros up to a whole UNROLL.
const INNER: u32 = (FEATURE_QUADS * 4u + UNROLL - 1u) / UNROLL * UNROLL;
const WIDTH: u32 = max(INNER, HIDDEN);
// Output quads made at a time.
const COLUMNS: u32 = OWN * LANES;

// Where this invocation's part of the scratch buffer begins; its values are WORKGROUP apart.
var<private> scratch_at: u32;

fn load_h(index: u32) -> vec4<f32> {
    return scratch[scratch_at + index * WORKGROUP];
}

fn store_h(index: u32, value: vec4<f32>) {
    scratch[scratch_at + index * WORKGROUP] = value;
}

// φ(x) of four samples into h[0 ..].
fn store_features(samples: vec4<u32>) {
    for (var quad = 0u; quad < FEATURE_QUADS; quad++) {
        var rows = mat4x4<f32>();
        for (var i = 0u; i < 4u; i++) {
            rows[i] = features(samples[i], quad);
        }
        let columns = transpose(rows);
        for (var i = 0u; i < 4u; i++) {
            store_h(quad * 4u + i, columns[i]);
        }
    }
    for (var k = FEATURE_QUADS * 4u; k < INNER; k++) {
        store_h(k, vec4<f32>(0.0));
    }
}

// What the classes of four samples add to one quad of outputs: a vec4 of samples for each output.
fn class_biases(layer: u32, class_rows: vec4<u32>, quad: u32) -> mat4x4<f32> {
    if CLASS_ROWS == 0u {
        return mat4x4<f32>();
    }
    return transpose(mat4x4<f32>(
        class_bias(layer, class_rows.x, quad), class_bias(layer, class_rows.y, quad),
        class_bias(layer, class_rows.z, quad), class_bias(layer, class_rows.w, quad),
    ));
}

fn network_step(first: u32, samples: vec4<u32>, own: u32) {
    let passes = select(1u, 2u, CLASS_ROWS > 0u && run.guidance != 1.0);
    let out_stage = passes * LAYERS;
    var class_rows = vec4<u32>(0u);
    var source = 0u;
    // One loop over all layers of all passes and over the output: a driver inlines the
    // product, so there is but one.
    for (var stage = 0u; stage <= out_stage; stage++) {
        let is_out = stage == out_stage;
        let layer = stage % LAYERS;
        let is_input = layer == 0u && !is_out;
        if is_input {
            let pass_index = stage / LAYERS;
            class_rows = vec4<u32>(
                class_row(samples.x, pass_index), class_row(samples.y, pass_index),
                class_row(samples.z, pass_index), class_row(samples.w, pass_index),
            );
            store_features(samples);
            source = 0u;
        }
        let target_at = WIDTH - select(source, WIDTH, is_out && passes == 2u);
        let inner = select(HIDDEN, INNER, is_input);
        let stride = select(HIDDEN_QUADS, QUADS, is_out);
        let hidden_at = select(BLOCKS_AT + (layer - 1u) * HIDDEN * HIDDEN_QUADS, PROJ_IN_AT, is_input);
        let weights_at = select(hidden_at, PROJ_OUT_AT, is_out);
        for (var column = 0u; column < stride; column += COLUMNS) {
//@for b in OWN
//@for l in LANES
//@for i in 4
            var acc_${b}_${l}_${i} = vec4<f32>(0.0);
//@end
//@end
            let own_at_${b} = weights_at + min(column + ${b}u * LANES + own, stride - 1u);
//@end
            for (var k = 0u; k < inner; k += UNROLL) {
//@for u in UNROLL
                let value_${u} = load_h(source + k + ${u}u);
//@for b in OWN
                let own_${u}_${b} = widen(weights[own_at_${b} + (k + ${u}u) * stride]);
//@for l in LANES
                let w_${u}_${b}_${l} = from_lane_${l}(own_${u}_${b});
//@for i in 4
                acc_${b}_${l}_${i} += value_${u} * w_${u}_${b}_${l}[${i}];
//@end
//@end
//@end
//@end
            }
            if is_out {
//@for b in OWN
//@for l in LANES
//@for i in 4
                store_h(target_at + (${b}u * LANES + ${l}u) * 4u + ${i}u, acc_${b}_${l}_${i});
//@end
//@end
//@end
                for (var quad = column; quad < min(column + COLUMNS, QUADS); quad++) {
                    let at = target_at + (quad - column) * 4u;
                    let out = transpose(mat4x4<f32>(load_h(at), load_h(at + 1u), load_h(at + 2u), load_h(at + 3u)));
                    let out_bias = biases[PROJ_OUT_BIAS_AT + quad];
                    // A loop and not four calls, for the sake of compile time.
                    for (var i = 0u; i < 4u && first + i < run.count; i++) {
                        update_quad(first + i, quad, out[i] + out_bias);
                    }
                }
            } else {
//@for b in OWN
                let time_${b} = time_bias(layer, column + ${b}u * LANES + own);
//@for l in LANES
                let bias_${b}_${l} = from_lane_${l}(time_${b});
                let class_${b}_${l} = class_biases(layer, class_rows, column + ${b}u * LANES + ${l}u);
//@for i in 4
                {
                    let at = (column + ${b}u * LANES + ${l}u) * 4u + ${i}u;
                    var value = activate(acc_${b}_${l}_${i} + bias_${b}_${l}[${i}] + class_${b}_${l}[${i}]);
                    if layer > 0u {
                        value += load_h(source + at);
                    }
                    store_h(target_at + at, value);
                }
//@end
//@end
//@end
            }
        }
        source = target_at;
        if passes == 2u && layer == LAYERS - 1u && !is_out {
            // u + G·(c − u), made on the last hidden vector: proj_out is linear.
            for (var k = 0u; k < HIDDEN; k++) {
                if stage < LAYERS {
                    store_h(2u * WIDTH + k, run.guidance * load_h(source + k));
                } else {
                    store_h(2u * WIDTH + k, load_h(2u * WIDTH + k) + (1.0 - run.guidance) * load_h(source + k));
                }
            }
            source = select(source, 2u * WIDTH, stage == out_stage - 1u);
        }
    }
}

@compute @workgroup_size(WORKGROUP)
fn mlp_step_serial(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let workgroup = group.x + group.y * groups.x;
    let first = (workgroup * WORKGROUP + local) * 4u;
    scratch_at = workgroup * (2u * WIDTH + MIXED) * WORKGROUP + local;
    // No invocation leaves early: the others need its weights. Samples that are missing repeat the
    // last one, and are not stored.
    let samples = min(vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(run.count - 1u));
    let own = lane();
    // No barrier: an invocation reads no state but what it has written itself.
    for (var k = 0u; k < STEPS; k++) {
        take_step(k);
        network_step(first, samples, own);
    }
}
