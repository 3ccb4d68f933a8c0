//@if RING
// What earlier rows have kept, [sample][slot][element]: a ring of estimates.
const RING_SLOTS: u32 = 3u;
//@if ALIGNED
@group(0) @binding(5) var<storage, read_write> ring: array<vec4<f32>>;

fn load_ring(sample: u32, slot: u32, quad: u32) -> vec4<f32> {
    return ring[(sample * RING_SLOTS + slot) * QUADS + quad];
}

fn store_ring(sample: u32, slot: u32, quad: u32, value: vec4<f32>) {
    ring[(sample * RING_SLOTS + slot) * QUADS + quad] = value;
}
//@else
@group(0) @binding(5) var<storage, read_write> ring: array<f32>;

fn load_ring(sample: u32, slot: u32, quad: u32) -> vec4<f32> {
    let at = element(sample * RING_SLOTS + slot, quad);
    let value = vec4<f32>(ring[at.x], ring[at.y], ring[at.z], ring[at.w]);
    return select(vec4<f32>(0.0), value, is_element(quad));
}

fn store_ring(sample: u32, slot: u32, quad: u32, value: vec4<f32>) {
    let first = quad * 4u;
    let at = (sample * RING_SLOTS + slot) * DIMS + first;
    for (var i = 0u; i < min(4u, DIMS - first); i++) {
        ring[at + i] = value[i];
    }
}
//@end

// This row's shares of the slots. A slot without a share may hold anything.
fn recall(sample: u32, quad: u32) -> vec4<f32> {
    var sum = vec4<f32>(0.0);
//@for slot in 3
    if step.ring_shares[${slot}] != 0.0 {
        sum += step.ring_shares[${slot}] * load_ring(sample, ${slot}u, quad);
    }
//@end
    return sum;
}

// Keeps this row's estimate, if it is one to be kept.
fn keep(sample: u32, quad: u32, x0: vec4<f32>, eps: vec4<f32>) {
    if step.ring_slot < RING_SLOTS {
        store_ring(sample, step.ring_slot, quad, step.ring_x0 * x0 + step.ring_eps * eps);
    }
}
//@end
