//! Data as they might have been: a little noise, or a small affine map of a picture.

use crate::recipe::AugmentRecipe;
use crate::stream::Stream;

/// What is done to each row each time that it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Augmentation {
    recipe: AugmentRecipe,
    /// `[channels, height, width]` of pictures.
    shape: Option<[usize; 3]>,
}

impl Augmentation {
    /// What a recipe asks for, on samples of a shape.
    #[must_use]
    pub fn new(recipe: &AugmentRecipe, sample_shape: &[usize]) -> Self {
        Self {
            recipe: recipe.clone(),
            shape: <[usize; 3]>::try_from(sample_shape).ok(),
        }
    }

    /// Rows as they are.
    #[must_use]
    pub fn none() -> Self {
        Self::new(&AugmentRecipe::default(), &[])
    }

    /// Appends the sample as `random` makes it.
    pub fn extend(&self, sample: &[f32], random: &mut Stream, values: &mut Vec<f32>) {
        let start = values.len();
        match self.shape {
            Some(shape) if self.recipe.maps() => self.map(sample, shape, random, values),
            _ => values.extend_from_slice(sample),
        }
        if self.recipe.jitter > 0.0 {
            for value in &mut values[start..] {
                *value += self.recipe.jitter as f32 * random.normal();
            }
        }
    }

    /// A picture, shifted, turned, zoomed and sheared (bilinear); what comes in from outside is as
    /// the nearest pixel of the edge.
    fn map(
        &self,
        sample: &[f32],
        [channels, height, width]: [usize; 3],
        random: &mut Stream,
        values: &mut Vec<f32>,
    ) {
        let recipe = &self.recipe;
        let mut within = |limit: f64| random.within(limit as f32);
        let (shift_x, shift_y) = (within(recipe.shift), within(recipe.shift));
        let (sin, cos) = within(recipe.rotate.to_radians()).sin_cos();
        let zoom = 1.0 + within(recipe.zoom);
        let shear = within(recipe.shear);
        let (middle_x, middle_y) = ((width as f32 - 1.0) / 2.0, (height as f32 - 1.0) / 2.0);
        let place = |value: f32, end: usize| value.clamp(0.0, end as f32 - 1.0);
        for channel in 0..channels {
            let plane = &sample[channel * height * width..][..height * width];
            let pixel = |x: usize, y: usize| plane[y.min(height - 1) * width + x.min(width - 1)];
            for row in 0..height {
                for column in 0..width {
                    let (u, v) = (column as f32 - middle_x, row as f32 - middle_y);
                    let x = zoom * (cos * u - sin * v + shear * v) + middle_x + shift_x;
                    let y = zoom * (sin * u + cos * v) + middle_y + shift_y;
                    let (x, y) = (place(x, width), place(y, height));
                    let (left, top) = (x as usize, y as usize);
                    let mix = |a: f32, b: f32, part: f32| a + (b - a) * part;
                    let upper = mix(pixel(left, top), pixel(left + 1, top), x.fract());
                    let lower = mix(pixel(left, top + 1), pixel(left + 1, top + 1), x.fract());
                    values.push(mix(upper, lower, y.fract()));
                }
            }
        }
    }
}
