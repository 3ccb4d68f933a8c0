//! One number that stands for all noise: every machine, driver and version must arrive at [`HASH`].
//!
//! The hashed normals are those of [`SAMPLES`] samples of [`DIMS`] elements, from sample
//! [`FIRST_SAMPLE`] on, under [`SEED`] in draw [`DRAW`], sample after sample: 2²⁰ numbers. The
//! constants put a bit into both words of the key and let the sample index carry from its low word
//! into its high one, so a swapped or dropped counter word shows.

/// Seed of the hashed noise.
pub const SEED: u64 = 0x0123_4567_89AB_CDEF;
/// Global index of the first hashed sample: the low word overflows in the
/// middle of the hashed range.
pub const FIRST_SAMPLE: u64 = (1 << 32) - 512;
/// Number of hashed samples.
pub const SAMPLES: usize = 1024;
/// Elements of each hashed sample.
pub const DIMS: usize = 1024;
/// Draw of the hashed noise.
pub const DRAW: u32 = 3;
/// The published hash, [`of`] the numbers described above. A release that changes
/// it is a breaking change.
pub const HASH: u64 = 0x1AB4_A1B9_4137_80C0;

/// The 64-bit FNV-1a hash of the numbers' bits, taken as little-endian bytes in order.
///
/// Order, sign of zero and every last bit count. Not cryptographic: it finds
/// accidents, not forgeries.
#[must_use]
pub fn of(values: &[f32]) -> u64 {
    const OFFSET_BASIS: u64 = 0xCBF2_9CE4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    let bytes = values
        .iter()
        .flat_map(|value| value.to_bits().to_le_bytes());
    bytes.fold(OFFSET_BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}
