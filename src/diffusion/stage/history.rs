//! What stages keep for those after them.

/// How many earlier stages a stage may look back on.
pub(in crate::diffusion) const HISTORY: usize = 3;

/// Which estimate the stages of a plan keep for later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kept {
    /// `x̂₀`, clipped where the plan clips.
    X0,
    /// `ε̂`, made again from the clipped `x̂₀` where the plan says so.
    Epsilon,
}

/// How far the stages of a plan look back, and on what: what an executor must remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum History {
    /// Not at all.
    None,
    /// On `x̂₀` of the stage before, which every executor has anyway.
    LastX0,
    /// On up to three earlier estimates, in a ring of [`StageCoefficients::SLOTS`] slots; see
    /// [`StageCoefficients::ring_shares`].
    ///
    /// [`StageCoefficients::SLOTS`]: crate::diffusion::StageCoefficients::SLOTS
    /// [`StageCoefficients::ring_shares`]: crate::diffusion::StageCoefficients::ring_shares
    Ring(Kept),
}
