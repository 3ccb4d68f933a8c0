// One step with a network of any operations, network and update fused.
// Twin: src/cpu/reference/program_step.rs.
//
// A workgroup carries SAMPLES · ROW_GROUPS samples through all operations. Registers that are
// needed at the same time occupy columns of a tile in workgroup memory; the columns of an
// operation's result are divided among COLUMN_GROUPS invocations.
var<workgroup> tile: array<Values, COLUMNS * ROW_GROUPS>;

var<private> row_group: u32;
var<private> column_group: u32;

fn first_column() -> u32 {
    return column_group;
}

fn load(column: u32) -> Values {
    return tile[column * ROW_GROUPS + row_group];
}

fn store(column: u32, values: Values) {
    tile[column * ROW_GROUPS + row_group] = values;
}

fn wait_for_columns() {
    workgroupBarrier();
}

@compute @workgroup_size(WORKGROUP)
fn program_step(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    row_group = local / COLUMN_GROUPS;
    column_group = local % COLUMN_GROUPS;
    first_sample = ((group.x + group.y * groups.x) * ROW_GROUPS + row_group) * SAMPLES;
    for (var k = 0u; k < STEPS; k++) {
        take_step(k);
        network_step(0u);
        // Another invocation reads the state that this one has written.
        storageBarrier();
    }
}
