//! The instructions that an operation is compiled for.

/// Runs an operation with the instructions of `arch`.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub fn dispatch<Op: pulp::WithSimd>(arch: pulp::Arch, op: Op) -> Op::Output {
    arch.dispatch(op)
}

/// Runs an operation with the vectors that the whole module is compiled for: a browser without them
/// does not load it, and every operation a second time without vectors is a third of its size.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub fn dispatch<Op: pulp::WithSimd>(_: pulp::Arch, op: Op) -> Op::Output {
    let vectors = pulp::wasm::Simd128::try_new().expect("the target has them");
    pulp::Simd::vectorize(vectors, op)
}
