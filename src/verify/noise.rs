//! The noise on a device: known answers, every segment of the normal's table, the published hash.

use crate::batch::Batch;
use crate::gpu::{Kernel, NoiseSource, Probe, SamplerError};
use crate::noise::fingerprint::{self, DIMS, DRAW, FIRST_SAMPLE, HASH, SAMPLES, SEED};
use crate::noise::{normal_from_word, philox4x32_10};
use crate::verify::harness::compare::Comparison;
use crate::verify::harness::report::{Check, Measure};
use crate::verify::harness::verifier::Verifier;

/// Counter, key and output of Random123's known-answer vectors for philox4x32-10 (`kat_vectors`).
const KNOWN_ANSWERS: [([u32; 4], [u32; 2], [u32; 4]); 3] = [
    (
        [0; 4],
        [0; 2],
        [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
    ),
    (
        [u32::MAX; 4],
        [u32::MAX; 2],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
    ),
    (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
        [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
    ),
];

pub async fn philox(on: &Verifier<'_>) -> Result<Check, SamplerError> {
    let what =
        "words of philox4x32-10 against Random123's known answers and blocks all over the counter";
    on.check("philox", what, Measure::Exact, async |comparison| {
        let input: Vec<u32> = KNOWN_ANSWERS
            .iter()
            .flat_map(|(counter, key, _)| [&counter[..], key].concat())
            .collect();
        let found = Probe::Philox.run(on.link, &input).await?;
        for (index, (found, (_, _, expected))) in found.chunks(4).zip(&KNOWN_ANSWERS).enumerate() {
            comparison.same(&format!("known answer {index}"), found, expected);
        }
        // Each bit of counter and key by itself.
        let places = (0..6).flat_map(|word| (0..32).map(move |bit| (word, bit)));
        let inputs: Vec<[u32; 6]> = places
            .map(|(word, bit)| {
                let mut input = [0; 6];
                input[word] = 1 << bit;
                input
            })
            .collect();
        let found = Probe::Philox.run(on.link, inputs.as_flattened()).await?;
        let expected: Vec<u32> = inputs
            .iter()
            .flat_map(|&[a, b, c, d, e, f]| philox4x32_10([a, b, c, d], [e, f]))
            .collect();
        comparison.same("a bit of counter or key", &found, &expected);
        Ok(())
    })
    .await
}

pub async fn normal(on: &Verifier<'_>) -> Result<Check, SamplerError> {
    let what = "normals of words: every segment of the table, both signs, and 2^18 words all over";
    on.check("normal", what, Measure::Exact, async |comparison| {
        let ends = (0..31).flat_map(|octave| {
            (0..16_u32).flat_map(move |segment| {
                let position = (16 + segment) << octave >> 4;
                [position.saturating_sub(1), position, position + 1].map(|p| p & 0x7FFF_FFFF)
            })
        });
        let ends = ends.flat_map(|position| [2 * position, 2 * position + 1]);
        // 16,381 is odd, so the low bit and the segment both run through all their values.
        let all_over = (0..1_u32 << 18).map(|i| i.wrapping_mul(16_381));
        compare_normals(on, comparison, "ends of segments", ends.collect()).await?;
        compare_normals(on, comparison, "words all over", all_over.collect()).await
    })
    .await
}

async fn compare_normals(
    on: &Verifier<'_>,
    comparison: &mut Comparison,
    case: &str,
    words: Vec<u32>,
) -> Result<(), SamplerError> {
    let found = Probe::Normal.run(on.link, &words).await?;
    let expected: Vec<u32> = words
        .iter()
        .map(|&word| normal_from_word(word).to_bits())
        .collect();
    comparison.same(case, &found, &expected);
    Ok(())
}

pub async fn hash(on: &Verifier<'_>) -> Result<Check, SamplerError> {
    let what = "hash of 2^20 normals against the published constant";
    on.check("noise hash", what, Measure::Exact, async |comparison| {
        let options = on.options.sampler(Kernel::MlpStep);
        let source = NoiseSource::with_options(on.link.device, DIMS, &options).await?;
        let batch = Batch::new(SAMPLES).seed(SEED).sample_offset(FIRST_SAMPLE);
        let values = source.read_by(on.link, &batch, DRAW).await?;
        let hash = |value: u64| [format!("0x{value:016X}")];
        comparison.same("hash", &hash(fingerprint::of(&values)), &hash(HASH));
        Ok(())
    })
    .await
}

/// The same of this machine's own noise: known answers and the hash.
#[cfg(feature = "cpu-engine")]
pub fn native(comparison: &mut Comparison) {
    for (counter, key, expected) in KNOWN_ANSWERS {
        comparison.same("known answer", &philox4x32_10(counter, key), &expected);
    }
    let mut values = vec![0.0; SAMPLES * DIMS];
    crate::cpu::init_noise(SEED, FIRST_SAMPLE, DRAW, DIMS, &mut values);
    comparison.same("hash", &[fingerprint::of(&values)], &[HASH]);
    comparison.same(
        "block",
        &crate::noise::block(SEED, FIRST_SAMPLE, DRAW, 0),
        &philox4x32_10(
            [0, FIRST_SAMPLE as u32, (FIRST_SAMPLE >> 32) as u32, DRAW],
            [SEED as u32, (SEED >> 32) as u32],
        ),
    );
}
