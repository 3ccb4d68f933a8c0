//! The instructions that an operation is compiled for.

/// The instructions that the engine runs on this processor.
///
/// Unoptimised those for one value at a time: a tile of vectors then takes up to 57 MB of stack, where threads
/// have two.
pub fn instructions() -> pulp::Arch {
    match cfg!(unoptimized) {
        true => pulp::Arch::Scalar,
        false => pulp::Arch::new(),
    }
}

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
