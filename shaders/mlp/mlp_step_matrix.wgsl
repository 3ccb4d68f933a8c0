// One step with the residual MLP on matrix units, network and update fused.
// Twin: src/cpu/reference/mlp_step.rs.
//
// A workgroup of SUBGROUPS subgroups carries TILE samples through all layers. Their activations
// lie in workgroup memory, as the units take them; each subgroup multiplies ROW_TILES ×
// COLUMN_TILES squares of SIZE, whose sums stay in its registers. A square's elements are out of
// reach there, so the sums go through `stage`, a square at a time, to the invocations that add the
// bias, activate and keep the residual sum in f32. Guidance u + G·(c − u) is made on the last
// hidden vector, as in mlp_step.wgsl.
//
// What a unit takes of a row lies one after another along the inner dimension, in the tile and in the
// weights, [outputs][inputs], at multiples of 16 bytes: a lane loads it as two vectors, not value by
// value. Rows of the tile are runs of RUN values, 16 bytes, so that no bound that is checked hides that.
//
// A driver may make subgroups smaller than the LANES that the kernel is composed for, the most of the device:
// then there are more of them, and those beyond SUBGROUPS have no squares. What is done beside the products goes
// by invocations, LANES of which share the squares of a subgroup.
var<workgroup> tile: array<array<array<Stored, RUN>, TILE_RUNS>, TILE>;
var<workgroup> stage: array<f32, SUBGROUPS * SQUARE>;

const LANES: u32 = WORKGROUP / SUBGROUPS;
const SQUARE: u32 = SIZE * SIZE;
// Values from one row of the tile to the next, and runs in a row of a square.
const TILE_STRIDE: u32 = TILE_RUNS * RUN;
const SIZE_RUNS: u32 = SIZE / RUN;
// Quads in a row of a square, and in all of it.
const SIZE_QUADS: u32 = SIZE / 4u;
const SQUARE_QUADS: u32 = SQUARE / 4u;

//@for r in ROW_TILES
//@for c in COLUMN_TILES
var<private> sum_${r}_${c}: Sum;
//@end
//@end

struct Place {
    // Which squares this invocation's subgroup multiplies, if fewer than SUBGROUPS
    multiplies: u32,
    // Whose squares' sums this invocation takes quads of, and which of them
    subgroup: u32,
    lane: u32,
}

fn clear_sums() {
//@for r in ROW_TILES
//@for c in COLUMN_TILES
    sum_${r}_${c} = Sum();
//@end
//@end
}

// Column of squares `c` of a subgroup; neighbours read neighbouring weights.
fn column_square(subgroup: u32, c: u32) -> u32 {
    return c * SUBGROUPS + subgroup;
}

// sums += tile · weights[columns, inner]; rows of the weights lie `stride` apart.
fn multiply(place: Place, weights_at: u32, stride: u32, inner_squares: u32) {
    let end = select(0u, inner_squares, place.multiplies < SUBGROUPS);
    for (var k = 0u; k < end; k++) {
//@for r in ROW_TILES
        let left_${r} = coopLoadT<Left>(&tile[${r}u * SIZE][k * SIZE_RUNS][0], TILE_STRIDE);
//@end
//@for c in COLUMN_TILES
        let right_${c} = coopLoad<Right>(&weights[weights_at + column_square(place.multiplies, ${c}u) * SIZE * stride + k * SIZE], stride);
//@for r in ROW_TILES
        sum_${r}_${c} = coopMultiplyAdd(left_${r}, right_${c}, sum_${r}_${c});
//@end
//@end
    }
}

// Quad `quad` of the subgroup's staged square.
fn staged(place: Place, quad: u32) -> vec4<f32> {
    // Where a subgroup has more lanes than a square has quads, the last read what others have.
    let at = place.subgroup * SQUARE + 4u * min(quad, SQUARE_QUADS - 1u);
    return vec4<f32>(stage[at], stage[at + 1u], stage[at + 2u], stage[at + 3u]);
}

// What an invocation has of its subgroup's square (r, c): quads LANES apart,
// of which this is the q-th.
fn own_quad(place: Place, q: u32) -> u32 {
    return place.lane + q * LANES;
}

// Which sample of the tile it belongs to, and which quad of the hidden vector it is.
fn own_sample(place: Place, r: u32, q: u32) -> u32 {
    return r * SIZE + own_quad(place, q) / SIZE_QUADS;
}

fn own_column(place: Place, c: u32, q: u32) -> u32 {
    return column_square(place.subgroup, c) * SIZE_QUADS + own_quad(place, q) % SIZE_QUADS;
}

fn store_own(place: Place, r: u32, c: u32, q: u32, value: vec4<f32>) {
    if own_quad(place, q) < SQUARE_QUADS {
        store_quad(own_sample(place, r, q), own_column(place, c, q), value);
    }
}

// activate(sum + bias) of one of its quads.
fn layer_output(layer: u32, first: u32, pass_index: u32, place: Place, r: u32, c: u32, q: u32, sum: vec4<f32>) -> vec4<f32> {
    let column = own_column(place, c, q);
    let class_row = class_row(first + own_sample(place, r, q), pass_index);
    return activate(sum + time_bias(layer, column) + class_bias(layer, class_row, column));
}

fn store_quad(sample: u32, quad: u32, value: vec4<f32>) {
    let of_row = 4u * quad / RUN;
    let at = 4u * quad - of_row * RUN;
    tile[sample][of_row][at] = narrow(value.x);
    tile[sample][of_row][at + 1u] = narrow(value.y);
    tile[sample][of_row][at + 2u] = narrow(value.z);
    tile[sample][of_row][at + 3u] = narrow(value.w);
}

@compute @workgroup_size(WORKGROUP)
fn mlp_step_matrix(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
    @builtin(subgroup_id) subgroup: u32,
) {
    let first = (group.x + group.y * groups.x) * TILE;
    // One row a dispatch: between rows a barrier for storage would be needed, which under the
    // Vulkan memory model, that of these units, takes a capability that naga 30 does not declare.
    network_step(first, local, Place(subgroup, local / LANES, local % LANES));
}

// sums = φ(x) · weights, without the bias: what the passes of guidance share.
fn project_in(first: u32, local: u32, place: Place) {
    clear_sums();
    // The features come through the same workgroup memory, HIDDEN of them at a time.
    for (var start = 0u; start < FEATURE_QUADS; start += HIDDEN_QUADS) {
        let inner_squares = (min(HIDDEN_QUADS, FEATURE_QUADS - start) + SIZE_QUADS - 1u) / SIZE_QUADS;
        let inner = inner_squares * SIZE_QUADS;
        workgroupBarrier();
        for (var i = local; i < TILE * inner; i += WORKGROUP) {
            let sample = i / inner;
            let quad = i % inner;
            var value = vec4<f32>(0.0);
            if first + sample < run.count && start + quad < FEATURE_QUADS {
                value = features(first + sample, start + quad);
            }
            store_quad(sample, quad, value);
        }
        workgroupBarrier();
        multiply(place, 4u * (PROJ_IN_AT + start), INPUT_STRIDE, inner_squares);
    }
}

fn network_step(first: u32, local: u32, place: Place) {
    let passes = select(1u, 2u, CLASS_ROWS > 0u && run.guidance != 1.0);

    // This invocation's quads: of the input layer's sums, of the hidden
    // vectors, of their guided mixture
    project_in(first, local, place);
//@for r in ROW_TILES
//@for c in COLUMN_TILES
    for (var s = place.multiplies; s < SUBGROUPS; s += SUBGROUPS) {
        coopStoreT(sum_${r}_${c}, &stage[s * SQUARE], SIZE);
    }
    workgroupBarrier();
//@for q in LANE_QUADS
    let projected_${r}_${c}_${q} = staged(place, own_quad(place, ${q}u));
    var h_${r}_${c}_${q}: vec4<f32>;
    var mixed_${r}_${c}_${q}: vec4<f32>;
//@end
    workgroupBarrier();
//@end
//@end
    for (var pass_index = 0u; pass_index < passes; pass_index++) {
//@for r in ROW_TILES
//@for c in COLUMN_TILES
//@for q in LANE_QUADS
        h_${r}_${c}_${q} = layer_output(0u, first, pass_index, place, ${r}u, ${c}u, ${q}u, projected_${r}_${c}_${q});
//@end
//@end
//@end
        for (var layer = 1u; layer < LAYERS; layer++) {
            workgroupBarrier();
//@for r in ROW_TILES
//@for c in COLUMN_TILES
//@for q in LANE_QUADS
            store_own(place, ${r}u, ${c}u, ${q}u, h_${r}_${c}_${q});
//@end
//@end
//@end
            workgroupBarrier();
            clear_sums();
            multiply(place, 4u * (BLOCKS_AT + (layer - 1u) * HIDDEN * HIDDEN_QUADS), HIDDEN, HIDDEN / SIZE);
//@for r in ROW_TILES
//@for c in COLUMN_TILES
            for (var s = place.multiplies; s < SUBGROUPS; s += SUBGROUPS) {
                coopStoreT(sum_${r}_${c}, &stage[s * SQUARE], SIZE);
            }
            workgroupBarrier();
//@for q in LANE_QUADS
            h_${r}_${c}_${q} += layer_output(layer, first, pass_index, place, ${r}u, ${c}u, ${q}u, staged(place, own_quad(place, ${q}u)));
//@end
            workgroupBarrier();
//@end
//@end
        }
        let share = select(run.guidance, 1.0 - run.guidance, pass_index == 1u);
//@for r in ROW_TILES
//@for c in COLUMN_TILES
//@for q in LANE_QUADS
        mixed_${r}_${c}_${q} += share * h_${r}_${c}_${q};
//@end
//@end
//@end
    }
    workgroupBarrier();
//@for r in ROW_TILES
//@for c in COLUMN_TILES
//@for q in LANE_QUADS
    store_own(place, ${r}u, ${c}u, ${q}u, mixed_${r}_${c}_${q});
//@end
//@end
//@end
    workgroupBarrier();
    output_step(first, place);
}

// The output layer and the update. Its squares, ROW_TILES × those of a sample, are dealt to the
// subgroups one after another.
fn output_step(first: u32, place: Place) {
    let squares = ROW_TILES * (OUTPUTS / SIZE);
    for (var start = 0u; start < squares; start += SUBGROUPS) {
        for (var s = place.multiplies; s < min(SUBGROUPS, squares - start); s += SUBGROUPS) {
            multiply_output(start + s, s);
        }
        workgroupBarrier();
        let index = start + place.subgroup;
        for (var i = place.lane; i < SQUARE_QUADS; i += LANES) {
            let sample = first + index % ROW_TILES * SIZE + i / SIZE_QUADS;
            let quad = index / ROW_TILES * SIZE_QUADS + i % SIZE_QUADS;
            if index < squares && sample < run.count && quad < QUADS {
                update_quad(sample, quad, staged(place, i) + biases[PROJ_OUT_BIAS_AT + quad]);
            }
        }
        workgroupBarrier();
    }
}

// Square `index` of the output layer, to the stage of a subgroup.
fn multiply_output(index: u32, subgroup: u32) {
    let row = index % ROW_TILES * SIZE;
    let column = index / ROW_TILES * SIZE;
    var sum = Sum();
    for (var k = 0u; k < HIDDEN / SIZE; k++) {
        let left = coopLoadT<Left>(&tile[row][k * SIZE_RUNS][0], TILE_STRIDE);
        let right = coopLoad<Right>(&weights[4u * PROJ_OUT_AT + column * HIDDEN + k * SIZE], HIDDEN);
        sum = coopMultiplyAdd(left, right, sum);
    }
    coopStoreT(sum, &stage[subgroup * SQUARE], SIZE);
}
