//! Options that several subcommands share.

mod class;
mod condition;
mod convention;
mod device;
mod grid;
mod model;
mod names;
mod overrides;
mod sampler;

pub use class::{ClassArguments, decimal};
pub use condition::ConditionArguments;
pub use convention::{ConventionArgument, encoding_config};
pub use device::DeviceArgument;
pub use grid::GridArguments;
pub use model::{DEFAULT_MODEL, ModelArguments, load_model};
pub use names::names;
pub use overrides::OverrideArguments;
pub use sampler::SamplerArguments;
