//! One pair of axes and what is drawn over them.

use super::axis::Axis;
use super::canvas::{Canvas, FAINT_INK, GRID, INK};
use super::series::{Mark, Panel, Series};
use super::text::{self, Anchor};

/// Room around the axes for the writing, in pixels.
const LEFT: f32 = 120.0;
const RIGHT: f32 = 40.0;
const TOP: f32 = 104.0;
const BOTTOM: f32 = 90.0;

const LINE: f32 = 3.0;
const DOT: f32 = 5.0;
/// Dots closer than this are drawn smaller.
const CROWDED: f32 = 14.0;

/// Draws `panel` into the rectangle at `corner`.
pub fn draw(canvas: &mut Canvas, panel: &Panel, corner: [f32; 2], size: [f32; 2]) {
    let (left, right) = (corner[0] + LEFT, corner[0] + size[0] - RIGHT);
    let (top, bottom) = (corner[1] + TOP, corner[1] + size[1] - BOTTOM);
    let values = |axis: usize| {
        let points = panel.series.iter().flat_map(|series| &series.points);
        points.map(move |point| point[axis])
    };
    let (x_axis, y_axis) = (
        Axis::of(values(0), ((right - left) / 110.0) as usize),
        Axis::of(values(1), 5),
    );
    let x_of = |value: f64| left + x_axis.place(value) * (right - left);
    let y_of = |value: f64| bottom - y_axis.place(value) * (bottom - top);

    canvas.text(
        &panel.title,
        [left, corner[1] + 34.0],
        text::HEADING,
        INK,
        Anchor::Start,
    );
    let frame = [left, top, right, bottom];
    ticks(canvas, frame, &x_axis, &y_axis);
    canvas.line(&[[left, top], [left, bottom], [right, bottom]], 2.0, INK);
    let middle = 0.5 * (left + right);
    canvas.text(
        &panel.x_label,
        [middle, bottom + 66.0],
        text::LABEL,
        INK,
        Anchor::Middle,
    );
    let middle = 0.5 * (top + bottom);
    canvas.text_upwards(&panel.y_label, [corner[0] + 36.0, middle], text::LABEL, INK);

    for series in &panel.series {
        let finite = series
            .points
            .iter()
            .filter(|[x, y]| x.is_finite() && y.is_finite());
        let points: Vec<[f32; 2]> = finite.map(|&[x, y]| [x_of(x), y_of(y)]).collect();
        draw_series(canvas, series, &points);
    }
    legend(canvas, panel, [left, corner[1] + 76.0]);
}

/// Lines across the axes and the labels of their ends; `frame` is left, top, right and bottom.
fn ticks(canvas: &mut Canvas, frame: [f32; 4], x_axis: &Axis, y_axis: &Axis) {
    let [left, top, right, bottom] = frame;
    for (value, label) in y_axis.ticks() {
        let y = bottom - y_axis.place(value) * (bottom - top);
        canvas.line(&[[left, y], [right, y]], 1.5, GRID);
        canvas.text(
            &label,
            [left - 14.0, y + 7.0],
            text::TICK,
            FAINT_INK,
            Anchor::End,
        );
    }
    for (value, label) in x_axis.ticks() {
        let x = left + x_axis.place(value) * (right - left);
        canvas.line(&[[x, top], [x, bottom]], 1.5, GRID);
        canvas.text(
            &label,
            [x, bottom + 30.0],
            text::TICK,
            FAINT_INK,
            Anchor::Middle,
        );
    }
}

fn draw_series(canvas: &mut Canvas, series: &Series, points: &[[f32; 2]]) {
    if series.mark != Mark::Dots {
        canvas.line(points, LINE, series.color);
    }
    if series.mark != Mark::Line {
        let length = |pair: &[[f32; 2]]| (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]);
        let total: f32 = points.windows(2).map(length).sum();
        let distance = total / points.len().max(1) as f32;
        let radius = DOT * (distance / CROWDED).clamp(0.4, 1.0);
        for &point in points {
            canvas.dot(point, radius, series.color);
        }
    }
}

/// Between the title and the axes, in one line.
fn legend(canvas: &mut Canvas, panel: &Panel, [mut x, y]: [f32; 2]) {
    for series in &panel.series {
        let middle = y - 7.0;
        if series.mark != Mark::Dots {
            canvas.line(&[[x, middle], [x + 32.0, middle]], LINE, series.color);
        }
        if series.mark != Mark::Line {
            canvas.dot([x + 16.0, middle], DOT, series.color);
        }
        x += 44.0;
        canvas.text(&series.label, [x, y], text::TICK, INK, Anchor::Start);
        x += text::width(&series.label, text::TICK) + 36.0;
    }
}
