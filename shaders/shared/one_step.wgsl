// A dispatch for every row: the row is bound.
@group(0) @binding(1) var<uniform> step: Step;

fn take_step(k: u32) {}
