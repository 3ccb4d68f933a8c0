// How weights, and activations in workgroup memory, are stored; all sums are f32. With SCALAR,
// values are taken one by one.
//@if HALF
// 16 bits: half the memory to read. Beyond the range of f16 there is no telling
// what a conversion gives.
//@if SCALAR
alias Stored = f16;

fn narrow(v: f32) -> Stored {
    return f16(clamp(v, -65504.0, 65504.0));
}
//@else
alias Stored = vec4<f16>;

fn widen(v: Stored) -> vec4<f32> {
    return vec4<f32>(v);
}

fn narrow(v: vec4<f32>) -> Stored {
    return vec4<f16>(clamp(v, vec4<f32>(-65504.0), vec4<f32>(65504.0)));
}
//@end
//@else
//@if SCALAR
alias Stored = f32;

fn narrow(v: f32) -> Stored {
    return v;
}
//@else
alias Stored = vec4<f32>;

fn widen(v: Stored) -> vec4<f32> {
    return v;
}

fn narrow(v: vec4<f32>) -> Stored {
    return v;
}
//@end
//@end
