//! Letters, from a subset of Inter (SIL Open Font License, see `font/OFL.txt`): ASCII, and the
//! signs that the formulas need.

use std::sync::LazyLock;

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use tiny_skia::{Path, PathBuilder, Transform};

/// Sizes in pixels.
pub const TITLE: f32 = 36.0;
pub const SUBTITLE: f32 = 24.0;
pub const HEADING: f32 = 26.0;
pub const LABEL: f32 = 22.0;
pub const TICK: f32 = 20.0;

static FONT: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    FontRef::new(include_bytes!("font/inter-subset.ttf")).expect("the font is a font")
});

/// In the units of the font, which has one weight.
fn unscaled() -> (Size, LocationRef<'static>) {
    (Size::unscaled(), LocationRef::default())
}

/// Which point of a text is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

struct Outline(PathBuilder);

impl OutlinePen for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }
    fn close(&mut self) {
        self.0.close();
    }
}

/// What the font lacks is shown as its box, which a test looks for.
fn glyph(letter: char) -> GlyphId {
    FONT.charmap().map(letter).unwrap_or(GlyphId::NOTDEF)
}

/// Whether a letter stands over the one before it.
fn is_combining(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

fn advance(letter: char) -> f32 {
    if is_combining(letter) {
        return 0.0;
    }
    let (size, location) = unscaled();
    let metrics = FONT.glyph_metrics(size, location);
    metrics.advance_width(glyph(letter)).unwrap_or(0.0)
}

fn scale(size: f32) -> f32 {
    let (unscaled, location) = unscaled();
    size / f32::from(FONT.metrics(unscaled, location).units_per_em)
}

/// The outline of a letter, y upwards; none if nothing is to be seen.
fn shape(letter: char) -> Option<Path> {
    let (size, location) = unscaled();
    let glyph = FONT.outline_glyphs().get(glyph(letter))?;
    let mut outline = Outline(PathBuilder::new());
    glyph
        .draw(DrawSettings::unhinted(size, location), &mut outline)
        .ok()?;
    outline.0.finish()
}

/// Width of a line in pixels.
pub fn width(text: &str, size: f32) -> f32 {
    text.chars().map(advance).sum::<f32>() * scale(size)
}

/// The outlines of a line whose baseline starts at the origin, y downwards; none if nothing is to
/// be seen.
pub fn outline(text: &str, size: f32) -> Option<Path> {
    let mut path = PathBuilder::new();
    // Where the next letter starts, and the middle of the last one.
    let (mut x, mut middle) = (0.0, 0.0);
    for letter in text.chars() {
        if let Some(shape) = shape(letter) {
            let at = if is_combining(letter) {
                middle - 0.5 * (shape.bounds().left() + shape.bounds().right())
            } else {
                x
            };
            if let Some(shape) = shape.transform(Transform::from_translate(at, 0.0)) {
                path.push_path(&shape);
            }
        }
        if !is_combining(letter) {
            middle = x + 0.5 * advance(letter);
            x += advance(letter);
        }
    }
    path.finish()?
        .transform(Transform::from_scale(scale(size), -scale(size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_every_letter_that_is_written() {
        let letters: String = (' '..='~').collect();
        for letter in format!("{letters}ᾱηεβσ·−√²x̂₀ε̂").chars() {
            assert!(FONT.charmap().map(letter).is_some(), "{letter:?}");
        }
    }

    #[test]
    fn a_line_is_as_wide_as_its_letters() {
        let one = width("m", 20.0);
        assert!(one > 5.0 && (width("mm", 20.0) - 2.0 * one).abs() < 1e-3);
        let outline = outline("mm", 20.0).expect("letters").bounds();
        assert!(outline.right() <= 2.0 * one && outline.top() < 0.0);
        assert!(super::outline(" ", 20.0).is_none());
        // A hat takes no room of its own.
        assert_eq!(width("x\u{302}", 20.0), width("x", 20.0));
        let [bare, hat] =
            ["x", "x\u{302}"].map(|x| super::outline(x, 20.0).expect("letters").bounds());
        assert!(hat.top() < bare.top() && hat.right() <= bare.right() + 1.0);
    }
}
