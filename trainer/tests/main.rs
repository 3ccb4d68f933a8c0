//! The trainer's tests: its mathematics against PyTorch and the sampler, its command as users run it.

mod bad_data;
mod command;
mod common;
mod encoding;
mod export;
mod kinds;
mod objective;
