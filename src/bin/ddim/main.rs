//! The `ddim` command: data on standard output, everything else on standard error.
#![expect(
    clippy::print_stderr,
    reason = "a command talks to its user; the library does not"
)]

mod cli;
mod commands;
mod exit;
mod inputs;
mod terminal;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use ddim_wgpu::output::remove_unfinished;

use commands::{
    bench, devices, encode, evaluate, info, interpolate, noise, sample, schedule, verify,
};
use exit::{Failure, Status};

/// A DDIM diffusion sampler on any GPU, or none.
#[derive(Debug, Parser)]
#[command(
    name = "ddim",
    version,
    propagate_version = true,
    infer_subcommands = true,
    after_help = EXIT_CODES
)]
struct Cli {
    /// Print no notes, warnings and progress.
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed while running, 2 wrong usage, 3 no such device, 4 bad model or input file, \
5 device lost or out of memory, 6 verification failed, 130 interrupted.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Sample from a model: a picture, an animation, or an array.
    Sample(sample::Arguments),
    /// Run the sampler backwards: from data to the noise that gives them back.
    Encode(encode::Arguments),
    /// Sample the way from one sample to another.
    Interpolate(interpolate::Arguments),
    /// Measure a model: its samples against data, its encoding, its likelihood.
    Evaluate(evaluate::Arguments),
    /// Write the noise that sampling starts from, the same bits on every device.
    Noise(noise::Arguments),
    /// Print the steps of a run and their coefficients.
    Schedule(schedule::Arguments),
    /// List the devices that `--device` can name.
    Devices(devices::Arguments),
    /// Measure how fast a device samples, beside how fast it could.
    Bench(bench::Arguments),
    /// Describe a model.
    Info(info::Arguments),
    /// Check that a device computes what it should: every kernel, the noise, whole runs.
    Verify(verify::Arguments),
}

fn main() -> ExitCode {
    quieten_drivers();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return explain(&error),
    };
    if cli.quiet {
        terminal::be_quiet();
    }
    let handler = || {
        remove_unfinished();
        std::process::exit(Status::Interrupted as i32);
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        terminal::warn(format_args!(
            "an interruption may leave a temporary file behind: {error}"
        ));
    }
    let result = match cli.command {
        Command::Sample(arguments) => sample::run(&arguments),
        Command::Encode(arguments) => encode::run(&arguments),
        Command::Interpolate(arguments) => interpolate::run(&arguments),
        Command::Evaluate(arguments) => evaluate::run(&arguments),
        Command::Noise(arguments) => noise::run(&arguments),
        Command::Schedule(arguments) => schedule::run(&arguments),
        Command::Devices(arguments) => devices::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Info(arguments) => info::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
    };
    match result {
        Ok(()) | Err(Failure::NobodyReads) => ExitCode::SUCCESS,
        Err(Failure::Failed { status, message }) => {
            eprintln!("error: {message}");
            ExitCode::from(status as u8)
        }
    }
}

/// Mesa looks for a Wayland display when devices are listed, and libwayland prints an error of its own to standard error where
/// there is no session, as in containers. Given a directory without one, it is silent.
#[cfg_attr(
    target_os = "linux",
    expect(
        unsafe_code,
        reason = "no safe way to set a variable for libraries in C"
    )
)]
fn quieten_drivers() {
    #[cfg(target_os = "linux")]
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: called first in `main`, when no other thread exists that could read the environment.
        unsafe { std::env::set_var("XDG_RUNTIME_DIR", std::env::temp_dir()) };
    }
}

/// Prints help and version as clap does, and a mistake in one line, without the usage that would drown it.
fn explain(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nothing is left to do if nobody reads it.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            ExitCode::from(Status::Usage as u8)
        }
        _ => {
            let text = error.to_string();
            let message = text.split("\n\nUsage:").next().unwrap_or(&text);
            let message = message
                .split("\n\nFor more information")
                .next()
                .unwrap_or(message);
            eprintln!(
                "{}",
                message.split_whitespace().collect::<Vec<_>>().join(" ")
            );
            ExitCode::from(Status::Usage as u8)
        }
    }
}
