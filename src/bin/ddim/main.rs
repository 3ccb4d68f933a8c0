//! The `ddim` command: data on standard output, everything else on standard error.
mod cli;
mod commands;
mod driver;
mod exit;
mod inputs;
mod process;
mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use cli::{LONG_VERSION, backends, from};
use commands::{
    bench, check, completions, devices, encode, evaluate, forward, info, interpolate, noise,
    sample, schedule, tune, verify,
};
use exit::{Failure, Status};

/// A DDIM diffusion sampler on any GPU, or none.
#[derive(Debug, Parser)]
#[command(
    name = "ddim",
    version,
    long_version = LONG_VERSION.as_str(),
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

/// The exit code of what is done; [`Status`] has the others.
const SUCCESS: u8 = 0;

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 failed while running, 2 wrong usage, 3 no such device, 4 bad model or input file, \
5 device lost or out of memory, 6 verification failed or slower than `bench --max-slowdown` allows, 130 interrupted, 143 terminated.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Sample from a model: a picture, an animation, or an array.
    Sample(Box<sample::Arguments>),
    /// Run the sampler backwards: from data to the noise that gives them back.
    Encode(encode::Arguments),
    /// Noise data to levels of a model's schedule.
    Forward(forward::Arguments),
    /// Sample the way from one sample to another.
    Interpolate(interpolate::Arguments),
    /// Measure a model: its samples against data, its encoding, its likelihood.
    Evaluate(evaluate::Arguments),
    /// Write the noise that sampling starts from, the same bits on every device.
    Noise(noise::Arguments),
    /// Check that an array that many processes wrote is all there, and what to make again.
    Check(check::Arguments),
    /// Print the steps of a run and their coefficients.
    Schedule(schedule::Arguments),
    /// List the devices that `--device` can name.
    Devices(devices::Arguments),
    /// Measure how fast a device samples, beside how fast it could.
    Bench(bench::Arguments),
    /// Find the fastest form of the step on a GPU by measuring, for `--tuned`.
    Tune(tune::Arguments),
    /// Describe a model.
    Info(info::Arguments),
    /// Check that a device computes what it should: every kernel, the noise, whole runs.
    Verify(verify::Arguments),
    /// Print a script by which a shell completes this command.
    Completions(completions::CompletionsArguments),
    /// Print the manual page, or write all of them.
    Man(completions::ManArguments),
}

/// The command of this process.
pub fn main() -> ExitCode {
    quieten_drivers();
    execute(std::env::args_os().collect()).into()
}

/// As [`execute`], in a program that is started as a command by `started_by`: the Python package's.
pub fn execute_in(started_by: Vec<OsString>, words: Vec<OsString>) -> u8 {
    process::is_started_by(started_by);
    execute(words)
}

/// Does what a command line asks for, `words[0]` being the command's name, and gives the exit code. A failure on the
/// way ends the process instead, with its code.
pub fn execute(words: Vec<OsString>) -> u8 {
    driver::contain_panics();
    let cli = match parse(words) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    if cli.quiet {
        terminal::be_quiet();
    }
    if let Err(error) = process::handle_signals() {
        terminal::warn(format_args!(
            "an interruption may leave a temporary file behind: {error}"
        ));
    }
    let backends = std::env::var_os("WGPU_BACKEND");
    end(backends::check(backends.as_deref()).and_then(|()| run(&cli.command)))
}

fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Sample(arguments) => sample::run(arguments),
        Command::Encode(arguments) => encode::run(arguments),
        Command::Forward(arguments) => forward::run(arguments),
        Command::Interpolate(arguments) => interpolate::run(arguments),
        Command::Evaluate(arguments) => evaluate::run(arguments),
        Command::Noise(arguments) => noise::run(arguments),
        Command::Check(arguments) => check::run(arguments),
        Command::Schedule(arguments) => schedule::run(arguments),
        Command::Devices(arguments) => devices::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Tune(arguments) => tune::run(arguments),
        Command::Info(arguments) => info::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Completions(arguments) => completions::completions(arguments, Cli::command()),
        Command::Man(arguments) => completions::man(arguments, Cli::command()),
    }
}

fn end(result: Result<(), Failure>) -> u8 {
    match result {
        Ok(()) => SUCCESS,
        Err(Failure::NobodyReads) => driver::leave(SUCCESS),
        Err(Failure::Failed { status, message }) => {
            terminal::say(format_args!("error: {message}"));
            driver::leave(status as u8)
        }
    }
}

/// The command line; with `--from` that which a picture records, overridden by what is given.
fn parse(words: Vec<OsString>) -> Result<Cli, u8> {
    let parse = |words: &[OsString]| {
        let matches = Cli::command().try_get_matches_from(words)?;
        let cli = Cli::from_arg_matches(&matches)?;
        Ok((cli, matches))
    };
    let (cli, matches) = parse(&words).map_err(|error: clap::Error| explain(&error))?;
    let picture = match &cli.command {
        Command::Sample(arguments) => arguments.from.as_deref(),
        _ => None,
    };
    let (Some(picture), Some((name, matches))) = (picture, matches.subcommand()) else {
        return Ok(cli);
    };
    let mut command = Cli::command();
    command.build();
    let sample = command.find_subcommand(name).expect("it was parsed");
    let recorded = from::expand(picture, sample, matches).map_err(|failure| end(Err(failure)))?;
    // Flags that are global may stand before the subcommand.
    let is_subcommand = |word: &OsString| !word.to_string_lossy().starts_with('-');
    let place = words.iter().skip(1).position(is_subcommand).unwrap_or(0) + 1;
    let merged = [&words[..=place], &recorded, &words[place + 1..]].concat();
    let (cli, _) = parse(&merged).map_err(|error| explain(&error))?;
    Ok(cli)
}

/// Mesa looks for a Wayland display when devices are listed, and libwayland prints an error of its
/// own to standard error where there is no session, as in containers. Given a directory without
/// one, it is silent.
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
        // SAFETY: called first in `main`, when no other thread exists that could read the
        // environment.
        unsafe { std::env::set_var("XDG_RUNTIME_DIR", std::env::temp_dir()) };
    }
}

/// Prints help and version as clap does, and a mistake in one line, without the usage that would
/// drown it.
fn explain(error: &clap::Error) -> u8 {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // Nothing is left to do if nobody reads it.
            let _ = error.print();
            SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            Status::Usage as u8
        }
        _ => {
            let text = error.to_string();
            let message = text.split("\n\nUsage:").next().unwrap_or(&text);
            let message = message
                .split("\n\nFor more information")
                .next()
                .unwrap_or(message);
            terminal::say(message.split_whitespace().collect::<Vec<_>>().join(" "));
            Status::Usage as u8
        }
    }
}
