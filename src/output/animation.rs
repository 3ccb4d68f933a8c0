//! How many frames an animation has, and how long each is shown.

/// Frames an animation has at most; longer runs show evenly spaced steps.
pub const MAX_FRAMES: usize = 80;

/// What the moving part should last, and the bounds of one frame, in hundredths of a second.
/// Viewers slow down what is faster than two hundredths.
const MOVING: usize = 320;
const SHORTEST: usize = 3;
const LONGEST: usize = 25;

/// How long the last frame, the result, stays.
const HOLD: u16 = 220;

/// Hundredths of a second that frame `index` of `frames` stays.
pub fn delay(index: usize, frames: usize) -> u16 {
    if index + 1 < frames {
        (MOVING / frames).clamp(SHORTEST, LONGEST) as u16
    } else {
        HOLD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_frame_is_held() {
        assert_eq!([delay(0, 51), delay(50, 51)], [6, HOLD]);
        assert_eq!([delay(0, 1), delay(0, 2), delay(0, 500)], [HOLD, 25, 3]);
    }
}
