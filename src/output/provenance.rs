//! What a file was made with, kept inside the file so that it can be made again.

use std::fmt::Write;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

/// The command, its options and facts about the run, in the order they were added.
///
/// ```
/// # use ddim_wgpu::output::RunParameters;
/// let mut run = RunParameters::new("sample");
/// run.option("model", "models/my digits").option("steps", 50).fact("device", "llvmpipe");
/// assert_eq!(run.command_line(), "ddim sample --model 'models/my digits' --steps 50");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RunParameters {
    subcommand: &'static str,
    /// Option name without dashes, value.
    options: Vec<(&'static str, Value)>,
    facts: Vec<(&'static str, Value)>,
}

impl RunParameters {
    /// No options yet for `ddim subcommand`.
    pub fn new(subcommand: &'static str) -> Self {
        Self {
            subcommand,
            options: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// Adds what is to be given as `--name value` to repeat the run. A list of numbers is given as
    /// `a,b,c`, a list of texts as words.
    pub fn option(&mut self, name: &'static str, value: impl Into<Value>) -> &mut Self {
        self.options.push((name, value.into()));
        self
    }

    /// Adds what was found or chosen in the run, such as the device.
    pub fn fact(&mut self, name: &'static str, value: impl Into<Value>) -> &mut Self {
        self.facts.push((name, value.into()));
        self
    }

    /// The facts, in the order they were added.
    pub fn facts(&self) -> &[(&'static str, Value)] {
        &self.facts
    }

    /// The command that repeats the run, but for its output file, quoted for a POSIX shell.
    pub fn command_line(&self) -> String {
        let mut line = format!("ddim {}", self.subcommand);
        for (name, value) in &self.options {
            let value = match value {
                Value::String(text) => text.clone(),
                Value::Array(items) if items.iter().all(Value::is_string) => {
                    let items = items.iter().filter_map(Value::as_str).map(quoted);
                    let _ = write!(line, " --{name} {}", items.collect::<Vec<_>>().join(" "));
                    continue;
                }
                Value::Array(items) => items
                    .iter()
                    .map(Value::to_string)
                    .collect::<Vec<_>>()
                    .join(","),
                other => other.to_string(),
            };
            let _ = write!(line, " --{name} {}", quoted(&value));
        }
        line
    }

    /// Everything as one JSON object: `software`, `command`, then options and facts by name.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings as keys and plain values")
    }

    /// The text chunks of a [`png`](super::png) file: `Software`, `parameters` (the JSON object)
    /// and `Command`.
    pub fn text_chunks(&self) -> [(&'static str, String); 3] {
        [
            ("Software", SOFTWARE.to_owned()),
            ("parameters", self.to_json()),
            (COMMAND, self.command_line()),
        ]
    }
}

/// Keyword of the text chunk that holds the command line.
pub const COMMAND: &str = "Command";

const SOFTWARE: &str = concat!("ddim-wgpu ", env!("CARGO_PKG_VERSION"));

impl Serialize for RunParameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("software", SOFTWARE)?;
        map.serialize_entry("command", self.subcommand)?;
        for (name, value) in self.options.iter().chain(&self.facts) {
            map.serialize_entry(&name.replace('-', "_"), value)?;
        }
        map.end()
    }
}

/// `text` as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_can_be_repeated_from_its_text() {
        let mut run = RunParameters::new("sample");
        run.option("model", "it's mine")
            .option("eta", 0.5)
            .option("timesteps", vec![900, 10])
            .option("sample-offset", u64::MAX)
            .fact("device", "cpu");
        assert_eq!(
            run.command_line(),
            r"ddim sample --model 'it'\''s mine' --eta 0.5 --timesteps 900,10 --sample-offset 18446744073709551615"
        );
        let json: Value = serde_json::from_str(&run.to_json()).unwrap();
        assert_eq!(json["sample_offset"], u64::MAX);
        assert_eq!(json["device"], "cpu");
        assert_eq!(json["command"], "sample");
        assert_eq!(run.text_chunks()[1].0, "parameters");
    }
}
