//! The pictures of `examples/README.md`: digits, and the way of the dinosaur as a film.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::made;
use super::window::Window;
use crate::failure::Failure;
use crate::files;
use crate::imagemagick::convert;

/// Makes both in a folder.
pub fn make(window: &mut Window, folder: &Path) -> Result<(), Failure> {
    files::make_folder(folder)?;
    // Without the plots: what a loaded machine measures says nothing.
    window.stage.keys(&["p"])?;
    let picture = window.shoot("picture")?;
    let digits = folder.join("digits.png");
    let mut words = vec![picture.into_os_string()];
    words.extend(["-dither", "None", "-colors", "64", "-strip"].map(OsString::from));
    words.push(format!("PNG8:{}", digits.display()).into());
    convert(words)?;
    let dino = folder.join("dino.gif");
    film(window, &dino)?;
    window.holds(
        made(&digits) && made(&dino),
        "the pictures were not written",
    )
}

fn film(window: &mut Window, file: &Path) -> Result<(), Failure> {
    window.stage.keys(&["3"])?;
    window.stage.await_title("dino, [0-9]+ of")?;
    window.drag((60, 229), (98, 229))?;
    window.stage.keys(&["Home"])?;
    window.stage.await_title("dino, 0 of")?;
    let title = window.stage.title("ddim-wgpu live").unwrap_or_default();
    let rows: u32 = title
        .rsplit(' ')
        .next()
        .and_then(|rows| rows.parse().ok())
        .ok_or_else(|| {
            window
                .stage
                .failure(format_args!("no number of rows in the title \"{title}\""))
        })?;
    let mut words: Vec<OsString> = Vec::new();
    for row in 0..=rows {
        window.stage.await_title(&format!("dino, {row} of"))?;
        // At first only every eighth step, for little happens there.
        if row % 8 == 0 || row + 10 > rows {
            let frame = window.stage.picture(&format!("film-{row}"));
            let picture = window.shoot("film")?;
            fs::rename(&picture, &frame)
                .map_err(|error| Failure::new(format_args!("{}: {error}", picture.display())))?;
            let hundredths = if row == rows {
                "200"
            } else if row == 0 {
                "60"
            } else {
                "12"
            };
            words.extend(["-delay", hundredths].map(OsString::from));
            words.push(frame.into_os_string());
        }
        window.stage.keys(&["Right"])?;
    }
    words.extend(
        [
            "-crop",
            "670x670+385+2",
            "+repage",
            "-resize",
            "320x320",
            "-dither",
            "None",
            "-colors",
            "40",
            "-layers",
            "Optimize",
            "-loop",
            "0",
        ]
        .map(OsString::from),
    );
    words.push(file.into());
    convert(words)
}
