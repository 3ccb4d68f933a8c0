// The exact ε of one Gaussian around (0.25, -0.5), of variance 0.04.
fn predict(x: Sample, at: Evaluation) -> Sample {
    let scale = sqrt(at.alpha_bar);
    let spread = at.alpha_bar * 0.04 + at.one_minus_alpha_bar;
    var out: Sample;
    out[0] = sqrt(at.one_minus_alpha_bar) * (x[0] - scale * 0.25) / spread;
    out[1] = sqrt(at.one_minus_alpha_bar) * (x[1] + scale * 0.5) / spread;
    return out;
}
