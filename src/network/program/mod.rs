//! A network as one small program: the only thing that engines compile.
//!
//! Every register is typed by what it depends on: on nothing or the step ([`Stage::Step`]), on the
//! sample's class and conditions ([`Stage::Sample`]), or on the state, or on step and sample both
//! ([`Stage::State`]). The first are folded by the host in `f64`, once a plan; the second once a
//! run; only the third are computed in every step. Sums are kept apart by type, so that a linear
//! layer of a step's part and a sample's part is two layers of which neither is repeated.

mod allocate;
mod build;
mod compile;
mod evaluate;
mod fuse;
mod math;
mod op;
#[expect(clippy::module_inception, reason = "the file of `Program`")]
mod program;
mod residual;
mod table;
mod value;

pub use allocate::Arena;
pub use compile::compile;
pub use op::{Constants, LinearTerm, Lookup, Op, OpKind, Piece, Register, Slice, Stage};
pub use program::{Program, STATE};
pub use residual::lower;
pub use table::{SampleFold, StepTable};
