//! `ddim-train`: from a file to a model directory.

mod cli;
mod flow;
mod interrupt;
mod tell;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match flow::run(&cli) {
        Ok(flow::End::Done) => ExitCode::SUCCESS,
        // As shells report Ctrl-C.
        Ok(flow::End::Interrupted) => ExitCode::from(130),
        Err(error) => {
            let message = error.to_string();
            let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
            tell::line(format_args!("error: {message}"));
            ExitCode::from(error.status())
        }
    }
}
