// One layer of the residual MLP, for few samples of a wide network. Twin: src/cpu/reference/mlp_step.rs.
//
// A step is a dispatch for each layer: LAYER 0 is the input layer, 1 … BLOCKS are the blocks, and the one
// after them is the output layer with the update. A layer's outputs are divided among SLICES
// workgroups, which together read its weights once for ROWS samples, so that a whole GPU reads them
// where one workgroup would; its inputs are divided among the PARTS invocations of a workgroup that
// have the same outputs. Hidden vectors lie in scratch memory, by turns in one half and the other:
// a workgroup reads all of the layer before while others write this one.

// [sample][half][pass of guidance][HIDDEN_QUADS]
@group(1) @binding(3) var<storage, read_write> scratch: array<vec4<f32>>;

// Each invocation's part of the sums of its quad, row by row.
var<workgroup> sums: array<array<vec4<f32>, WORKGROUP>, ROWS>;

fn hidden_at(sample: u32, layer: u32, pass_index: u32) -> u32 {
    return ((sample * 2u + layer % 2u) * PASSES + pass_index) * HIDDEN_QUADS;
}

// Samples that are missing repeat the last one.
fn present(sample: u32) -> u32 {
    return min(sample, run.count - 1u);
}
//@if FIRST

// Quad `k` of what the layer takes.
fn input_quad(sample: u32, k: u32, pass_index: u32) -> vec4<f32> {
    if k >= FEATURE_QUADS {
        return vec4<f32>(0.0);
    }
    return features(sample, k);
}
//@else
//@if LAST

// Quad `k` of what the layer takes: the guided mixture of the last hidden vectors. proj_out is
// linear, so one of it is enough.
fn input_quad(sample: u32, k: u32, pass_index: u32) -> vec4<f32> {
    let h = scratch[hidden_at(sample, LAYER - 1u, 0u) + k];
//@if CLASS_ROWS
    if run.guidance != 1.0 {
        return run.guidance * h + (1.0 - run.guidance) * scratch[hidden_at(sample, LAYER - 1u, 1u) + k];
    }
//@end
    return h;
}
//@else

// Quad `k` of what the layer takes.
fn input_quad(sample: u32, k: u32, pass_index: u32) -> vec4<f32> {
    return scratch[hidden_at(sample, LAYER - 1u, pass_index) + k];
}
//@end
//@end

// This invocation's part of the products of a quad of outputs, for all rows, into `sums`.
fn multiply_part(first: u32, quad: u32, part: u32, pass_index: u32, local: u32) {
//@for r in ROWS
    let sample_${r} = present(first + ${r}u);
    var acc_${r} = vec4<f32>(0.0);
//@end
    // As many rounds for every invocation: FXC takes the barriers after it to be reached by some alone
    // behind a loop whose end differs.
    for (var i = 0u; i < PART_QUADS; i++) {
        let k = part * PART_QUADS + i;
//@for r in ROWS
        let h_${r} = input_quad(sample_${r}, k, pass_index);
//@end
//@for i in 4
        let w_${i} = widen(weights[WEIGHTS_AT + (4u * k + ${i}u) * OUTPUT_QUADS + quad]);
//@for r in ROWS
        acc_${r} += h_${r}[${i}] * w_${i};
//@end
//@end
    }
//@for r in ROWS
    sums[${r}][local] = acc_${r};
//@end
}

// What a hidden layer makes of a sum.
fn store_hidden(sample: u32, quad: u32, pass_index: u32, sum: vec4<f32>) {
    let biased = sum + time_bias(LAYER, quad) + class_bias(LAYER, class_row(sample, pass_index), quad);
    var h = activate(biased);
//@if FIRST
//@else
    h += scratch[hidden_at(sample, LAYER - 1u, pass_index) + quad];
//@end
    scratch[hidden_at(sample, LAYER, pass_index) + quad] = h;
}

@compute @workgroup_size(WORKGROUP)
fn mlp_step_split(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let at = group.x + group.y * groups.x;
    let first = at / SLICES * ROWS;
    let slice_quad = at % SLICES * COLUMN_GROUPS;
    // Columns that the layer does not have repeat its last one.
    let quad = min(slice_quad + local % COLUMN_GROUPS, OUTPUT_QUADS - 1u);
    let part = min(local / COLUMN_GROUPS, PARTS - 1u);
    let passes = select(1u, PASSES, run.guidance != 1.0);
    // The input layer's products do not depend on the pass, and the output layer mixes them.
    let rounds = select(passes, 1u, LAYER == 0u || LAYER > BLOCKS);
    for (var pass_index = 0u; pass_index < rounds; pass_index++) {
        multiply_part(first, quad, part, pass_index, local);
        workgroupBarrier();
        let own_row = local / COLUMN_GROUPS;
        let own_quad = slice_quad + local % COLUMN_GROUPS;
        if own_row < ROWS && own_quad < OUTPUT_QUADS && first + own_row < run.count {
            let sample = first + own_row;
            var sum = vec4<f32>(0.0);
            for (var p = 0u; p < PARTS; p++) {
                let from_local = p * COLUMN_GROUPS + local % COLUMN_GROUPS;
                sum += sums[own_row][from_local];
            }
//@if LAST
            update_quad(sample, own_quad, sum + biases[PROJ_OUT_BIAS_AT + own_quad]);
//@else
//@if FIRST
            for (var p = 0u; p < passes; p++) {
                store_hidden(sample, own_quad, p, sum);
            }
//@else
            store_hidden(sample, own_quad, pass_index, sum);
//@end
//@end
        }
        // The next pass writes what this one has read.
        workgroupBarrier();
    }
}
