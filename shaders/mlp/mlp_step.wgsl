// One step with the residual MLP, network and update fused. Twin: src/cpu/reference/mlp_step.rs.
//
// A workgroup carries TILE samples through all layers; their activations never leave workgroup
// memory. Each invocation owns ROWS samples × 4·COLUMNS outputs of every layer in registers, so a
// layer is written over the one before it. Guidance u + G·(c − u) is made on the last hidden
// vector: proj_out is linear, so one of it is enough.
var<workgroup> tile: array<Stored, TILE * HIDDEN_QUADS>;

struct Block {
//@for r in ROWS
//@for c in COLUMNS
    v_${r}_${c}: vec4<f32>,
//@end
//@end
}

// Output quad of this invocation's column `c`; neighbours in a workgroup read neighbouring quads.
fn column_quad(column: u32, c: u32) -> u32 {
    return column + c * COLUMN_GROUPS;
}

// acc + tile[rows] · weights[inner, columns]
fn multiply(start: Block, weights_at: u32, stride: u32, inner_quads: u32, row: u32, column: u32) -> Block {
    var acc = start;
    for (var k = 0u; k < inner_quads; k++) {
//@for r in ROWS
        let h_${r} = widen(tile[(row + ${r}u) * HIDDEN_QUADS + k]);
//@end
//@for c in COLUMNS
        let at_${c} = weights_at + 4u * k * stride + min(column_quad(column, ${c}u), stride - 1u);
//@for i in 4
        let w_${c}_${i} = widen(weights[at_${c} + ${i}u * stride]);
//@for r in ROWS
        acc.v_${r}_${c} += h_${r}[${i}] * w_${c}_${i};
//@end
//@end
//@end
    }
    return acc;
}

fn layer_bias(layer: u32, first: u32, pass_index: u32, row: u32, column: u32) -> Block {
    var acc: Block;
//@for r in ROWS
    let class_${r} = class_row(first + row + ${r}u, pass_index);
//@for c in COLUMNS
    acc.v_${r}_${c} = time_bias(layer, column_quad(column, ${c}u)) + class_bias(layer, class_${r}, column_quad(column, ${c}u));
//@end
//@end
    return acc;
}

fn store(h: Block, row: u32, column: u32) {
//@for r in ROWS
//@for c in COLUMNS
    tile[(row + ${r}u) * HIDDEN_QUADS + column_quad(column, ${c}u)] = narrow(h.v_${r}_${c});
//@end
//@end
}

@compute @workgroup_size(WORKGROUP)
fn mlp_step(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let first = (group.x + group.y * groups.x) * TILE;
    for (var k = 0u; k < STEPS; k++) {
        take_step(k);
        network_step(first, local);
        // Another invocation reads the state that this one has written.
        storageBarrier();
    }
}

// φ(x) · weights, without the bias: what the passes of guidance share.
fn project_in(first: u32, local: u32, row: u32, column: u32) -> Block {
    var acc: Block;
    // The features come through workgroup memory, HIDDEN of them at a time.
    for (var start = 0u; start < FEATURE_QUADS; start += HIDDEN_QUADS) {
        let inner = min(HIDDEN_QUADS, FEATURE_QUADS - start);
        workgroupBarrier();
        for (var i = local; i < TILE * inner; i += WORKGROUP) {
            let sample = i / inner;
            let quad = i % inner;
            var value = vec4<f32>(0.0);
            if first + sample < run.count {
                value = features(first + sample, start + quad);
            }
            tile[sample * HIDDEN_QUADS + quad] = narrow(value);
        }
        workgroupBarrier();
        acc = multiply(acc, PROJ_IN_AT + 4u * start * HIDDEN_QUADS, HIDDEN_QUADS, inner, row, column);
    }
    return acc;
}

fn network_step(first: u32, local: u32) {
    let column = local % COLUMN_GROUPS;
    let row = (local / COLUMN_GROUPS) * ROWS;
    let passes = select(1u, 2u, CLASS_ROWS > 0u && run.guidance != 1.0);
    let projected = project_in(first, local, row, column);

    var h: Block;
    var mixed: Block;
    for (var pass_index = 0u; pass_index < passes; pass_index++) {
        var acc = layer_bias(0u, first, pass_index, row, column);
//@for r in ROWS
//@for c in COLUMNS
        h.v_${r}_${c} = activate(acc.v_${r}_${c} + projected.v_${r}_${c});
//@end
//@end
        for (var block = 0u; block < BLOCKS; block++) {
            workgroupBarrier();
            store(h, row, column);
            workgroupBarrier();
            acc = layer_bias(block + 1u, first, pass_index, row, column);
            acc = multiply(acc, BLOCKS_AT + block * HIDDEN * HIDDEN_QUADS, HIDDEN_QUADS, HIDDEN_QUADS, row, column);
//@for r in ROWS
//@for c in COLUMNS
            h.v_${r}_${c} += activate(acc.v_${r}_${c});
//@end
//@end
        }
        let share = select(run.guidance, 1.0 - run.guidance, pass_index == 1u);
//@for r in ROWS
//@for c in COLUMNS
        mixed.v_${r}_${c} += share * h.v_${r}_${c};
//@end
//@end
    }
    workgroupBarrier();
    store(mixed, row, column);
    workgroupBarrier();

    for (var start = 0u; start < QUADS; start += HIDDEN_QUADS) {
        // With an initial value: Tint zeroes a variable without one once a
        // function, not once a round.
        var acc = Block();
        acc = multiply(acc, PROJ_OUT_AT, QUADS, HIDDEN_QUADS, row, start + column);
//@for c in COLUMNS
        let quad_${c} = column_quad(start + column, ${c}u);
        if quad_${c} < QUADS {
            let bias_${c} = biases[PROJ_OUT_BIAS_AT + quad_${c}];
//@for r in ROWS
            if first + row + ${r}u < run.count {
                update_quad(first + row + ${r}u, quad_${c}, acc.v_${r}_${c} + bias_${c});
            }
//@end
        }
//@end
    }
}
