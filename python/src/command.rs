//! The command.

use std::ffi::OsString;
use std::io::Write;

use pyo3::prelude::*;

/// Does what a command line asks `ddim` for, as the command of that name does; gives its exit code, or ends
/// the process with that of a failure.
/// `started_by` are the words by which a shell would start it. Takes the process's signals over, so
/// a program of its own runs it.
#[pyfunction]
pub fn command(py: Python<'_>, started_by: Vec<OsString>, words: Vec<OsString>) -> u8 {
    py.detach(|| {
        let code = ddim_command::execute_in(started_by, words);
        // Of what is written, this is what nothing has flushed; a failure has nobody to hear of it.
        let _ = std::io::stdout().flush();
        code
    })
}
