//! The test suite on one driver, beside the failures that are known of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::driver::Driver;
use crate::failure::Failure;
use crate::files;
use crate::process;
use crate::workspace;

const KNOWN: &str = "scripts/known_failures.txt";

/// The longest that a suite may take: a hanging driver must not hold the machine for ever.
const LIMIT: Duration = Duration::from_secs(5_400);

/// Runs the suite and prints what is new. Says whether nothing is.
pub fn run(driver: Driver, out: &Path) -> Result<bool, Failure> {
    let log = out.join(format!("{}.log", driver.name()));
    let mut cargo = workspace::cargo();
    driver.choose(&mut cargo, out).map_err(Failure::new)?;
    cargo.args([
        "test",
        "--test",
        "main",
        "--",
        "--test-threads",
        driver.test_threads(),
    ]);
    process::logged(&mut cargo, &log, LIMIT)?;

    let text = files::read(&log)?;
    let Some(result) = result(&text) else {
        let lines: Vec<&str> = text.lines().collect();
        println!("{}", lines[lines.len().saturating_sub(20)..].join("\n"));
        return Ok(false);
    };
    println!("{result}");
    let failed = failures(&text);
    let known = known(driver.name(), &files::read(&workspace::root().join(KNOWN))?);
    for test in failed.difference(&known) {
        println!("{}: {test} fails", driver.name());
    }
    for test in known.difference(&failed) {
        println!(
            "{}: {test} passes now: take it out of {KNOWN}",
            driver.name()
        );
    }
    let explained = !result.contains("FAILED") || !failed.is_empty();
    Ok(explained && failed == known)
}

/// The line that a suite ends with, if it came to its end.
fn result(log: &str) -> Option<&str> {
    log.lines().rfind(|line| line.starts_with("test result"))
}

/// The last list of failures: what a driver says may stand in a test's own line, and a test that
/// runs another shows its list.
fn failures(log: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut in_list = false;
    for line in log.lines() {
        if line == "failures:" {
            names.clear();
            in_list = true;
        } else if line.starts_with("test result") {
            in_list = false;
        } else if in_list
            && let Some(name) = line.strip_prefix("    ")
            && !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte))
        {
            names.insert(name.to_owned());
        }
    }
    names
}

/// The tests that the list names for a driver: lines "driver test why".
fn known(driver: &str, list: &str) -> BTreeSet<String> {
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some(driver)).then(|| words.next().map(str::to_owned))?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
running 3 tests
test a::fails ... the driver says so
failures:

---- a::fails stdout ----
failures:
    inner::of_another_suite
test result: FAILED. 0 passed; 1 failed

failures:
    a::fails
    b::fails_too

test result: FAILED. 1 passed; 2 failed; 0 ignored
";

    #[test]
    fn failures_are_those_of_the_last_list() {
        let expected = BTreeSet::from(["a::fails".to_owned(), "b::fails_too".to_owned()]);
        assert_eq!(failures(LOG), expected);
        assert!(result(LOG).is_some_and(|line| line.contains("2 failed")));
        assert_eq!(result("error: could not compile"), None);
        assert!(failures("test result: ok. 3 passed; 0 failed").is_empty());
    }

    #[test]
    fn known_failures_are_those_of_the_driver() {
        let list = "# gl commented::out why\ngl a::b because of this\nlavapipe c::d why\n\n";
        assert_eq!(known("gl", list), BTreeSet::from(["a::b".to_owned()]));
        assert!(known("swiftshader", list).is_empty());
    }
}
