// As single.wgsl, for who takes values one by one.
alias Stored = f32;

fn narrow(v: f32) -> Stored {
    return v;
}
