//! Options for pictures that are read.

use clap::{Args, ValueEnum};
use ddim_wgpu::output::RunParameters;

use super::picture::{Conversion, Fit, color_name};

/// How pictures are brought to the model's samples.
#[derive(Debug, Args)]
pub struct PictureArguments {
    /// What to do with a picture of another aspect than the model's: take its middle, pad it with
    /// the background, or stretch it
    #[arg(long, value_name = "HOW", default_value = "crop")]
    fit: FitName,
    /// What is behind the transparent parts of a picture, and beside a padded one: white, black, or
    /// #rrggbb
    #[arg(long, value_name = "COLOR", default_value = "white", value_parser = parse_color)]
    background: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FitName {
    Crop,
    Pad,
    Stretch,
}

/// Red, green and blue. A type of its own, as clap takes an array for several values.
#[derive(Debug, Clone, Copy)]
struct Color([u8; 3]);

impl PictureArguments {
    pub fn conversion(&self) -> Conversion {
        Conversion {
            fit: match self.fit {
                FitName::Crop => Fit::Crop,
                FitName::Pad => Fit::Pad,
                FitName::Stretch => Fit::Stretch,
            },
            background: self.background.0,
        }
    }

    /// What is not as it is by default.
    pub fn record(&self, run: &mut RunParameters) {
        let default = Conversion::default();
        let conversion = self.conversion();
        if conversion.fit != default.fit {
            let name = match self.fit {
                FitName::Crop => "crop",
                FitName::Pad => "pad",
                FitName::Stretch => "stretch",
            };
            run.option("fit", name);
        }
        if conversion.background != default.background {
            run.option("background", color_name(conversion.background));
        }
    }
}

fn parse_color(text: &str) -> Result<Color, String> {
    let wrong = || "give `white`, `black` or #rrggbb".to_owned();
    match text {
        "white" => return Ok(Color([255; 3])),
        "black" => return Ok(Color([0; 3])),
        _ => {}
    }
    let digits = text.strip_prefix('#').ok_or_else(wrong)?;
    if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let value = u32::from_str_radix(digits, 16).map_err(|_| wrong())?;
    let [_, red, green, blue] = value.to_be_bytes();
    Ok(Color([red, green, blue]))
}
