// One step with a network of any operations for Vulkan drivers that run on a CPU.
// Twin: src/cpu/reference/program_step.rs.
//
// As in mlp_step_serial.wgsl, and for its reasons: no barriers and no workgroup memory, an
// invocation carries four samples through all operations, registers are in a scratch buffer, and
// the host counts the rounds of all loops.

// [workgroup][column][invocation]
@group(1) @binding(4) var<storage, read_write> scratch: array<Values>;

const COLUMN_GROUPS: u32 = 1u;

// Where this invocation's columns begin; they are WORKGROUP apart.
var<private> scratch_at: u32;

fn first_column() -> u32 {
    return 0u;
}

fn load(column: u32) -> Values {
    return scratch[scratch_at + column * WORKGROUP];
}

fn store(column: u32, values: Values) {
    scratch[scratch_at + column * WORKGROUP] = values;
}

// An invocation reads no column but its own.
fn wait_for_columns() {}

@compute @workgroup_size(WORKGROUP)
fn program_step_serial(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let workgroup = group.x + group.y * groups.x;
    first_sample = (workgroup * WORKGROUP + local) * SAMPLES;
    scratch_at = workgroup * COLUMNS * WORKGROUP + local;
    // No invocation leaves early: the others need its weights.
    let own = lane();
    for (var k = 0u; k < STEPS; k++) {
        take_step(k);
        network_step(own);
    }
}
