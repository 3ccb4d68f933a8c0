//! Folders and files of tests, and the command.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder that goes away with its test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("ddim-train-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("the temporary folder is writable");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, contents).expect("the folder is writable");
        path
    }

    /// A `.npy` whose values are of their index.
    pub fn npy(&self, name: &str, shape: &[usize], value: impl Fn(usize) -> f32) -> PathBuf {
        let values: Vec<f32> = (0..shape.iter().product()).map(value).collect();
        let mut bytes = Vec::new();
        ddim_wgpu::output::npy::write(&mut bytes, shape, &values).expect("memory is writable");
        self.file(name, bytes)
    }

    /// The command in this folder, on the CPU.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ddim-train"));
        command
            .current_dir(&self.0)
            .args(["--device", "cpu"])
            .args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .output()
            .expect("the command starts")
    }

    /// Runs it and sees it succeed.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {errors}");
        errors
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        let path = self.0.join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Two half circles, as a table of so many rows with a class.
pub fn moons(rows: usize) -> String {
    let mut text = String::from("x,y,moon\n");
    for row in 0..rows {
        let angle = row as f64 / rows as f64 * std::f64::consts::PI;
        // A little noise, the same each time.
        let noise = ((row * 7919 % 101) as f64 / 101.0 - 0.5) * 0.1;
        let (x, y, moon) = if row % 2 == 0 {
            (angle.cos() + noise, angle.sin() + noise, "upper")
        } else {
            (
                1.0 - angle.cos() + noise,
                0.5 - angle.sin() - noise,
                "lower",
            )
        };
        let _ = writeln!(text, "{x:.3},{y:.3},{moon}");
    }
    text
}
