//! What to sample: how many, from which seed, of which class and conditions.

#[expect(clippy::module_inception, reason = "the file of `Batch`")]
mod batch;
mod class;
mod condition;
mod error;
mod inpaint;
mod needs;
mod validate;

pub use batch::Batch;
pub use class::ClassChoice;
pub use condition::Condition;
pub use error::BatchError;
pub use inpaint::Inpaint;
pub use needs::BatchNeeds;
