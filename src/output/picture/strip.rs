//! A still of the way from noise to data, for print.

use super::error::PictureError;
use super::grid::GridLayout;
use super::raster::{Pixels, Raster};
use super::scatter::{self, View};

/// Sum of the widths of the panels of points, and the bounds of one, in pixels.
const PANELS: usize = 1_920;
const NARROWEST: usize = 240;
const WIDEST: usize = 480;

/// Pixels between panels, and around them.
const MARGIN: usize = 4;

/// Draws states of the same samples side by side: of images a row for each sample and a column for
/// each state, of points a panel for each state, all in the view of the last.
///
/// Each state is `[count, …sample_shape]`, count at least 1.
///
/// # Errors
/// [`PictureError`], as for any picture of that shape.
///
/// # Panics
/// If the states are not of one length, or hold a part of a sample.
pub fn draw(states: &[Vec<f32>], sample_shape: &[usize]) -> Result<Raster, PictureError> {
    let last = states.last().ok_or(PictureError::Empty)?;
    assert!(states.iter().all(|state| state.len() == last.len()));
    if sample_shape == [2] {
        return panels(states, View::fit(last).widened(1.35));
    }
    let dims = sample_shape.iter().product::<usize>().max(1);
    assert!(last.len().is_multiple_of(dims), "a part of a sample");
    let (columns, rows) = (states.len(), last.len() / dims);
    let layout = GridLayout::new(columns * rows, sample_shape, Some(columns))?;
    let cell = |row: usize| {
        let own = row * dims..(row + 1) * dims;
        states.iter().flat_map(move |state| &state[own.clone()])
    };
    let values: Vec<f32> = (0..rows).flat_map(cell).copied().collect();
    Ok(layout.draw(&values))
}

fn panels(states: &[Vec<f32>], view: View) -> Result<Raster, PictureError> {
    let side = (PANELS / states.len()).clamp(NARROWEST, WIDEST);
    let width = states.len() * (side + MARGIN) + MARGIN;
    let height = side + 2 * MARGIN;
    let mut all = vec![scatter::FRAME; width * height];
    for (column, state) in states.iter().enumerate() {
        let panel = scatter::draw_sized(state, view, side)?;
        let left = MARGIN + column * (side + MARGIN);
        for (y, line) in panel.bytes().chunks_exact(side).enumerate() {
            all[(MARGIN + y) * width + left..][..side].copy_from_slice(line);
        }
    }
    Ok(Raster {
        width: width as u32,
        height: height as u32,
        pixels: Pixels::Indexed {
            indices: all,
            palette: scatter::palette(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_samples_and_columns_states() {
        // Two samples of one pixel, three states.
        let states = [[-1.0, 1.0], [0.0, 0.0], [1.0, -1.0]].map(|state| state.to_vec());
        let raster = draw(&states, &[1, 1, 1]).unwrap();
        let at = |column: usize, row: usize| {
            raster.bytes()[(8 + 12 * row) * raster.width as usize + 8 + 12 * column]
        };
        assert_eq!((raster.width, raster.height), (3 * 12 + 4, 2 * 12 + 4));
        assert_eq!([at(0, 0), at(1, 0), at(2, 0)], [0, 128, 255]);
        assert_eq!([at(0, 1), at(1, 1), at(2, 1)], [255, 128, 0]);
    }

    #[test]
    fn points_are_panels_in_one_view() {
        let states = [vec![0.65, 0.65], vec![0.65, 0.65]];
        let raster = draw(&states, &[2]).unwrap();
        assert_eq!((raster.width, raster.height), (2 * 484 + 4, 488));
        let line = |y: usize| &raster.bytes()[y * raster.width as usize..][..raster.width as usize];
        assert_eq!(line(100)[4..484], line(100)[488..968]);
        assert!(draw(&[], &[2]).is_err());
    }
}
