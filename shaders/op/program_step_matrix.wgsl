// One step with a network of any operations on matrix units, network and update fused.
// Twin: src/cpu/reference/program_step.rs.
//
// As in program_step.wgsl a workgroup carries samples, TILE of them, through all operations, and
// registers occupy columns of a tile in workgroup memory, in f32. The linear operation is another:
// its products are made by the units.

// [column][sample]
var<workgroup> tile: array<f32, COLUMNS * TILE>;

const COLUMN_GROUPS: u32 = WORKGROUP / ROW_GROUPS;

var<private> row_group: u32;
var<private> column_group: u32;

fn first_column() -> u32 {
    return column_group;
}

// The first of this invocation's samples, in the tile.
fn first_row() -> u32 {
    return row_group * SAMPLES;
}

fn load(column: u32) -> Values {
    let at = column * TILE + first_row();
    return Values(tile[at], tile[at + 1u], tile[at + 2u], tile[at + 3u]);
}

fn store(column: u32, values: Values) {
    let at = column * TILE + first_row();
//@for i in SAMPLES
    tile[at + ${i}u] = values[${i}];
//@end
}

fn wait_for_columns() {
    workgroupBarrier();
}

@compute @workgroup_size(WORKGROUP)
fn program_step_matrix(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
    @builtin(subgroup_id) subgroup_id: u32,
) {
    // Neighbours have neighbouring samples, which lie side by side.
    row_group = local % ROW_GROUPS;
    column_group = local / ROW_GROUPS;
    subgroup = subgroup_id;
    first_sample = (group.x + group.y * groups.x) * TILE + first_row();
    // One row a dispatch: between rows a barrier for storage would be needed, which under the
    // Vulkan memory model, that of these units, takes a capability that naga 30 does not declare.
    network_step(0u);
}
