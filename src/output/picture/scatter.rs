//! Points of the plane as a picture: every point a soft disc of light, the sum of the light
//! tone-mapped.
//!
//! A hundred points are separate dots; a million are a density in which a stray point can still be
//! seen. Light adds up in f32 before it is mapped, so nothing saturates, and the picture does not
//! depend on the order of the points beyond rounding.

use std::sync::LazyLock;

use super::error::PictureError;
use super::raster::{Pixels, Raster};

/// Side of the picture in pixels.
const SIDE: usize = 960;

/// Data live in `[−1, 1]`; a little room around it.
const HALF_VIEW: f32 = 1.3;

/// Distance of the faint lines in data units.
const LINE_DISTANCE: f32 = 0.5;

/// Brightness of what is between pictures, as a palette index.
pub(super) const FRAME: u8 = 40;

/// Brightness of the faint lines, and of those through 0, as palette indices.
const LINE: u8 = 9;
const AXIS: u8 = 20;

/// The square of the plane that a picture shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Centre in data units.
    pub center: [f32; 2],
    /// Half of the side in data units, equal on both axes; positive.
    pub half_side: f32,
}

impl View {
    /// The view for data in `[−1, 1]²`, always the same so that pictures can be compared.
    pub const UNIT: Self = Self {
        center: [0.0; 2],
        half_side: HALF_VIEW,
    };

    /// [`View::UNIT`] if it shows all but stray points, else the square around the points.
    ///
    /// `points` is `[count, 2]`; stray are the outermost 0.5 % on each side of each axis, and what
    /// is not finite.
    pub fn fit(points: &[f32]) -> Self {
        let range = |axis: usize| -> Option<(f32, f32)> {
            let mut values: Vec<f32> = points
                .iter()
                .skip(axis)
                .step_by(2)
                .copied()
                .filter(|v| v.is_finite())
                .collect();
            values.sort_unstable_by(f32::total_cmp);
            let stray = values.len() / 200;
            Some((*values.get(stray)?, values[values.len() - 1 - stray]))
        };
        let (Some(x), Some(y)) = (range(0), range(1)) else {
            return Self::UNIT;
        };
        let outermost = [x.0, x.1, y.0, y.1]
            .into_iter()
            .fold(0.0_f32, |most, v| most.max(v.abs()));
        if outermost <= HALF_VIEW {
            return Self::UNIT;
        }
        // Halved before they are added: the sum of two finite values may be infinite.
        Self {
            center: [x.0 / 2.0 + x.1 / 2.0, y.0 / 2.0 + y.1 / 2.0],
            half_side: (x.1 / 2.0 - x.0 / 2.0)
                .max(y.1 / 2.0 - y.0 / 2.0)
                .max(HALF_VIEW)
                * 1.1,
        }
    }

    /// This view with its side multiplied by `factor`.
    pub fn widened(self, factor: f32) -> Self {
        Self {
            half_side: self.half_side * factor,
            ..self
        }
    }
}

/// Draws `[count, 2]` points, x to the right and y upwards. Points outside the view, or not finite,
/// are left out.
///
/// # Errors
/// [`PictureError::Empty`] without points.
///
/// # Panics
/// If `points` has an odd length.
pub fn draw(points: &[f32], view: View) -> Result<Raster, PictureError> {
    draw_sized(points, view, SIDE)
}

/// As [`draw`], `side` pixels wide and high.
pub(super) fn draw_sized(points: &[f32], view: View, side: usize) -> Result<Raster, PictureError> {
    assert!(points.len().is_multiple_of(2), "half a point");
    if points.is_empty() {
        return Err(PictureError::Empty);
    }
    let mut indices = expose(&light(points, view, side));
    rule(&mut indices, view, side);
    Ok(Raster {
        width: side as u32,
        height: side as u32,
        pixels: Pixels::Indexed {
            indices,
            palette: &PALETTE,
        },
    })
}

/// The sum of all discs, 1 at the centre of a single one.
fn light(points: &[f32], view: View, side: usize) -> Vec<f32> {
    // Half a disc's edge is one pixel of anti-aliasing; the fewer the points, the larger they are.
    let radius = (0.8 + 60.0 / (points.len() as f32 / 2.0).sqrt()).min(6.0);
    // Smaller in a smaller picture, but not so small that a lone one is lost.
    let radius = (radius * side as f32 / SIDE as f32).max(0.6);
    let reach = radius + 0.5;
    let pixels_per_unit = side as f32 / (2.0 * view.half_side);
    let mut light = vec![0.0; side * side];
    for point in points.as_chunks::<2>().0 {
        let x = (point[0] - view.center[0] + view.half_side) * pixels_per_unit - 0.5;
        let y = (view.center[1] + view.half_side - point[1]) * pixels_per_unit - 0.5;
        let inside = -reach..side as f32 + reach;
        if !(inside.contains(&x) && inside.contains(&y)) {
            continue;
        }
        // `as usize` saturates at 0 on the left and above.
        let span = |center: f32| {
            (center - reach).ceil() as usize
                ..((center + reach).floor() + 1.0).min(side as f32) as usize
        };
        for row in span(y) {
            for column in span(x) {
                let distance = (column as f32 - x).hypot(row as f32 - y);
                light[row * side + column] += (reach - distance).clamp(0.0, 1.0);
            }
        }
    }
    light
}

/// Light to palette indices: logarithmic above the light of one point, so that sparse and dense
/// parts both show.
fn expose(light: &[f32]) -> Vec<u8> {
    let mut lit: Vec<f32> = light.iter().copied().filter(|&l| l > 0.0).collect();
    if lit.is_empty() {
        return vec![0; light.len()];
    }
    let bright = lit.len() * 99 / 100;
    let reference = *lit.select_nth_unstable_by(bright, f32::total_cmp).1;
    // A lone disc shines at 0.75 of the scale when nothing overlaps, and gives way as the densest
    // parts grow.
    let reference = reference.max(1.0);
    let top = 0.75 + 0.2 * (1.0 - 1.0 / reference);
    let knee = 6.0 / reference;
    let scale = top / (reference * knee).ln_1p();
    light
        .iter()
        .map(|&l| ((l * knee).ln_1p() * scale * 255.0).min(255.0).round() as u8)
        .collect()
}

/// Faint lines at every half unit, where nothing brighter is.
fn rule(indices: &mut [u8], view: View, side: usize) {
    // Wide views get fewer lines rather than a mesh.
    let distance = LINE_DISTANCE * (view.half_side / 4.0).log2().ceil().max(0.0).exp2();
    let pixels_per_unit = side as f32 / (2.0 * view.half_side);
    let mut lines = vec![0_u8; side];
    let mut mark = |start: f32| {
        lines.fill(0);
        let (first, last) = (
            (start / distance).ceil(),
            ((start + 2.0 * view.half_side) / distance).floor(),
        );
        for step in 0..=(last - first).max(0.0) as usize {
            let position = (first + step as f32) * distance;
            let pixel = ((position - start) * pixels_per_unit) as usize;
            lines[pixel.min(side - 1)] = if position == 0.0 { AXIS } else { LINE };
        }
        lines.clone()
    };
    let columns = mark(view.center[0] - view.half_side);
    let mut rows = mark(view.center[1] - view.half_side);
    rows.reverse();
    for (row, indices) in rows.iter().zip(indices.chunks_exact_mut(side)) {
        for (column, index) in columns.iter().zip(indices) {
            *index = (*index).max(*row).max(*column);
        }
    }
}

/// Night blue through violet and orange to a warm white; lightness rises evenly.
static PALETTE: LazyLock<[[u8; 3]; 256]> = LazyLock::new(|| {
    const STOPS: [(f32, [f32; 3]); 7] = [
        (0.00, [13.0, 15.0, 28.0]),
        (0.10, [31.0, 35.0, 62.0]),
        (0.30, [72.0, 56.0, 132.0]),
        (0.50, [156.0, 64.0, 138.0]),
        (0.70, [233.0, 96.0, 92.0]),
        (0.87, [254.0, 176.0, 98.0]),
        (1.00, [255.0, 246.0, 214.0]),
    ];
    std::array::from_fn(|index| {
        let at = index as f32 / 255.0;
        let above = STOPS
            .iter()
            .position(|stop| stop.0 >= at)
            .unwrap_or(STOPS.len() - 1)
            .max(1);
        let ((low, from), (high, to)) = (STOPS[above - 1], STOPS[above]);
        let part = (at - low) / (high - low);
        std::array::from_fn(|channel| {
            (from[channel] + part * (to[channel] - from[channel])).round() as u8
        })
    })
});

pub(super) fn palette() -> &'static [[u8; 3]; 256] {
    &PALETTE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indices(points: &[f32]) -> Vec<u8> {
        draw(points, View::fit(points)).unwrap().bytes().to_vec()
    }

    #[test]
    fn a_point_lands_where_it_is() {
        let picture = indices(&[0.65, 0.65]);
        let brightest = picture
            .iter()
            .enumerate()
            .max_by_key(|(_, v)| **v)
            .unwrap()
            .0;
        let (row, column) = (brightest / SIDE, brightest % SIDE);
        // 0.65 is half of the view's half side: three quarters across, one quarter down.
        assert!(
            row.abs_diff(SIDE / 4) <= 6 && column.abs_diff(SIDE * 3 / 4) <= 6,
            "{row} {column}"
        );
    }

    #[test]
    fn values_that_are_not_numbers_are_left_out() {
        let points = [
            f32::NAN,
            0.0,
            0.0,
            f32::INFINITY,
            1e30,
            0.0,
            f32::MAX,
            f32::MIN,
        ];
        assert_eq!(View::fit(&[f32::NAN; 4]), View::UNIT);
        let view = View::fit(&[f32::MAX, f32::MIN, f32::MIN, f32::MAX]);
        assert!(view.center.iter().all(|v| v.is_finite()));
        let lines = draw(&[50.0, 50.0], View::UNIT).unwrap();
        assert_eq!(draw(&points, View::UNIT).unwrap(), lines);
        assert!(matches!(draw(&[], View::UNIT), Err(PictureError::Empty)));
    }

    #[test]
    fn a_stray_point_does_not_move_the_view() {
        let mut points: Vec<f32> = (0..1000).map(|i| (i as f32 * 0.1).sin()).collect();
        points[0] = 80.0;
        assert_eq!(View::fit(&points), View::UNIT);
        let far: Vec<f32> = points.iter().map(|v| v + 10.0).collect();
        let view = View::fit(&far);
        assert!(
            (view.center[0] - 10.0).abs() < 0.1 && view.half_side < 2.0,
            "{view:?}"
        );
    }
}
