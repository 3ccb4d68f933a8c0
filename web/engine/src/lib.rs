//! The sampler in a browser. What JavaScript sees is documented in `docs/web.md`.
//!
//! ```text
//! Device ──┐                       ┌─▶ sample ─▶ Float32Array
//! Network ─┴─▶ Sampler (a plan) ───┴─▶ play ─▶ Player: a few rows a frame ─▶ View: a canvas
//! ```
//!
//! [`request`] reads what a page asks for and is all there is on other targets.

pub mod request;

#[cfg(target_arch = "wasm32")]
mod browser;
