// What every kernel of a run shares: whose noise it draws, and how many samples it holds.
struct Run {
    // Philox key: seed lo, seed hi
    key: vec2<u32>,
    // Global index of the first sample here, lo and hi: noise follows the global index,
    // never the place in a batch
    first_sample: vec2<u32>,
    // Samples in this part of the batch
    count: u32,
    // G of u + G·(c − u); 1 where there is no guidance
    guidance: f32,
    // Row of the class table that means "no class"
    null_class: u32,
    // Draw of the noise that starts the run: 0, but where noise itself is what is wanted
    draw: u32,
}

@group(0) @binding(0) var<uniform> run: Run;

// first_sample + local, as lo and hi
fn global_sample(local: u32) -> vec2<u32> {
    let lo = run.first_sample.x + local;
    return vec2<u32>(lo, run.first_sample.y + select(0u, 1u, lo < local));
}
