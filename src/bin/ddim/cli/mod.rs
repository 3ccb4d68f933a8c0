//! Options that several subcommands share.

pub mod backends;
mod class;
mod clips;
mod condition;
mod convention;
mod device;
pub mod from;
mod grid;
mod model;
mod names;
mod overrides;
mod sampler;
mod shard;
mod sigmas;
mod store;
mod tuned;
mod version;

pub use class::{ClassArguments, decimal};
pub use clips::ClipArguments;
pub use condition::ConditionArguments;
pub use convention::{ConventionArgument, encoding_config};
pub use device::{DeviceArgument, parse_seconds};
pub use grid::GridArguments;
pub use model::{DEFAULT_MODEL, ModelArguments, load_model};
pub use names::names;
pub use overrides::OverrideArguments;
pub use sampler::{SamplerArguments, samplers};
pub use shard::Shard;
pub use sigmas::SigmasArgument;
pub use store::StoreArguments;
pub use tuned::{TunedArgument, cache_file, read_cache};
pub use version::LONG_VERSION;
