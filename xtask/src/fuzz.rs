//! Every fuzz target for some seconds, from its seeds and what earlier runs found.
//!
//! Needs a nightly toolchain (`rustup toolchain install nightly`) and `cargo install cargo-fuzz`.
//! Fails if a target does not build, and at the first crash, whose input lies in `fuzz/artifacts`;
//! memory is limited to 1 GiB a target.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::failure::Failure;
use crate::files;
use crate::process;
use crate::workspace;

/// Time that a target may take beyond what it was given, to start and to report.
const GRACE: Duration = Duration::from_secs(600);

/// Builds all targets, then runs each.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let (seconds, targets) = arguments
        .split_first()
        .ok_or_else(|| Failure::usage("how many seconds a target?"))?;
    let seconds: u64 = seconds
        .parse()
        .map_err(|_| Failure::usage(format_args!("\"{seconds}\" is no number of seconds")))?;
    for words in [["+nightly", "--version"], ["fuzz", "--version"]] {
        if !process::succeeds(workspace::cargo().args(words)) {
            return Err(Failure::new(format_args!(
                "`cargo {}` does not run",
                words.join(" ")
            )));
        }
    }
    let targets = if targets.is_empty() {
        all_targets()?
    } else {
        targets.to_vec()
    };
    for target in &targets {
        process::checked(workspace::cargo().args(["+nightly", "fuzz", "build", target]))?;
    }
    let scratch = workspace::scratch("fuzz")?;
    for target in &targets {
        run_target(target, seconds, &scratch)?;
    }
    Ok(())
}

/// The targets' files, which cargo-fuzz calls by name.
fn all_targets() -> Result<Vec<String>, Failure> {
    let targets: Vec<String> =
        files::with_suffix(&workspace::root().join("fuzz/fuzz_targets"), ".rs")
            .iter()
            .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
            .collect();
    if targets.is_empty() {
        return Err(Failure::new("no targets in fuzz/fuzz_targets"));
    }
    Ok(targets)
}

fn run_target(target: &str, seconds: u64, scratch: &Path) -> Result<(), Failure> {
    let log = scratch.join(target);
    let folder = |kind: &str| format!("fuzz/{kind}/{target}");
    files::make_folder(&workspace::root().join(folder("corpus")))?;
    let start = SystemTime::now();
    let status = process::logged(
        workspace::cargo()
            .args([
                "+nightly",
                "fuzz",
                "run",
                target,
                &folder("corpus"),
                &folder("seeds"),
                "--",
            ])
            .arg(format!("-max_total_time={seconds}"))
            .args([
                "-rss_limit_mb=1024",
                "-malloc_limit_mb=512",
                "-timeout=5",
                "-print_final_stats=1",
            ]),
        &log,
        Duration::from_secs(seconds) + GRACE,
    )?;
    let text = files::read(&log)?;
    let runs = executed(&text).unwrap_or(0);
    // A file of an earlier run is no crash of this one.
    let found = files::with_suffix(&workspace::root().join(folder("artifacts")), "")
        .into_iter()
        .find(|file| {
            fs::metadata(file)
                .and_then(|data| data.modified())
                .is_ok_and(|at| at >= start)
        });
    if status.is_some_and(|status| status.success()) && found.is_none() && runs > 0 {
        println!("{target}: {runs} runs in {seconds} s, no crash");
        return Ok(());
    }
    let lines: Vec<&str> = text.lines().collect();
    eprintln!("{}", lines[lines.len().saturating_sub(40)..].join("\n"));
    let status = status.map_or_else(|| "no end".to_owned(), |status| status.to_string());
    let found = found.map_or_else(String::new, |file| format!(": {}", file.display()));
    Err(Failure::new(format_args!(
        "{target}: FAILED with {status} after {runs} runs{found}"
    )))
}

/// How many inputs libFuzzer says that it has run.
fn executed(log: &str) -> Option<u64> {
    let number = log
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_read_from_the_statistics() {
        let log = "INFO\nstat::number_of_executed_units: 123456\nstat::peak_rss_mb: 55\n";
        assert_eq!(executed(log), Some(123_456));
        assert_eq!(executed("==1== ERROR"), None);
    }
}
