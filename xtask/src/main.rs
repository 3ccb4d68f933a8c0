//! The repository's tasks: `cargo xtask TASK [ARGUMENT…]`. The scripts in `scripts/` call them by
//! name.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tasks report to whoever runs them"
)]
#![expect(
    unreachable_pub,
    reason = "nothing is outside of a binary; `pub` is what a file offers to the others"
)]

mod archive;
mod bevy;
mod data;
mod display;
mod docs;
mod drivers;
mod failure;
mod faults;
mod files;
mod fuzz;
mod imagemagick;
mod live;
mod npm;
mod packages;
mod process;
mod randomness;
mod shaders;
mod test;
mod vulkan;
mod workspace;

use std::process::ExitCode;

use failure::Failure;

/// One task: its name, what its arguments are, what it does.
struct Task {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result<(), Failure>,
}

const TASKS: &[Task] = &[
    Task {
        name: "test",
        arguments: "[ARGUMENT OF cargo test…]",
        about: "every test, after installing a software Vulkan driver where there is none",
        run: test::run,
    },
    Task {
        name: "drivers",
        arguments: drivers::ARGUMENTS,
        about: "the tests and `ddim verify` on three software drivers",
        run: drivers::run,
    },
    Task {
        name: "faults",
        arguments: faults::ARGUMENTS,
        about: "every subcommand on a Vulkan driver whose calls fail, one at a time",
        run: faults::run,
    },
    Task {
        name: "shaders",
        arguments: shaders::ARGUMENTS,
        about: "every kernel's text through the compilers of drivers and browsers",
        run: shaders::run,
    },
    Task {
        name: "live",
        arguments: "[--pictures FOLDER]",
        about: "examples/live on a virtual display, driven by keys and mouse",
        run: live::run,
    },
    Task {
        name: "bevy",
        arguments: "[--picture FILE]",
        about: "examples/bevy_particles on a virtual display",
        run: bevy::run,
    },
    Task {
        name: "fuzz",
        arguments: "SECONDS [TARGET…]",
        about: "every fuzz target for some seconds",
        run: fuzz::run,
    },
    Task {
        name: "randomness",
        arguments: "[quick|full]",
        about: "the noise in a battery of statistical tests, as a Markdown report",
        run: randomness::run,
    },
    Task {
        name: "data",
        arguments: "[FOLDER]",
        about: "fetches the training data, into data/ by default",
        run: data::run,
    },
    Task {
        name: "archive",
        arguments: "[TARGET]",
        about: "the command with its documents as people download it, in target/archives/",
        run: archive::run,
    },
    Task {
        name: "docs",
        arguments: "",
        about: "every link of every Markdown file resolves, and docs/SUMMARY.md lists every chapter",
        run: docs::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(task) = arguments
        .first()
        .and_then(|name| TASKS.iter().find(|task| task.name == name))
    else {
        eprintln!("usage: cargo xtask TASK [ARGUMENT…]\n");
        for task in TASKS {
            let usage = format!("{} {}", task.name, task.arguments);
            eprintln!("  {}\n      {}", usage.trim_end(), task.about);
        }
        return ExitCode::from(failure::USAGE);
    };
    match (task.run)(&arguments[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if failure.status() == failure::USAGE {
                eprintln!("usage: cargo xtask {} {}", task.name, task.arguments);
            }
            if !failure.message().is_empty() {
                eprintln!("{}: {}", task.name, failure.message());
            }
            ExitCode::from(failure.status())
        }
    }
}
