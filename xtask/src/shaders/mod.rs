//! Every kernel's WGSL, for every kind of network, through the compilers that drivers and browsers
//! use.
//!
//! - `naga`: validation with no optional capability, and translation with wgpu-hal's options
//! - `spirv`: SPIR-V 1.3 and 1.6 through spirv-val (Debian: spirv-tools)
//! - `tint`: WGSL through Chromium's Tint and Dawn's pipeline checks (npm: webgpu)
//! - `msl`: Metal texts against the reviewed ones in `tests/data/msl`, and Metal's limits
//! - `dxc`: HLSL 6.0 through Microsoft's `dxcompiler.dll` (npm: webgpu; Debian: wine64,
//!   gcc-mingw-w64-x86-64)
//! - `fxc`: HLSL 5.1 through Microsoft's `d3dcompiler_47.dll`, wgpu's fallback on Windows; needs
//!   the same as `dxc`, and takes a quarter of an hour
//!
//! Each compiler is first shown a planted error, which it must find. A stage whose tools are not
//! there and cannot be installed is "skipped: why". The task fails if a text fails or a planted
//! error passes.

mod microsoft;
mod msl;
mod naga;
mod spirv;
mod texts;
mod tint;

use std::fmt::Display;

use crate::failure::Failure;

use texts::Texts;

/// What this task takes.
pub const ARGUMENTS: &str = "[naga|spirv|tint|msl|dxc|fxc]… | --bless";

/// A stage says what it has found; an error is a fault of the stage itself.
type Stage = fn(&Texts, &mut Findings) -> Result<(), Failure>;

const STAGES: [(&str, Stage); 6] = [
    ("naga", naga::stage),
    ("spirv", spirv::stage),
    ("tint", tint::stage),
    ("msl", msl::stage),
    ("dxc", microsoft::dxc),
    ("fxc", microsoft::fxc),
];

/// Runs the named stages, or all; `--bless` accepts the Metal texts as they are now.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let bless = arguments.len() == 1 && arguments[0] == "--bless";
    let named = |name: &String| {
        STAGES
            .into_iter()
            .find(|(stage, _)| stage == name)
            .ok_or_else(|| Failure::usage(format_args!("there is no stage \"{name}\"")))
    };
    let stages = match arguments {
        _ if bless => Vec::new(),
        [] => STAGES.to_vec(),
        names => names.iter().map(named).collect::<Result<_, _>>()?,
    };
    let texts = Texts::translate()?;
    if bless {
        return msl::bless(&texts);
    }
    let mut failed = false;
    for (name, stage) in stages {
        let mut findings = Findings {
            stage: name,
            failed: false,
        };
        stage(&texts, &mut findings)?;
        failed |= findings.failed;
    }
    if failed {
        Err(Failure::reported(1))
    } else {
        Ok(())
    }
}

/// What a stage prints, a line each, and whether anything failed.
#[derive(Debug)]
struct Findings {
    stage: &'static str,
    failed: bool,
}

impl Findings {
    fn say(&self, what: impl Display) {
        println!("{:7} {what}", self.stage);
    }

    fn skip(&self, why: impl Display) {
        self.say(format_args!("skipped: {why}"));
    }

    fn fail(&mut self, what: impl Display) {
        self.say(format_args!("FAILED: {what}"));
        self.failed = true;
    }

    /// The planted error, which a compiler must find for the reason that it was planted for.
    fn planted(&mut self, found: bool) {
        if !found {
            self.fail("a planted error was not found");
        }
    }
}
