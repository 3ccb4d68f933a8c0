// One step with the residual MLP for Vulkan drivers that run on a CPU. Twin: src/cpu/mlp_step.rs.
//
// No barriers and no workgroup memory: such drivers pay dearly for both. One invocation carries four samples, one in each
// lane of a vec4, through all layers, and makes 4·COLUMNS outputs at a time in registers. Its weights' addresses are the
// same in every invocation, so the driver loads each once for a whole vector of invocations. Activations go through a
// scratch buffer, for these drivers turn an array indexed by a variable into a ladder of branches. And llvmpipe ends every
// loop of an invocation that has gone round 65,535 times in all, without a word: hence UNROLL, and the host's count of rounds.

// [workgroup][two layers, used in turn, and the guided mixture of the last ones][invocation]
@group(1) @binding(3) var<storage, read_write> scratch: array<vec4<f32>>;

// Inputs of the first layer, with zeros up to a whole UNROLL.
const INNER: u32 = (FEATURE_QUADS * 4u + UNROLL - 1u) / UNROLL * UNROLL;
const WIDTH: u32 = max(INNER, HIDDEN);

// Where this invocation's part of the scratch buffer begins; its values are WORKGROUP apart.
var<private> scratch_at: u32;

fn load_h(index: u32) -> vec4<f32> {
    return scratch[scratch_at + index * WORKGROUP];
}

fn store_h(index: u32, value: vec4<f32>) {
    scratch[scratch_at + index * WORKGROUP] = value;
}

// weights · h[source ..] into h[target_at ..]
fn multiply(weights_at: u32, inner: u32, source: u32, target_at: u32) {
    for (var column = 0u; column < HIDDEN_QUADS; column += COLUMNS) {
//@for c in COLUMNS
//@for i in 4
        var acc_${c}_${i} = vec4<f32>(0.0);
//@end
//@end
        for (var k = 0u; k < inner; k += UNROLL) {
//@for u in UNROLL
            let value_${u} = load_h(source + k + ${u}u);
            let at_${u} = weights_at + (k + ${u}u) * HIDDEN_QUADS + column;
//@for c in COLUMNS
            let w_${u}_${c} = weights[at_${u} + ${c}u];
//@for i in 4
            acc_${c}_${i} += value_${u} * w_${u}_${c}[${i}];
//@end
//@end
//@end
        }
//@for c in COLUMNS
//@for i in 4
        store_h(target_at + (column + ${c}u) * 4u + ${i}u, acc_${c}_${i});
//@end
//@end
    }
}

// activate(h[target_at ..] + bias), plus h[source ..] in the blocks. A pass of its own, though it reads what was just
// written: unrolled with the product it would be most of the kernel's text, and a CPU's driver compiles for seconds then.
fn finish(layer: u32, source: u32, target_at: u32, class_rows: vec4<u32>) {
    for (var quad = 0u; quad < HIDDEN_QUADS; quad++) {
        let biases_of = transpose(mat4x4<f32>(
            bias(layer, class_rows.x, quad), bias(layer, class_rows.y, quad),
            bias(layer, class_rows.z, quad), bias(layer, class_rows.w, quad),
        ));
        let at = quad * 4u;
        for (var i = 0u; i < 4u; i++) {
            var value = activate(load_h(target_at + at + i) + biases_of[i]);
            if layer > 0u {
                value += load_h(source + at + i);
            }
            store_h(target_at + at + i, value);
        }
    }
}

@compute @workgroup_size(WORKGROUP)
fn mlp_step_serial(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let invocation = id.x + id.y * groups.x * WORKGROUP;
    let first = invocation * 4u;
    if first >= run.count {
        return;
    }
    scratch_at = (invocation / WORKGROUP) * (2u * WIDTH + MIXED) * WORKGROUP + invocation % WORKGROUP;
    // The last invocation's missing samples repeat its last one, and are not stored.
    let samples = min(vec4<u32>(first) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(run.count - 1u));
    let passes = select(1u, 2u, CLASS_ROWS > 0u && run.guidance != 1.0);
    var last = 0u;
    for (var pass_index = 0u; pass_index < passes; pass_index++) {
        let class_rows = vec4<u32>(
            class_row(samples.x, pass_index), class_row(samples.y, pass_index),
            class_row(samples.z, pass_index), class_row(samples.w, pass_index),
        );
        for (var quad = 0u; quad < FEATURE_QUADS; quad++) {
            var rows: mat4x4<f32>;
            for (var lane = 0u; lane < 4u; lane++) {
                rows[lane] = features(samples[lane], quad);
            }
            let columns = transpose(rows);
            for (var i = 0u; i < 4u; i++) {
                store_h(quad * 4u + i, columns[i]);
            }
        }
        for (var k = FEATURE_QUADS * 4u; k < INNER; k++) {
            store_h(k, vec4<f32>(0.0));
        }
        last = 0u;
        // One call for all layers: a driver inlines every one.
        for (var layer = 0u; layer < LAYERS; layer++) {
            let weights_at = select(BLOCKS_AT + (layer - 1u) * HIDDEN * HIDDEN_QUADS, PROJ_IN_AT, layer == 0u);
            let inner = select(HIDDEN, INNER, layer == 0u);
            multiply(weights_at, inner, last, WIDTH - last);
            finish(layer, last, WIDTH - last, class_rows);
            last = WIDTH - last;
        }
        if passes == 2u {
            for (var k = 0u; k < HIDDEN; k++) {
                if pass_index == 0u {
                    store_h(2u * WIDTH + k, run.guidance * load_h(last + k));
                } else {
                    store_h(2u * WIDTH + k, load_h(2u * WIDTH + k) + (1.0 - run.guidance) * load_h(last + k));
                }
            }
        }
    }
    if passes == 2u {
        last = 2u * WIDTH;
    }

    for (var quad = 0u; quad < QUADS; quad++) {
        let b = weights[PROJ_OUT_BIAS_AT + quad];
        var out = mat4x4<f32>(vec4<f32>(b.x), vec4<f32>(b.y), vec4<f32>(b.z), vec4<f32>(b.w));
        for (var k = 0u; k < HIDDEN; k += UNROLL) {
//@for u in UNROLL
            let w_${u} = weights[PROJ_OUT_AT + (k + ${u}u) * QUADS + quad];
            let value_${u} = load_h(last + k + ${u}u);
//@for i in 4
            out[${i}] += value_${u} * w_${u}[${i}];
//@end
//@end
        }
        out = transpose(out);
        // A loop and not four calls, again for the sake of compile time.
        for (var lane = 0u; lane < min(4u, run.count - first); lane++) {
            update_quad(first + lane, quad, out[lane]);
        }
    }
}
