// One step with a network of any operations, network and update fused.
// Twin: src/cpu/reference/program_step.rs.
//
// A workgroup carries SAMPLES · ROW_GROUPS samples through all operations. Registers that are
// needed at the same time occupy columns of a tile in workgroup memory; the columns of an
// operation's result are divided among COLUMN_GROUPS invocations. For one sample PARTS times as many share the inputs
// of its linear layers (linear.wgsl), and the first COLUMN_GROUPS do all else.
var<workgroup> tile: array<Values, COLUMNS * ROW_GROUPS>;

var<private> row_group: u32;
var<private> column_group: u32;
//@if SPLIT
var<private> part: u32;
//@end

// Columns from here on, each COLUMN_GROUPS-th, are this invocation's.
fn first_column() -> u32 {
//@if SPLIT
    // No layer has so many columns: of the other parts there are none.
    return select(1u << 30u, column_group, part == 0u);
//@else
    return column_group;
//@end
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
//@if SPLIT
    part = local / COLUMN_GROUPS;
//@else
    row_group = local / COLUMN_GROUPS;
//@end
    column_group = local % COLUMN_GROUPS;
    first_sample = ((group.x + group.y * groups.x) * ROW_GROUPS + row_group) * SAMPLES;
    for (var k = 0u; k < STEPS; k++) {
        take_step(k);
        network_step(0u);
        // Another invocation reads the state that this one has written.
        storageBarrier();
    }
}
