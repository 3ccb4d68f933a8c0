//! The one test binary: every test links the library, and linking once is
//! much of what testing costs.

mod architecture;
#[cfg(feature = "cli")]
mod cli;
mod clips;
mod common;
mod differences;
mod diffusion;
mod editing;
mod engine;
mod engine_few;
mod engine_runs;
mod evaluate;
mod faults;
mod glossary;
mod goldens_coefficients;
mod goldens_diffusers;
mod goldens_figures;
mod goldens_model;
mod goldens_policies;
mod goldens_solvers;
mod goldens_steps;
mod goldens_trained;
mod host_devices;
mod inversion;
mod kernels;
mod layers_format;
mod mixture;
mod model_config;
mod model_weights;
mod networks;
mod networks_gpu;
mod networks_plans;
mod networks_trained;
mod noise;
mod noise_gpu;
mod noise_statistics;
mod session;
mod threshold;
mod tuning;
mod verify;
mod whole_plans;
