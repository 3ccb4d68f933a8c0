//@if MULTI_STEP
// STEPS rows a dispatch: they are bound together, and taken in turn.
struct Slot {
    step: Step,
    // Rows lie as far apart as the offsets at which one can be bound, 256 bytes. Not @size(256):
    // in GLSL it would be lost.
//@if CLIPS
    padding: array<vec4<u32>, 7>,
//@else
    padding: array<vec4<u32>, 8>,
//@end
}

@group(0) @binding(1) var<uniform> steps: array<Slot, STEPS>;

var<private> step: Step;

// Row `k` of those bound. What the row before has written has to be visible to who reads it now.
fn take_step(k: u32) {
    step = steps[k].step;
}
//@else
// A dispatch for every row: the row is bound.
@group(0) @binding(1) var<uniform> step: Step;

fn take_step(k: u32) {}
//@end
