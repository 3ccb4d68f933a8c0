//! Starts `examples/bevy_particles` on a virtual display and checks that noise becomes the
//! dinosaur, twice, in the same window. `--picture FILE` also makes the picture of
//! `examples/README.md`.
//!
//! Needs Xvfb, xdotool and ImageMagick, a Vulkan driver (a software one will do), and the Rust of
//! `examples/bevy_particles/rust-toolchain.toml`. Bevy takes minutes to compile.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::display::{self, Stage};
use crate::failure::Failure;
use crate::imagemagick::{convert, differing_pixels, value};
use crate::process::{self, poll};
use crate::workspace;

/// The window shows −1.6 to 1.6 in 900 pixels.
const SIDE: u32 = 900;

/// The square from −1 to 1, in which data are.
const SQUARE: [&str; 3] = ["-crop", "570x570+165+165", "+repage"];

/// What a screenshot is checked for.
#[derive(Clone, Copy, Debug)]
enum Scene {
    Noise,
    Data,
}

/// What was measured in a screenshot, each in 0…1.
#[derive(Debug)]
struct Light {
    /// Share of the window that is lit.
    lit: f64,
    /// Share of that in the square of data.
    inside: f64,
    /// Share of the square's cells of 19 pixels that are dark.
    dark: f64,
}

impl Light {
    fn of(picture: &Path, lit: &Path) -> Result<Self, Failure> {
        let words = ["-colorspace", "Gray", "-threshold", "20%"].map(AsRef::as_ref);
        convert([&[picture.as_os_str()], &words[..], &[lit.as_os_str()]].concat())?;
        let all = value(lit, &[], "mean")?;
        let inside = value(lit, &SQUARE, "mean * 570 * 570 / 900 / 900")?;
        let cells = [&SQUARE[..], &["-scale", "30x30", "-threshold", "5%"]].concat();
        Ok(Self {
            lit: all,
            inside: inside / (all + 1e-9),
            dark: value(lit, &cells, "1 - mean")?,
        })
    }

    /// Of standard normal points less than two thirds are in the square, and hardly a cell of it is
    /// dark; of data all are, and most cells are dark.
    fn shows(&self, scene: Scene) -> bool {
        match scene {
            Scene::Noise => self.lit > 0.02 && self.inside < 0.75 && self.dark < 0.1,
            Scene::Data => self.lit > 0.005 && self.inside > 0.99 && self.dark > 0.55,
        }
    }
}

/// Runs the check.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let picture = match arguments {
        [] => None,
        [option, file] if option == "--picture" => Some(workspace::given_path(file)?),
        _ => return Err(Failure::usage("")),
    };
    display::tools()?;
    let program = build()?;
    let mut stage = Stage::open(&workspace::scratch("bevy")?, SIDE, SIDE)?;
    stage.start(&program, &[])?;

    let noise = await_scene(&mut stage, "noise", Scene::Noise)?;
    let data = await_scene(&mut stage, "data", Scene::Data)?;
    // The next seed, in the same buffers: other points of the same figure.
    await_scene(&mut stage, "noise-again", Scene::Noise)?;
    let again = await_scene(&mut stage, "data-again", Scene::Data)?;
    if differing_pixels(&data, &again)? <= 1000.0 {
        return Err(stage.failure("another seed gave the same picture"));
    }
    if let Some(picture) = picture {
        let result = format!("PNG8:{}", picture.display());
        let reduce = [
            "+append", "-resize", "50%", "-dither", "None", "-colors", "32", "-strip", &result,
        ];
        let words = reduce.map(AsRef::as_ref);
        convert([&[noise.as_os_str(), data.as_os_str()], &words[..]].concat())?;
    }

    // Closed while the device is at work.
    stage.focus("ddim-wgpu in bevy")?;
    stage.xdotool(&["key", "--window", "0", "Escape"])?;
    let log = stage.finish()?;
    if ["Validation", "validation", "panicked", "ERROR"]
        .iter()
        .any(|word| log.contains(word))
    {
        return Err(Failure::new(format_args!("the app complained:\n{log}")));
    }
    println!("bevy: ok");
    Ok(())
}

fn build() -> Result<PathBuf, Failure> {
    let folder = workspace::root().join("examples/bevy_particles");
    if !process::succeeds(workspace::cargo_of(&folder).arg("--version")) {
        return Err(Failure::new(
            "the Rust of rust-toolchain.toml is missing: rustup toolchain install",
        ));
    }
    process::checked(workspace::cargo_of(&folder).args(["build", "--quiet", "--locked"]))?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    Ok(folder.join(target).join("debug/bevy_particles"))
}

/// Waits for a screenshot of noise or of data.
fn await_scene(stage: &mut Stage, name: &str, scene: Scene) -> Result<PathBuf, Failure> {
    let lit = stage.picture("lit");
    let mut last = None;
    let seen = poll(Duration::from_secs(180), || {
        let mut look = || {
            stage.running(name)?;
            let picture = stage.shoot(name)?;
            let light = Light::of(&picture, &lit)?;
            let shown = light.shows(scene).then_some(picture);
            last = Some(light);
            Ok(shown)
        };
        look().transpose()
    });
    let text = last.map_or_else(String::new, |light| {
        format!(
            "{} of the window is lit, {} of that in the square of data, {} of whose cells are dark",
            light.lit, light.inside, light.dark
        )
    });
    match seen {
        Some(Ok(picture)) => {
            println!("{name}: {text}");
            Ok(picture)
        }
        Some(Err(failure)) => Err(failure),
        None => Err(stage.failure(format_args!("never saw {name}: {text}"))),
    }
}
