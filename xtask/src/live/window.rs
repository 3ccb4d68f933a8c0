//! The window of the live example: its canvas, and what is measured there.

use std::fmt::Display;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use crate::display::Stage;
use crate::failure::Failure;
use crate::imagemagick::{convert, value};

pub const WIDTH: u32 = 1120;
pub const HEIGHT: u32 = 760;

/// The canvas's size: right of the controls, above the transport.
const CANVAS: (u32, u32) = (WIDTH - 320 - 8, HEIGHT - 90);

/// The running app.
#[derive(Debug)]
pub struct Window {
    pub stage: Stage,
}

impl Window {
    pub fn new(stage: Stage) -> Self {
        Self { stage }
    }

    /// Where the canvas of a screenshot lies, in grey.
    pub fn canvas(&self, name: &str) -> PathBuf {
        self.stage.picture(&format!("{name}-canvas"))
    }

    /// Takes a screenshot, and cuts its canvas out.
    pub fn shoot(&self, name: &str) -> Result<PathBuf, Failure> {
        // The frame after the title's.
        sleep(Duration::from_millis(700));
        let picture = self.stage.shoot(name)?;
        let crop = format!("{}x{}+324+2", CANVAS.0, CANVAS.1);
        let words = ["-crop", &crop, "+repage", "-colorspace", "Gray"].map(AsRef::as_ref);
        let canvas = self.canvas(name);
        convert([&[picture.as_os_str()], &words[..], &[canvas.as_os_str()]].concat())?;
        Ok(picture)
    }

    /// A value of a canvas after operations of `convert`.
    pub fn measure(
        &self,
        name: &str,
        operations: &[&str],
        expression: &str,
    ) -> Result<f64, Failure> {
        value(&self.canvas(name), operations, expression)
    }

    /// A value of a canvas after operations, with everything outside of a drawing black.
    pub fn masked(
        &self,
        name: &str,
        operations: &[&str],
        drawing: &str,
        expression: &str,
    ) -> Result<f64, Failure> {
        let size = format!("{}x{}", CANVAS.0, CANVAS.1);
        let mask = [
            "(", "-size", &size, "xc:black", "-fill", "white", "-draw", drawing, ")",
        ];
        let multiplied = ["-compose", "Multiply", "-composite"];
        self.measure(name, &[operations, &mask, &multiplied].concat(), expression)
    }

    /// Drags the mouse, slowly enough for a software driver's frames.
    pub fn drag(&self, from: (u32, u32), to: (u32, u32)) -> Result<(), Failure> {
        let [from_x, from_y, to_x, to_y] = [from.0, from.1, to.0, to.1].map(|at| at.to_string());
        self.stage
            .xdotool(&[
                "mousemove",
                &from_x,
                &from_y,
                "sleep",
                "0.5",
                "mousedown",
                "1",
                "sleep",
                "0.5",
                "mousemove",
                "--sync",
                &to_x,
                &to_y,
                "sleep",
                "0.5",
                "mouseup",
                "1",
            ])
            .map(drop)
    }

    /// An error where something is not as it should be.
    pub fn holds(&self, so: bool, found: impl Display) -> Result<(), Failure> {
        if so {
            Ok(())
        } else {
            Err(self.stage.failure(found))
        }
    }
}
