//! Closed lists of names.

use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use ddim_wgpu::diffusion::UnknownName;

/// Parses one of a closed list of names, which help and errors show.
pub fn names<T>(all: &'static [T], name: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + FromStr<Err = UnknownName> + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(|&value| name(value)))
        .try_map(|name| T::from_str(&name))
}
