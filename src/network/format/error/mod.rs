//! What can be wrong with a model directory.

mod config;
mod data_config;
mod model;
mod op;
mod weights;

pub use config::ConfigError;
pub use data_config::DataConfigError;
pub use model::ModelError;
pub use op::OpError;
pub use weights::WeightsError;
