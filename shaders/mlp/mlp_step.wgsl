// One step with the residual MLP, network and update fused. Twin: src/cpu/reference/mlp_step.rs.
//
// A workgroup carries TILE rows through all layers; their activations never leave workgroup memory.
// Each invocation owns ROWS rows × 4·COLUMNS outputs of every layer in registers, so a layer is
// written over the one before it. A row is a sample. Under guidance u + G·(c − u) a sample is two
// rows, with its class and without, and the tile's samples come in two parts; the mixture is made
// of their last hidden vectors: proj_out is linear, so one of it is enough.

// By row group, quad of a layer and row of the group. An index for each, as each is checked against
// its bound: that of the group once, that of the quad by the scalar unit, where there is one.
var<workgroup> tile: array<array<array<Stored, TILE_ROWS>, HIDDEN_QUADS>, ROW_GROUPS>;

struct Block {
//@for r in ROWS
//@for c in COLUMNS
    v_${r}_${c}: vec4<f32>,
//@end
//@end
}

// Which outputs an invocation owns, and of which samples.
struct Place {
    // Sample of the first row of its row group
    first: u32,
    row_group: u32,
    column: u32,
}

// Passes of guidance, 1 or 2, and which part of the samples is carried. All of a workgroup agree in
// it, as they have to at the barriers around it.
struct Turn {
    passes: u32,
    part: u32,
}

// Output quad of this invocation's column `c`; neighbours in a workgroup read neighbouring quads.
fn column_quad(column: u32, c: u32) -> u32 {
    return column + c * COLUMN_GROUPS;
}

// acc + tile[rows] · weights[inner, columns]
fn multiply(start: Block, weights_at: u32, stride: u32, inner_quads: u32, row_group: u32, column: u32) -> Block {
    var acc = start;
//@for c in COLUMNS
    var at_${c} = weights_at + min(column_quad(column, ${c}u), stride - 1u);
//@end
    for (var k = 0u; k < inner_quads; k++) {
//@for r in ROWS
        let h_${r} = widen(tile[row_group][k][${r}]);
//@end
//@for c in COLUMNS
//@for i in 4
        let w_${c}_${i} = widen(weights[at_${c} + ${i}u * stride]);
//@for r in ROWS
        acc.v_${r}_${c} += h_${r}[${i}] * w_${c}_${i};
//@end
//@end
        at_${c} += 4u * stride;
//@end
    }
    return acc;
}

//@if CLASS_ROWS
// Row `r` of the group: its sample, and 1 where it has no class.
fn row_sample(place: Place, turn: Turn, r: u32) -> u32 {
//@if PAIRED
    return place.first + select(r, r / 2u * 2u + turn.part, turn.passes == 2u);
//@else
    return place.first + r;
//@end
}

fn row_pass(turn: Turn, r: u32) -> u32 {
//@if PAIRED
    return select(0u, r % 2u, turn.passes == 2u);
//@else
    return turn.part;
//@end
}

//@end
fn layer_bias(layer: u32, place: Place, turn: Turn) -> Block {
    var acc: Block;
//@for c in COLUMNS
    let time_${c} = time_bias(layer, column_quad(place.column, ${c}u));
//@end
//@for r in ROWS
//@if CLASS_ROWS
    let class_${r} = class_row(row_sample(place, turn, ${r}u), row_pass(turn, ${r}u));
//@end
//@for c in COLUMNS
//@if CLASS_ROWS
    acc.v_${r}_${c} = time_${c} + class_bias(layer, class_${r}, column_quad(place.column, ${c}u));
//@else
    acc.v_${r}_${c} = time_${c};
//@end
//@end
//@end
    return acc;
}

fn store(h: Block, place: Place) {
//@for c in COLUMNS
    let quad_${c} = column_quad(place.column, ${c}u);
//@for r in ROWS
    tile[place.row_group][quad_${c}][${r}] = narrow(h.v_${r}_${c});
//@end
//@end
}

// φ(x) · weights, without the bias: what the passes of guidance share.
fn project_in(first: u32, local: u32, place: Place) -> Block {
    var acc: Block;
    // The features come through workgroup memory, a part of them at a time.
    for (var start = 0u; start < FEATURE_QUADS; start += FEATURE_PART) {
        workgroupBarrier();
        // Rounds of the whole workgroup, so that they are counted once for all.
        for (var done = 0u; done < TILE * FEATURE_PART; done += WORKGROUP) {
            let row = (done + local) / FEATURE_PART;
            let quad = (done + local) % FEATURE_PART;
            if row < TILE {
                var value = vec4<f32>(0.0);
                if first + row < run.count && start + quad < FEATURE_QUADS {
                    value = features(first + row, start + quad);
                }
                let in_group = row % ROWS;
                tile[row / ROWS][quad][in_group] = narrow(value);
            }
        }
        workgroupBarrier();
        let inner = min(FEATURE_PART, FEATURE_QUADS - start);
        acc = multiply(acc, PROJ_IN_AT + 4u * start * HIDDEN_QUADS, HIDDEN_QUADS, inner, place.row_group, place.column);
    }
    return acc;
}

// The last hidden vectors; `sums` are those of the input layer.
fn hidden_layers(sums: Block, place: Place, turn: Turn) -> Block {
    var h = layer_bias(0u, place, turn);
//@for r in ROWS
//@for c in COLUMNS
    h.v_${r}_${c} = activate(h.v_${r}_${c} + sums.v_${r}_${c});
//@end
//@end
    for (var block = 0u; block < BLOCKS; block++) {
        workgroupBarrier();
        store(h, place);
        workgroupBarrier();
        var acc = layer_bias(block + 1u, place, turn);
        acc = multiply(acc, BLOCKS_AT + block * HIDDEN * HIDDEN_QUADS, HIDDEN_QUADS, HIDDEN_QUADS, place.row_group, place.column);
//@for c in COLUMNS
//@if HALF
//@for r in ROWS
        h.v_${r}_${c} += activate(acc.v_${r}_${c});
//@end
//@else
        // What is added to is read again, so that it takes no registers beside the sums.
        let quad_${c} = column_quad(place.column, ${c}u);
//@for r in ROWS
        h.v_${r}_${c} = tile[place.row_group][quad_${c}][${r}] + activate(acc.v_${r}_${c});
//@end
//@end
//@end
    }
    return h;
}

@compute @workgroup_size(WORKGROUP)
fn mlp_step(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let first = (group.x + group.y * groups.x) * TILE;
//@if MULTI_STEP
    for (var k = 0u; k < STEPS; k++) {
        take_step(k);
        network_step(first, local);
        // Another invocation reads the state that this one has written.
        storageBarrier();
    }
//@else
    // Not a loop of one round: what does not change in it would be loaded before, and kept in registers.
    network_step(first, local);
//@end
}

fn network_step(first: u32, local: u32) {
    let row_group = local / COLUMN_GROUPS;
    let place = Place(first + row_group * ROWS, row_group, local % COLUMN_GROUPS);
    var h = project_in(first, local, place);
//@if CLASS_ROWS
    h = guided_layers(h, place);
//@else
    h = hidden_layers(h, place, Turn(1u, 0u));
//@end
    workgroupBarrier();
    store(h, place);
    workgroupBarrier();
    output_step(first, local, place);
}
//@if CLASS_ROWS

// The guided mixture of the last hidden vectors; `sums` are those of the input layer.
fn guided_layers(sums: Block, place: Place) -> Block {
    let passes = select(1u, 2u, run.guidance != 1.0);
    let without = 1.0 - run.guidance;
//@if PAIRED
    // Of parts that are to come the sums, of those that are done the mixture.
    var kept = sums;
    for (var part = 0u; part < passes; part++) {
        var h = kept;
        if passes == 2u {
//@for r in ROWS
//@for c in COLUMNS
            h.v_${r}_${c} = select(kept.v_${r.even}_${c}, kept.v_${r.odd}_${c}, part == 1u);
//@end
//@end
        }
        h = hidden_layers(h, place, Turn(passes, part));
        if passes == 1u {
            return h;
        }
//@for r in ROWS
        if part == ${r}u % 2u {
//@for c in COLUMNS
            kept.v_${r}_${c} = run.guidance * h.v_${r.even}_${c} + without * h.v_${r.odd}_${c};
//@end
        }
//@end
    }
    return kept;
//@else
    var mixed: Block;
    for (var part = 0u; part < passes; part++) {
        let h = hidden_layers(sums, place, Turn(passes, part));
        let share = select(run.guidance, without, part == 1u);
//@for r in ROWS
//@for c in COLUMNS
        mixed.v_${r}_${c} += share * h.v_${r}_${c};
//@end
//@end
    }
    return mixed;
//@end
}
//@end
//@if NARROW

fn put_sum_part(slot: u32, value: Stored) {
    let quad = slot / TILE_ROWS % HIDDEN_QUADS;
    let in_group = slot % TILE_ROWS;
    tile[slot / (TILE_ROWS * HIDDEN_QUADS)][quad][in_group] = value;
}

fn sum_part(slot: u32) -> vec4<f32> {
    let quad = slot / TILE_ROWS % HIDDEN_QUADS;
    let in_group = slot % TILE_ROWS;
    return widen(tile[slot / (TILE_ROWS * HIDDEN_QUADS)][quad][in_group]);
}

// What an invocation has added up takes the place of the hidden vectors. In half precision it is two
// numbers, the second what the first leaves of it.
fn put_sum(local: u32, sum: vec4<f32>) {
//@if HALF
    let high = narrow(sum);
    put_sum_part(2u * local, high);
    put_sum_part(2u * local + 1u, narrow(sum - widen(high)));
//@else
    put_sum_part(local, sum);
//@end
}

fn sum_of(local: u32) -> vec4<f32> {
//@if HALF
    return sum_part(2u * local) + sum_part(2u * local + 1u);
//@else
    return sum_part(local);
//@end
}

// The output layer, of fewer quads than a row group has columns, and the update: PARTS invocations
// add up a part of the products of each quad, and one of them updates it.
fn output_step(first: u32, local: u32, place: Place) {
    let unit = local % OUTPUT_UNITS;
    let row = unit / QUADS;
    let quad = unit % QUADS;
    let part = min(local / OUTPUT_UNITS, PARTS - 1u);
    let in_group = row % ROWS;
    var sum = vec4<f32>(0.0);
    // Bounds that differ between invocations: a loop of a few known rounds would be unrolled, and all
    // of its weights kept in registers from step to step.
    let first_quad = part * PART_QUADS;
    for (var k = first_quad; k < first_quad + PART_QUADS; k++) {
        let h = widen(tile[row / ROWS][k][in_group]);
//@for i in 4
        sum += h[${i}] * widen(weights[PROJ_OUT_AT + (4u * k + ${i}u) * QUADS + quad]);
//@end
    }
    workgroupBarrier();
    put_sum(local, sum);
    workgroupBarrier();
    if local < OUTPUT_UNITS && first + row < run.count {
        var out = biases[PROJ_OUT_BIAS_AT + quad];
        for (var p = 0u; p < PARTS; p++) {
            out += sum_of(p * OUTPUT_UNITS + unit);
        }
        update_quad(first + row, quad, out);
    }
}
//@else

// Quad `at` of an invocation's outputs, row by row.
fn block_quad(h: Block, at: u32) -> vec4<f32> {
    var value = vec4<f32>(0.0);
    switch at {
//@for r in ROWS
//@for c in COLUMNS
        case ${r}u * COLUMNS + ${c}u: {
            value = h.v_${r}_${c};
        }
//@end
//@end
        default: {}
    }
    return value;
}

// The output layer and the update. Updates are taken in turn: a copy of their text for each would
// be most of the kernel.
fn output_step(first: u32, local: u32, place: Place) {
    for (var start = 0u; start < QUADS; start += HIDDEN_QUADS) {
        // With an initial value: Tint zeroes a variable without one once a
        // function, not once a round.
        var acc = Block();
        acc = multiply(acc, PROJ_OUT_AT, QUADS, HIDDEN_QUADS, place.row_group, start + place.column);
        for (var at = 0u; at < ROWS * COLUMNS; at++) {
            let sample = place.first + at / COLUMNS;
            let quad = column_quad(start + place.column, at % COLUMNS);
            if quad < QUADS && sample < run.count {
                update_quad(sample, quad, block_quad(acc, at) + biases[PROJ_OUT_BIAS_AT + quad]);
            }
        }
    }
}
//@end
