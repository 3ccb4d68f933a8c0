// As half.wgsl, for who takes values one by one.
alias Stored = f16;

// Beyond the range of f16 there is no telling what a conversion gives.
fn narrow(v: f32) -> Stored {
    return f16(clamp(v, -65504.0, 65504.0));
}
