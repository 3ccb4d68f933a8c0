//! Starts `examples/live` on a virtual display, drives it with synthetic keys and mouse, and checks
//! what is on the screen. `--pictures FOLDER` also makes the pictures of `examples/README.md`.
//!
//! Needs Xvfb, xdotool and ImageMagick, and a Vulkan driver; a software one will do.

mod pictures;
mod window;

use std::f64::consts::TAU;
use std::path::Path;
use std::time::Duration;

use crate::display::{self, Stage};
use crate::failure::Failure;
use crate::imagemagick::differing_pixels;
use crate::process::poll;
use crate::workspace;

use window::{HEIGHT, WIDTH, Window};

/// The part of the canvas that digits fill, in words of `convert`.
const DIGITS: [&str; 3] = ["-crop", "792x396+0+137", "+repage"];

/// Runs the check.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let pictures = match arguments {
        [] => None,
        [option, folder] if option == "--pictures" => Some(workspace::root().join(folder)),
        _ => return Err(Failure::usage("")),
    };
    display::tools()?;
    let program = workspace::build(&["--example", "live"], "debug/examples/live")?;
    let mut stage = Stage::open(&workspace::scratch("live")?, WIDTH, HEIGHT)?;
    stage.start(&program, &["--report"])?;
    let mut window = Window::new(stage);

    gaussians(&mut window)?;
    forth_and_back(&mut window)?;
    let steps = other_steps(&mut window)?;
    digits(&mut window, &steps)?;
    if let Some(folder) = pictures {
        pictures::make(&mut window, &folder)?;
    }
    window.stage.keys(&["Escape"])?;
    report(&window.stage.finish()?)
}

/// Points flow from noise to data: first the noise, then, played, the eight Gaussians, which are
/// known exactly.
fn gaussians(window: &mut Window) -> Result<(), Failure> {
    window.stage.await_title("ddim-wgpu live: dino")?;
    window.stage.focus("ddim-wgpu live")?;
    window.stage.keys(&["4"])?;
    window.stage.await_title("8 Gaussians, exact, [0-9]+ of")?;
    window.stage.keys(&["Home"])?;
    window.stage.await_title(", 0 of 50")?;
    window.shoot("noise")?;
    window.stage.keys(&["space"])?;
    window.stage.await_title(", 50 of 50")?;
    window.shoot("data")?;

    let discs = discs();
    let mut shares = Vec::new();
    for name in ["noise", "data"] {
        let lit = window.measure(name, &["-threshold", "20%"], "mean")?;
        let there = window.masked(name, &["-threshold", "20%"], &discs, "mean")?;
        let share = there / (lit + 1e-9);
        println!(
            "8 Gaussians, {name}: {lit} of the canvas is lit, {share} of that where the Gaussians are"
        );
        window.holds(
            lit > 0.005 && lit < 0.5,
            format_args!("{lit} of the canvas is lit: {name}"),
        )?;
        shares.push(share);
    }
    window.holds(
        shares[0] < 0.4 && shares[1] > 0.7,
        format_args!(
            "of the light, {} and then {} is where the Gaussians are",
            shares[0], shares[1]
        ),
    )
}

/// Where the Gaussians are on the screen: 0.8 data units from the middle, of which one is 293
/// pixels; the mask takes 0.2 around each.
fn discs() -> String {
    let circles = (0..8).map(|index| {
        let angle = TAU * f64::from(index) / 8.0;
        let (x, y) = (396.0 + 234.6 * angle.cos(), 335.0 + 234.6 * angle.sin());
        format!("circle {x:.0},{y:.0} {:.0},{y:.0} ", x + 59.0)
    });
    circles.collect()
}

/// Single steps, forth and back, give the same picture.
fn forth_and_back(window: &mut Window) -> Result<(), Failure> {
    window.stage.keys(&["Left"])?;
    window.stage.await_title(", 49 of 50")?;
    window.stage.keys(&["Right"])?;
    window.stage.await_title(", 50 of 50")?;
    window.shoot("again")?;
    let different = differing_pixels(&window.canvas("data"), &window.canvas("again"))?;
    window.holds(
        different == 0.0,
        format_args!("{different} pixels differ after a step back and forth"),
    )
}

/// Dragging the slider of steps changes the plan; the run goes on, on another way. Returns the new
/// number of steps.
fn other_steps(window: &mut Window) -> Result<String, Failure> {
    window.drag((100, 229), (60, 229))?;
    let mut title = String::new();
    let steps = poll(Duration::from_secs(10), || {
        title = window.stage.title("ddim-wgpu live")?;
        let steps = title.rsplit(' ').next()?;
        (steps != "50").then(|| steps.to_owned())
    });
    steps.ok_or_else(|| {
        window.stage.failure(format_args!(
            "the slider moved, but the title is still \"{title}\""
        ))
    })
}

/// Images sharpen. What is left of noise in averages over fourteen pixels, five of an image, is
/// little; of digits it is most.
fn digits(window: &mut Window, steps: &str) -> Result<(), Failure> {
    window.stage.keys(&["1"])?;
    window.stage.await_title("digits, [0-9]+ of")?;
    window.stage.keys(&["Home"])?;
    window.stage.await_title("digits, 0 of")?;
    window.shoot("static")?;
    window.stage.keys(&["End"])?;
    window.stage.await_title(&format!("digits, {steps} of"))?;
    window.shoot("digits")?;
    let mut structure = Vec::new();
    for name in ["static", "digits"] {
        let all = window.measure(name, &DIGITS, "standard_deviation")?;
        let averaged = [&DIGITS[..], &["-scale", "7%"]].concat();
        let coarse = window.measure(name, &averaged, "standard_deviation")?;
        println!("{name}: standard deviation {all}, of averages {coarse}");
        window.holds(
            all > 0.1,
            format_args!("the standard deviation of {name} is {all}"),
        )?;
        structure.push(coarse / all);
    }
    window.holds(
        structure[1] > 2.0 * structure[0],
        format_args!(
            "structure of noise {}, of digits {}",
            structure[0], structure[1]
        ),
    )
}

/// Frames were drawn while runs were made: no frame held a whole one.
fn report(log: &str) -> Result<(), Failure> {
    let lower = log.to_lowercase();
    if ["panicked", "validation", "wgpu error"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return Err(Failure::new(format_args!("the app complained:\n{log}")));
    }
    let line = log.lines().find(|line| line.starts_with('{'));
    let report: serde_json::Value = line
        .and_then(|line| serde_json::from_str(line).ok())
        .ok_or_else(|| Failure::new(format_args!("the app printed no report:\n{log}")))?;
    println!("{report}");
    let field = |name: &str| {
        report[name]
            .as_f64()
            .ok_or_else(|| Failure::new(format_args!("the report has no {name}")))
    };
    // A run has at least 50 rows.
    if field("runs_finished")? < 3.0
        || field("frames_with_rows")? < 60.0
        || field("most_rows_in_a_frame")? >= 25.0
    {
        return Err(Failure::new(
            "the report has too few runs, too few frames with rows, or too many rows in one",
        ));
    }
    println!("live: ok");
    Ok(())
}

/// Whether a path is a picture that was made.
fn made(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.len() > 0)
}
