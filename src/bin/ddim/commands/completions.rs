//! `ddim completions` and `ddim man`: what shells and `man` are to know of the command.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::exit::{Failure, Status};
use crate::process;

#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell that completes: its script is printed, to be put where the shell looks for it
    shell: Shell,
}

#[derive(Debug, Args)]
pub struct ManArguments {
    /// Write a page for the command and one for each subcommand into this directory, in place of
    /// printing the first
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Prints a script that completes subcommands and options.
pub fn completions(arguments: &CompletionsArguments, mut command: Command) -> Result<(), Failure> {
    // To memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    let mut stdout = process::stdout()?;
    stdout.write_all(&script)?;
    Ok(stdout.flush()?)
}

/// Prints or writes pages of the manual, section 1.
pub fn man(arguments: &ManArguments, mut command: Command) -> Result<(), Failure> {
    command.build();
    let page = |command: &Command| {
        let mut page = Vec::new();
        Man::new(command.clone()).render(&mut page).map(|()| page)
    };
    let Some(directory) = &arguments.output else {
        let mut stdout = process::stdout()?;
        stdout.write_all(&page(&command)?)?;
        return Ok(stdout.flush()?);
    };
    fs::create_dir_all(directory).map_err(|error| {
        let problem = format_args!("cannot create {}: {error}", directory.display());
        Failure::new(Status::Runtime, problem)
    })?;
    let subcommands = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    for command in std::iter::once(&command).chain(subcommands) {
        let name = command.get_display_name().unwrap_or(command.get_name());
        let mut file = process::create(directory.join(format!("{name}.1")))?;
        let page = page(command)?;
        file.write_all(&page).map_err(|error| file.error(error))?;
        file.finish()?;
    }
    Ok(())
}
