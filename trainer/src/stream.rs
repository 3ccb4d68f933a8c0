//! Random numbers by what they are for: the same on every device, in any order, and after any
//! resumption.
//!
//! Philox4x32-10 and the integer normals of `ddim_wgpu::noise`, under counters that no sampler uses:
//! (word/4, index lo, index hi, 2³¹ + purpose), where a sampler's last word is the number of a draw.

use ddim_wgpu::noise::{normal_from_word, philox4x32_10};

/// What random numbers are for. The numbers are part of what a seed means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Initial weights, by tensor.
    Weights = 0,
    /// The order of the rows, by pass over the data.
    Order = 1,
    /// Timesteps of a batch, by step.
    Timesteps = 2,
    /// Noise of a batch, by step.
    Noise = 3,
    /// Which samples are trained without their class, by step.
    ClassDropout = 4,
    /// Augmentation of a batch, by step.
    Augment = 5,
    /// Which rows are held out.
    Split = 6,
    /// Noise of the losses that are reported, by level.
    Measure = 7,
    /// Points of a drawing.
    Drawing = 8,
    /// Which rows are trained where encoding leads, by step.
    Encoding = 9,
}

/// An endless row of random words.
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u32; 2],
    counter: [u32; 4],
    words: [u32; 4],
    used: usize,
}

impl Stream {
    /// The words of `seed` for `purpose` at `index`.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        Self {
            key: [seed as u32, (seed >> 32) as u32],
            counter: [
                0,
                index as u32,
                (index >> 32) as u32,
                (1 << 31) + purpose as u32,
            ],
            words: [0; 4],
            used: 4,
        }
    }

    /// The next word.
    pub fn word(&mut self) -> u32 {
        if self.used == self.words.len() {
            self.words = philox4x32_10(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// Uniform in [0, 1), on a grid of 2⁻²⁴.
    pub fn uniform(&mut self) -> f32 {
        (self.word() >> 8) as f32 / (1 << 24) as f32
    }

    /// Uniform in [−limit, limit).
    pub fn within(&mut self, limit: f32) -> f32 {
        limit * (2.0 * self.uniform() - 1.0)
    }

    /// Uniform among 0 … `count` − 1, each to within `count` / 2³².
    pub fn below(&mut self, count: u32) -> u32 {
        ((u64::from(self.word()) * u64::from(count)) >> 32) as u32
    }

    /// A standard normal.
    pub fn normal(&mut self) -> f32 {
        normal_from_word(self.word())
    }

    /// The numbers 0 … `count` − 1 in a random order (Fisher and Yates).
    pub fn permutation(&mut self, count: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count).collect();
        for last in (1..count).rev() {
            let other = self.below(last + 1);
            order.swap(last as usize, other as usize);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a seed means: other numbers would make another model of the same recipe.
    #[test]
    fn a_seed_keeps_its_meaning() {
        let mut stream = Stream::new(42, Purpose::Noise, 7);
        let words: Vec<u32> = (0..5).map(|_| stream.word()).collect();
        let block = |i| philox4x32_10([i, 7, 0, 0x8000_0003], [42, 0]);
        assert_eq!(words[..4], block(0));
        assert_eq!(words[4], block(1)[0]);
    }

    #[test]
    fn a_permutation_has_every_number_once() {
        let mut order = Stream::new(1, Purpose::Order, 0).permutation(1000);
        assert!(!order.is_sorted());
        order.sort_unstable();
        assert!(order.iter().copied().eq(0..1000));
    }
}
