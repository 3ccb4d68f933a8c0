//! The buttons of the transport, drawn: no font has all of their signs.

use eframe::egui;
use egui::{Pos2, Rect, Shape, Vec2};

/// Convex polygons in a square from −1 to 1.
pub(crate) type Icon = &'static [&'static [[f32; 2]]];

const fn bar(left: f32, right: f32) -> [[f32; 2]; 4] {
    [[left, -0.9], [right, -0.9], [right, 0.9], [left, 0.9]]
}

pub(crate) const PLAY: Icon = &[&[[-0.7, -0.95], [0.9, 0.0], [-0.7, 0.95]]];
pub(crate) const PAUSE: Icon = &[&bar(-0.75, -0.25), &bar(0.25, 0.75)];
pub(crate) const START: Icon = &[&bar(-0.9, -0.6), &[[0.9, -0.9], [0.9, 0.9], [-0.5, 0.0]]];
pub(crate) const BACK: Icon = &[&[[0.3, -0.9], [0.3, 0.9], [-0.9, 0.0]], &bar(0.5, 0.8)];
pub(crate) const ON: Icon = &[&bar(-0.8, -0.5), &[[-0.3, -0.9], [0.9, 0.0], [-0.3, 0.9]]];

/// A button with an icon on it.
pub(crate) fn button(ui: &mut egui::Ui, icon: Icon) -> egui::Response {
    let response = ui.add(egui::Button::new("").min_size(Vec2::new(36.0, 26.0)));
    let color = ui.style().interact(&response).fg_stroke.color;
    let field = Rect::from_center_size(response.rect.center(), Vec2::splat(12.0));
    for polygon in icon {
        let place = |[x, y]: &[f32; 2]| -> Pos2 {
            field.center() + 0.5 * Vec2::new(x * field.width(), y * field.height())
        };
        let points = polygon.iter().map(place).collect();
        ui.painter()
            .add(Shape::convex_polygon(points, color, egui::Stroke::NONE));
    }
    response
}
