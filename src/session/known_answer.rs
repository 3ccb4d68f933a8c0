//! A few values with known answers, computed on a device when it is opened.
//!
//! There are drivers on which every kernel runs and writes nothing. A device is asked for
//! Random123's known answers, for normals and for one stage of a plan before it is trusted with
//! more. That takes about a millisecond where the driver has the kernels in its cache. It shows
//! that a device computes; whether it computes everything right is for [`verify`](crate::verify).

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use wgpu::CommandEncoderDescriptor;

use crate::batch::Batch;
use crate::diffusion::{NoiseSchedule, Plan};
use crate::gpu::{DiffusionSampler, ExternalNetwork, Link, Probe, headless};
use crate::noise::normal_from_word;

use super::error::SessionError;

/// Random123's known answers: a counter's four words and a key's two, and the four words they give.
const PHILOX: [([u32; 6], [u32; 4]); 3] = [
    ([0; 6], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    (
        [u32::MAX; 6],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
    ),
    (
        [
            0x243f_6a88,
            0x85a3_08d3,
            0x1319_8a2e,
            0x0370_7344,
            0xa409_3822,
            0x299f_31d0,
        ],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
    ),
];

/// The stage that is run: from ᾱ = 0.25 to ᾱ = 1, with these states and these outputs of a network
/// that predicts ε. It ends at x̂₀ = (x − √(1−ᾱ)·ε)/√ᾱ.
const STATES: [f32; 4] = [1.0, -0.5, 0.25, 2.0];
const EPSILON: [f32; 4] = [0.5, -0.25, 1.0, -1.0];
const ALPHA_BAR: f64 = 0.25;

/// Adapters that have given the right answers in this process.
static PASSED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Asks a device for known answers, once a process for each adapter. Submits.
pub async fn check(link: Link<'_>) -> Result<(), SessionError> {
    let info = link.device.adapter_info();
    let key = format!("{info:?}");
    let passed = || PASSED.lock().unwrap_or_else(PoisonError::into_inner);
    if passed().contains(&key) {
        return Ok(());
    }
    let name = headless::describe(&info);
    check_words(link, &name).await?;
    check_normals(link, &name).await?;
    check_stage(link, &name).await?;
    passed().insert(key);
    Ok(())
}

async fn check_words(link: Link<'_>, name: &str) -> Result<(), SessionError> {
    let input = PHILOX.map(|(input, _)| input);
    let found = Probe::Philox.run(link, input.as_flattened()).await?;
    let expected = PHILOX.map(|(_, words)| words);
    let equal = |found: u32, expected: u32| found == expected;
    compare(name, "Philox word", &found, expected.as_flattened(), equal)
}

async fn check_normals(link: Link<'_>, name: &str) -> Result<(), SessionError> {
    let words = PHILOX.map(|(_, words)| words);
    let found = Probe::Normal.run(link, words.as_flattened()).await?;
    let expected = words.map(|words| words.map(|word| normal_from_word(word).to_bits()));
    let equal = |found: u32, expected: u32| found == expected;
    compare(
        name,
        "normal (bits)",
        &found,
        expected.as_flattened(),
        equal,
    )
}

async fn check_stage(link: Link<'_>, name: &str) -> Result<(), SessionError> {
    let schedule = NoiseSchedule::from_betas(&[1.0 - ALPHA_BAR]).expect("a schedule of one level");
    let plan = Plan::ddim(schedule).build()?;
    let network = ExternalNetwork::new(vec![STATES.len()]);
    let sampler = DiffusionSampler::new_async(link.device, &network, &plan).await?;
    let batch = Batch::new(1).initial(STATES.to_vec());
    let run = sampler.prepare_async(link.device, link.queue, &batch);
    let run = run.await?;
    let output = run.out().expect("an external network's output");
    link.write(output, &EPSILON)?;
    let submitted = link.checked("the known answer of a stage", || {
        let mut encoder = link
            .device
            .create_command_encoder(&CommandEncoderDescriptor {
                label: Some("ddim.known_answer"),
            });
        sampler.encode_external(&mut encoder, &run, 0..1, |_, _, _| {});
        link.queue.submit([encoder.finish()])
    });
    submitted.await?;
    let found = run.gather_state(link).await?;
    let pairs = STATES.iter().zip(EPSILON);
    let expected: Vec<f32> = pairs
        .map(|(&x, epsilon)| {
            let signal = f64::from(x) - (1.0 - ALPHA_BAR).sqrt() * f64::from(epsilon);
            (signal / ALPHA_BAR.sqrt()) as f32
        })
        .collect();
    let close = |found: f32, expected: f32| (found - expected).abs() <= 1e-5;
    compare(name, "value of a stage", &found, &expected, close)
}

fn compare<T: Copy + std::fmt::Debug>(
    device: &str,
    what: &'static str,
    found: &[T],
    expected: &[T],
    equal: impl Fn(T, T) -> bool,
) -> Result<(), SessionError> {
    // A value that is missing is wrong as well.
    let pairs = (0..expected.len()).map(|index| (found.get(index), &expected[index]));
    match pairs
        .enumerate()
        .find(|(_, (found, expected))| !found.is_some_and(|found| equal(*found, **expected)))
    {
        None => Ok(()),
        Some((index, (found, expected))) => Err(SessionError::WrongAnswer {
            device: device.to_owned(),
            what,
            index,
            found: found.map_or_else(|| "missing".to_owned(), |found| format!("{found:?}")),
            expected: format!("{expected:?}"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a driver gives that runs every kernel and writes nothing.
    #[test]
    fn zeros_are_not_the_answer() {
        let words = PHILOX.map(|(_, words)| words);
        let normals = words.map(|words| words.map(|word| normal_from_word(word).to_bits()));
        for expected in [words.as_flattened(), normals.as_flattened()] {
            let error = compare("a device", "word", &[0; 12], expected, |a, b| a == b);
            let error = error.expect_err("zeros").to_string();
            assert!(error.contains("a device computes wrong values"), "{error}");
            assert!(error.contains("ddim verify"), "{error}");
            compare("a device", "word", expected, expected, |a, b| a == b).expect("the answer");
        }
    }

    #[test]
    fn nothing_at_all_is_not_the_answer() {
        let error = compare("a device", "word", &[], &[1], |a: u32, b| a == b);
        assert!(error.is_err());
    }
}
