//! The noise examined as random numbers: a billion normals counted, and dieharder over Philox words
//! and normals in every order that a sampler reads them in. Prints a Markdown report; the last one
//! kept is `scripts/randomness.md`.
//!
//! `quick` runs Marsaglia's and NIST's tests, fewer of them on normals, and takes about an hour;
//! `full` runs every test of dieharder on each stream and takes most of a day. A verdict is "weak"
//! at p < 0.005 or p > 0.995: of good numbers one in a hundred is. Run such a test again with more
//! samples (dieharder's `-p`) before believing it.
//!
//! Needs dieharder (Debian: `apt install dieharder`). Exit status 6 if a test fails.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::process::{self, Background};
use crate::workspace;

/// The exit status of a failed test, as that of `ddim verify`.
const TEST_FAILED: u8 = 6;

const ORDERS: [&str; 5] = ["elements", "samples", "draws", "seeds", "interleaved"];

/// The numbers of dieharder's tests, or all of them.
type Tests = Option<&'static [u8]>;

/// The kinds of numbers and the tests of each.
fn batteries(size: &str) -> Result<[(&'static str, Tests); 2], Failure> {
    match size {
        "quick" => Ok([
            (
                "words",
                Some(&[
                    0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 15, 16, 17, 100, 101, 102,
                ]),
            ),
            ("normals", Some(&[0, 1, 2, 3, 8, 13, 15, 16, 100, 101])),
        ]),
        "full" => Ok([("words", None), ("normals", None)]),
        other => Err(Failure::usage(format_args!(
            "\"{other}\" is neither quick nor full"
        ))),
    }
}

/// Prints the report.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let batteries = batteries(arguments.first().map_or("quick", String::as_str))?;
    if !process::found("dieharder") {
        return Err(Failure::new(
            "dieharder is not installed (Debian: apt install dieharder)",
        ));
    }
    let program = workspace::build(
        &[
            "--release",
            "--no-default-features",
            "--example",
            "randomness",
        ],
        "release/examples/randomness",
    )?;
    println!("## A billion normals\n\n```text");
    let mut good = process::status(Command::new(&program).args(["count", "1000000000"]))?.success();
    println!("```\n");

    let version =
        process::stdout(Command::new("dpkg-query").args(["-W", "-f", "${Version}", "dieharder"]));
    println!(
        "## dieharder ({})\n",
        version.as_deref().unwrap_or("unknown version")
    );
    let [words, normals] = batteries.map(|(_, tests)| names(tests));
    println!("Tests of words: {words}. Of normals: {normals}.\n");
    println!(
        "| source | order | passed | weak | failed | the weak and the failed (test, n-tuple, p) |"
    );
    println!("|---|---|---|---|---|---|");
    for (source, tests) in batteries {
        for order in ORDERS {
            let log = examine(&program, source, order, tests)?;
            let count = |verdict| lines(&log).filter(|line| line.verdict == verdict).count();
            let odd: Vec<String> = lines(&log)
                .filter(|line| line.verdict != "PASSED")
                .map(Line::name)
                .collect();
            println!(
                "| {source} | {order} | {} | {} | {} | {} |",
                count("PASSED"),
                count("WEAK"),
                count("FAILED"),
                odd.join("; ")
            );
            good &= count("FAILED") == 0 && lines(&log).next().is_some();
        }
    }
    if good {
        Ok(())
    } else {
        Err(Failure::reported(TEST_FAILED))
    }
}

fn names(tests: Tests) -> String {
    tests.map_or_else(
        || "all".to_owned(),
        |tests| {
            tests
                .iter()
                .map(u8::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        },
    )
}

/// What dieharder prints for one stream, a test after the other.
fn examine(program: &Path, source: &str, order: &str, tests: Tests) -> Result<String, Failure> {
    let selections: Vec<Vec<String>> = tests.map_or_else(
        || vec![vec!["-a".to_owned()]],
        |tests| {
            tests
                .iter()
                .map(|test| vec!["-d".to_owned(), test.to_string()])
                .collect()
        },
    );
    let mut log = String::new();
    for selection in selections {
        // The battery closes the stream when it has read enough, which ends the program: no fault.
        let mut stream = Background::spawn(
            Command::new(program)
                .args(["stream", source, order])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let numbers = stream
            .child()
            .stdout
            .take()
            .expect("the stream's output is piped");
        let found = Command::new("dieharder")
            .args(["-g", "200"])
            .args(selection)
            .stdin(numbers)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| Failure::new(format_args!("dieharder does not start: {error}")))?;
        log.push_str(&String::from_utf8_lossy(&found.stdout));
    }
    Ok(log)
}

/// One verdict: test | n-tuple | tsamples | psamples | p-value | assessment.
#[derive(Debug)]
struct Line<'a> {
    test: &'a str,
    tuple: &'a str,
    p: &'a str,
    verdict: &'a str,
}

impl Line<'_> {
    fn name(self) -> String {
        format!("{} {} {}", self.test, self.tuple, self.p)
    }
}

fn lines(log: &str) -> impl Iterator<Item = Line<'_>> {
    log.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        match fields[..] {
            [
                test,
                tuple,
                _,
                _,
                p,
                verdict @ ("PASSED" | "WEAK" | "FAILED"),
            ] => Some(Line {
                test,
                tuple,
                p,
                verdict,
            }),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_read_from_dieharders_table() {
        let log = "\
#=============================================================================#
        test_name   |ntup| tsamples |psamples|  p-value |Assessment
#=============================================================================#
   diehard_birthdays|   0|       100|     100|0.61230487|  PASSED
          sts_serial|   3|    100000|     100|0.99725229|   WEAK
          sts_serial|   4|    100000|     100|0.00000001|  FAILED
";
        let found: Vec<Line<'_>> = lines(log).collect();
        assert_eq!(
            found.iter().map(|line| line.verdict).collect::<Vec<_>>(),
            ["PASSED", "WEAK", "FAILED"]
        );
        assert_eq!(
            found.into_iter().nth(1).map(Line::name).as_deref(),
            Some("sts_serial 3 0.99725229")
        );
    }
}
