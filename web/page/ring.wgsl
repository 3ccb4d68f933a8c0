// The exact ε of eight Gaussians on a ring.
const RING = 8u;
const VARIANCE = 0.004;

fn center(k: u32) -> vec2f {
    let angle = 6.2831853 * f32(k) / f32(RING);
    return 0.8 * vec2f(cos(angle), sin(angle));
}

fn predict(x: Sample, at: Evaluation) -> Sample {
    let scale = sqrt(at.alpha_bar);
    let spread = at.alpha_bar * VARIANCE + at.one_minus_alpha_bar;
    let here = vec2f(x[0], x[1]);
    var least = 1e9; // the nearest, so that no weight underflows
    for (var k = 0u; k < RING; k++) {
        let off = here - scale * center(k);
        least = min(least, dot(off, off));
    }
    var mean = vec2f(0.0);
    var total = 0.0;
    for (var k = 0u; k < RING; k++) {
        let off = here - scale * center(k);
        let weight = exp(0.5 * (least - dot(off, off)) / spread);
        mean += weight * center(k);
        total += weight;
    }
    let epsilon = sqrt(at.one_minus_alpha_bar) * (here - scale * mean / total) / spread;
    var out: Sample;
    out[0] = epsilon.x;
    out[1] = epsilon.y;
    return out;
}
