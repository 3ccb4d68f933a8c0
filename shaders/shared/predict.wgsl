// What a caller's `fn predict(x: Sample, at: Evaluation) -> Sample` may use.
alias Sample = array<f32, DIMS>;

struct Evaluation {
    // Global index of the sample, lo and hi
    sample: vec2<u32>,
    // Its class; the number of classes where it has none
    class_index: u32,
    timestep: f32,
    // ᾱ of the level x is at, and 1 − ᾱ to full precision
    alpha_bar: f32,
    one_minus_alpha_bar: f32,
}

// The caller's own numbers
@group(1) @binding(0) var<storage, read> params: array<f32>;
@group(1) @binding(1) var<storage, read> classes: array<u32>;

fn evaluation(sample: u32, class_index: u32) -> Evaluation {
    return Evaluation(
        global_sample(sample),
        class_index,
        step.timestep,
        step.alpha_bar,
        step.one_minus_alpha_bar,
    );
}
