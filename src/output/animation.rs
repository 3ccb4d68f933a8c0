//! Which states of a run become frames, and how long each is shown.

/// Frames an animation has at most; longer runs show evenly spaced steps.
pub const MAX_FRAMES: usize = 80;

/// What the moving part should last, and the bounds of one frame, in hundredths of a second. Viewers slow down what is
/// faster than two hundredths.
const MOVING: usize = 320;
const SHORTEST: usize = 3;
const LONGEST: usize = 25;

/// How long the last frame, the result, stays.
const HOLD: u16 = 220;

/// Which of `states` states to show in at most `frames` frames: evenly spaced, with the first and the last.
pub fn frame_indices(states: usize, frames: usize) -> Vec<usize> {
    let frames = states.min(frames);
    let last = frames.saturating_sub(1).max(1);
    (0..frames)
        .map(|frame| frame * (states - 1) / last)
        .collect()
}

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
    fn frames_are_evenly_spaced() {
        assert!(frame_indices(0, MAX_FRAMES).is_empty());
        assert_eq!(frame_indices(1, MAX_FRAMES), [0]);
        assert_eq!(frame_indices(3, MAX_FRAMES), [0, 1, 2]);
        assert_eq!(frame_indices(11, 3), [0, 5, 10]);
        let many = frame_indices(1001, MAX_FRAMES);
        assert_eq!((many.len(), many[0], many[79]), (80, 0, 1000));
        assert!(many.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn the_last_frame_is_held() {
        assert_eq!([delay(0, 51), delay(50, 51)], [6, HOLD]);
        assert_eq!([delay(0, 1), delay(0, 2), delay(0, 500)], [HOLD, 25, 3]);
    }
}
