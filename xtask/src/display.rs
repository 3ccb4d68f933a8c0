//! A virtual display, a program in it, keys, mouse and screenshots.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::failure::Failure;
use crate::files;
use crate::process::{self, Background, missing, poll};

const TOOLS: [&str; 4] = ["Xvfb", "xdotool", "import", "convert"];

/// How long a program may take to end after it was told to.
const TO_END: Duration = Duration::from_secs(10);

/// What has to be installed for [`Stage::open`]; an error names it.
pub fn tools() -> Result<(), Failure> {
    missing(&TOOLS).map_or(Ok(()), |tool| {
        Err(Failure::new(format_args!(
            "{tool} is missing: sudo apt install xvfb xdotool imagemagick"
        )))
    })
}

/// A program on a display of its own. Both end when this is dropped.
#[derive(Debug)]
pub struct Stage {
    // In this order: the program ends before its display.
    program: Option<Background>,
    _display: Background,
    number: String,
    folder: PathBuf,
}

impl Stage {
    /// Starts the display, with its screenshots in `folder`.
    pub fn open(folder: &Path, width: u32, height: u32) -> Result<Self, Failure> {
        let screen = format!("{width}x{height}x24");
        // A server that resets itself when its last client leaves would refuse the next.
        let mut display = Background::spawn(
            Command::new("Xvfb")
                .args([
                    "-displayfd",
                    "1",
                    "-screen",
                    "0",
                    &screen,
                    "-nolisten",
                    "tcp",
                    "-noreset",
                ])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let mut number = String::new();
        let stdout = display
            .child()
            .stdout
            .take()
            .expect("the display's output is piped");
        BufReader::new(stdout)
            .read_line(&mut number)
            .map_err(|error| Failure::new(format_args!("Xvfb says no display number: {error}")))?;
        let stage = Self {
            program: None,
            _display: display,
            number: format!(":{}", number.trim()),
            folder: folder.to_owned(),
        };
        // The number is written before the server answers.
        let ready =
            || process::succeeds(stage.command("xdotool").arg("getdisplaygeometry")).then_some(());
        poll(TO_END, ready).ok_or_else(|| Failure::new("Xvfb does not answer"))?;
        Ok(stage)
    }

    /// Starts the program. What it prints goes to the file `log` of the folder.
    pub fn start(&mut self, program: &Path, arguments: &[&str]) -> Result<(), Failure> {
        let mut command = self.command(program);
        command.args(arguments).env("NO_COLOR", "1");
        self.program = Some(Background::start(&mut command, &self.folder.join("log"))?);
        Ok(())
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.number)
            .env_remove("WAYLAND_DISPLAY");
        if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
            command.env("XDG_RUNTIME_DIR", &self.folder);
        }
        command
    }

    /// An error with what the program has printed.
    pub fn failure(&self, why: impl std::fmt::Display) -> Failure {
        for line in self.log().lines() {
            eprintln!("  program: {line}");
        }
        Failure::new(format_args!(
            "{why}; the screenshots are in {}",
            self.folder.display()
        ))
    }

    /// What the program has printed so far.
    pub fn log(&self) -> String {
        files::read(&self.folder.join("log")).unwrap_or_default()
    }

    /// An error where the program has ended.
    pub fn running(&mut self, awaited: &str) -> Result<(), Failure> {
        match self.program.as_mut().and_then(Background::ended) {
            Some(status) => Err(self.failure(format_args!(
                "the program ended with {status} while {awaited} was awaited"
            ))),
            None => Ok(()),
        }
    }

    /// Lets xdotool do something; words as on its command line.
    pub fn xdotool(&self, words: &[&str]) -> Result<String, Failure> {
        process::stdout(self.command("xdotool").args(words))
            .map_err(|error| self.failure(error.message()))
    }

    /// Presses keys one after another.
    pub fn keys(&self, names: &[&str]) -> Result<(), Failure> {
        self.xdotool(&[&["key", "--delay", "40"], names].concat())
            .map(drop)
    }

    /// Gives the keyboard to the window with this in its title; there is no window manager to do
    /// it.
    pub fn focus(&self, title: &str) -> Result<(), Failure> {
        self.xdotool(&["search", "--name", title, "windowfocus", "--sync"])
            .map(drop)
    }

    /// The title of the window with this in it.
    pub fn title(&self, part: &str) -> Option<String> {
        process::stdout(
            self.command("xdotool")
                .args(["search", "--name", part, "getwindowname"]),
        )
        .ok()
    }

    /// Waits for a window whose title matches the expression; software drivers compile shaders
    /// meanwhile.
    pub fn await_title(&mut self, expression: &str) -> Result<(), Failure> {
        let limit = Duration::from_secs(120);
        let seen = poll(limit, || {
            match self.running(&format!("the title \"{expression}\"")) {
                Err(failure) => Some(Err(failure)),
                Ok(()) => {
                    let found = process::succeeds(
                        self.command("xdotool")
                            .args(["search", "--name", expression]),
                    );
                    found.then_some(Ok(()))
                }
            }
        });
        seen.unwrap_or_else(|| {
            let title = self.title("ddim").unwrap_or_default();
            Err(self.failure(format_args!("no title \"{expression}\"; it is \"{title}\"")))
        })
    }

    /// Where a screenshot of this name lies.
    pub fn picture(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.png"))
    }

    /// Takes a screenshot.
    pub fn shoot(&self, name: &str) -> Result<PathBuf, Failure> {
        let picture = self.picture(name);
        process::stdout(
            self.command("import")
                .args(["-window", "root"])
                .arg(&picture),
        )?;
        Ok(picture)
    }

    /// Waits for the program, which was told to end, and returns what it has printed.
    pub fn finish(mut self) -> Result<String, Failure> {
        let mut program = self.program.take().expect("it was started");
        match poll(TO_END, || program.ended()) {
            Some(status) if status.success() => Ok(self.log()),
            Some(status) => Err(self.failure(format_args!("the program ended with {status}"))),
            None => Err(self.failure("the program does not end")),
        }
    }
}
