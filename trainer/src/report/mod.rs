//! What a run shows of itself: samples by the sampler's own library, figures, a card.

mod card;
mod columns;
mod copies;
mod figures;
mod samples;
mod show;

pub use card::{Card, write as write_card};
pub use columns::{ColumnFigures, Moments};
pub use figures::Figures;
pub use samples::Sampled;
pub use show::{Shown, animate};
