//! How a command ended, and whether it may.

use std::collections::BTreeMap;
use std::process::Output;

/// How a command ended.
pub struct Outcome {
    /// None: by a signal.
    pub code: Option<i32>,
    pub stderr: String,
    /// The files that it left, by name.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl Outcome {
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            files: BTreeMap::new(),
        }
    }

    /// What is wrong with how it ended; `right` is how it ends without a fault.
    pub fn complaint(&self, right: &Self) -> Option<String> {
        let lines = self.stderr.lines().count();
        // An array in chunks may be begun, as the same command goes on with it: its chunks are whole.
        let of_array = |name: &str| name.contains(".zarr/") && !name.contains(".part");
        let stays = |name: &String| of_array(name) && self.files.get(name) == right.files.get(name);
        let left: Vec<&String> = self.files.keys().filter(|name| !stays(name)).collect();
        let about = |what: &str| Some(format!("{what}: {}", self.stderr.trim()));
        match self.code {
            None => about("ended by a signal"),
            _ if self.stderr.contains("panicked") => about("a panic is shown"),
            Some(0) if lines > 0 => about("exit code 0 with something to say"),
            Some(3 | 5) if lines != 1 || !self.stderr.starts_with("error: ") => {
                about("not one line of error")
            }
            Some(0) if self.files != right.files => about("exit code 0, but other files"),
            Some(3 | 5) if !left.is_empty() => about(&format!("{left:?} left behind")),
            Some(0 | 3 | 5) => None,
            Some(code) => about(&format!("exit code {code}")),
        }
    }
}
