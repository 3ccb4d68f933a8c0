// Dynamic thresholding: what a step has left in `x0` is brought to the sample's own range and added
// to what it has left in `state`. A computation of its own, as the quantile needs the whole sample.
// One workgroup a sample. Twin: src/cpu/reference/threshold_step.rs.
//
// Bits of floats that are not negative are in the order of the floats. So the magnitude of a rank
// is found by bisection on its 31 bits, each time counting the magnitudes up to the middle: no
// sorting, no memory but one counter, any DIMS.
const PASSES: u32 = 31u;
// No magnitude: above every float and every NaN
const NOTHING: u32 = 0xFFFFFFFFu;

var<workgroup> counts: array<atomic<u32>, 32>;
var<workgroup> next_above: atomic<u32>;

// Bits of |x̂₀|; past the sample's end NOTHING
fn magnitudes(sample: u32, quad: u32) -> vec4<u32> {
    let bits = bitcast<vec4<u32>>(load_x0(sample, quad)) & vec4<u32>(0x7FFFFFFFu);
    let elements = vec4<u32>(quad * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    return select(vec4<u32>(NOTHING), bits, elements < vec4<u32>(DIMS));
}

// How many of this invocation's magnitudes are at most `limit`
fn count_up_to(sample: u32, first: u32, limit: u32) -> u32 {
    var count = 0u;
    for (var quad = first; quad < QUADS; quad += WORKGROUP) {
        let inside = select(vec4<u32>(0u), vec4<u32>(1u), magnitudes(sample, quad) <= vec4<u32>(limit));
        count += inside.x + inside.y + inside.z + inside.w;
    }
    return count;
}

@compute @workgroup_size(WORKGROUP)
fn threshold_step(
    @builtin(local_invocation_index) local: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let sample = group.x + group.y * groups.x;
    if sample >= run.count {
        return;
    }
    if local <= PASSES {
        atomicStore(&counts[local], 0u);
    }
    if local == 0u {
        atomicStore(&next_above, NOTHING);
    }
    workgroupBarrier();

    // The smallest magnitude with more than `threshold_rank` up to it
    var low = 0u;
    var high = 0x7FFFFFFFu;
    for (var i = 0u; i < PASSES; i++) {
        let middle = (low + high) / 2u;
        atomicAdd(&counts[i], count_up_to(sample, local, middle));
        workgroupBarrier();
        if atomicLoad(&counts[i]) > step.threshold_rank {
            high = middle;
        } else {
            low = middle + 1u;
        }
    }
    // and the one of the next rank: the same again, or the smallest above it
    atomicAdd(&counts[PASSES], count_up_to(sample, local, high));
    var above = NOTHING;
    for (var quad = local; quad < QUADS; quad += WORKGROUP) {
        let bits = magnitudes(sample, quad);
        let larger = select(vec4<u32>(NOTHING), bits, bits > vec4<u32>(high));
        above = min(above, min(min(larger.x, larger.y), min(larger.z, larger.w)));
    }
    atomicMin(&next_above, above);
    workgroupBarrier();
    var next = high;
    if step.threshold_fraction > 0.0 && atomicLoad(&counts[PASSES]) < step.threshold_rank + 2u {
        next = atomicLoad(&next_above);
    }
    let below = bitcast<f32>(high);
    let quantile = below + (bitcast<f32>(next) - below) * step.threshold_fraction;
    // A quantile that is no number is not above 1.
    let limit = min(select(1.0, quantile, quantile > 1.0), step.threshold_max);

    for (var quad = local; quad < QUADS; quad += WORKGROUP) {
        let x0 = clamp(load_x0(sample, quad), vec4<f32>(-limit), vec4<f32>(limit)) / limit;
        store_x0(sample, quad, x0);
        store_state(sample, quad, load_state(sample, quad) + step.threshold_scale * x0);
//@if CLIPS
        clip_state(sample, quad, step.threshold_state_limit);
//@end
//@if RING
        if step.ring_slot < RING_SLOTS {
            let kept = load_ring(sample, step.ring_slot, quad) + step.ring_threshold * x0;
            store_ring(sample, step.ring_slot, quad, kept);
        }
//@end
    }
}
