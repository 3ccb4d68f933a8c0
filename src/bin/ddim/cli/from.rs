//! `ddim sample --from PICTURE`: the run that a picture was made by, with some options overridden.

use std::ffi::OsString;
use std::io::BufReader;
use std::path::Path;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use ddim_wgpu::output::RecordedRun;

use crate::exit::Failure;
use crate::inputs::{at, open};

/// Options of the command line that take the place of recorded ones of another name.
const INSTEAD: [(&str, &[&str]); 11] = [
    ("timesteps", &["steps", "spacing"]),
    ("steps", &["timesteps"]),
    ("spacing", &["timesteps"]),
    (
        "sampler",
        &["eta", "sigmas", "clip-epsilon", "rederive-epsilon"],
    ),
    ("eta", &["sigmas"]),
    ("sigmas", &["eta"]),
    ("init", &["init-image", "strength", "mask", "count"]),
    ("init-image", &["init", "count"]),
    ("strip", &["columns"]),
    ("columns", &["strip"]),
    ("no-class", &["guidance"]),
];

/// What a stranger's file does not decide.
const NEVER: [&str; 2] = ["output", "from"];

/// The words of `ddim sample` that make the picture again: what it records, then what is given.
///
/// `matches` are those of the subcommand, `command` is the subcommand.
pub fn expand(
    picture: &Path,
    command: &Command,
    matches: &ArgMatches,
) -> Result<Vec<OsString>, Failure> {
    let file = open(picture).map_err(|error| at(picture, error))?;
    let run = RecordedRun::from_png(BufReader::new(file)).map_err(|error| at(picture, error))?;
    if run.subcommand != "sample" {
        let problem = format!("made by `ddim {}`, not by `ddim sample`", run.subcommand);
        return Err(at(picture, problem));
    }
    let mut given: Vec<&str> = command
        .get_arguments()
        .filter(|argument| {
            matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine)
        })
        .filter_map(|argument| argument.get_long())
        .collect();
    let class = matches.get_raw("class").and_then(Iterator::last);
    if class.is_some_and(|class| class == "none") && given.contains(&"class") {
        given.push("no-class");
    }
    let replaced = |name: &str| {
        given.contains(&name)
            || INSTEAD
                .iter()
                .any(|(option, others)| given.contains(option) && others.contains(&name))
    };
    let mut words: Vec<OsString> = Vec::new();
    for (name, values) in run.options {
        let known = command
            .get_arguments()
            .any(|argument| argument.get_long() == Some(&name));
        if !known || NEVER.contains(&name.as_str()) {
            let problem = format!("it records --{name}, which is no option of this version");
            return Err(at(picture, problem));
        }
        if replaced(&name) {
            continue;
        }
        match values.as_slice() {
            [value] => words.push(format!("--{name}={value}").into()),
            values => {
                words.push(format!("--{name}").into());
                words.extend(values.iter().map(OsString::from));
            }
        }
    }
    Ok(words)
}
