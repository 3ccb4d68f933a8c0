//! What every verification is made of: cases, comparisons, and the report they end up in.

pub mod cases;
pub mod compare;
pub mod layers;
pub mod report;
pub mod stepwise;
pub mod verifier;
