//! A plain twin of every operation of a program: one sample, in `f32`.

pub mod activate;
pub mod combine;
pub mod linear;
pub mod multiply;
pub mod normalize;
pub mod scale;
pub mod waves;
