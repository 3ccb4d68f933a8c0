//! The WGSL side of the noise, bit for bit against the same vectors and against Rust.

use ddim_wgpu::noise::{self, NORMAL_TABLE, NORMAL_UNIT, fingerprint};

use crate::common::compute::{TestDevice, test_device};
use crate::common::noise_vectors;

/// The product of `mul_wide.wgsl` for a device without 64-bit integers, and the noise.
fn shared() -> String {
    let mul_wide = include_str!("../shaders/shared/mul_wide.wgsl");
    let (head, variants) = mul_wide
        .split_once("//@if INT64")
        .expect("two variants of the product");
    let (_, without) = variants.split_once("//@else").expect("the second variant");
    [
        head,
        without,
        include_str!("../shaders/shared/philox.wgsl"),
        include_str!("../shaders/shared/normal_table.wgsl"),
        include_str!("../shaders/shared/normal.wgsl"),
        "@group(0) @binding(0) var<storage, read> input: array<u32>;\n",
        "@group(0) @binding(1) var<storage, read_write> output: array<u32>;\n",
    ]
    .concat()
}

/// Six words in (counter, key), four out.
const PHILOX: &str = "
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= arrayLength(&input) / 6u) { return; }
    let i = 6u * id.x;
    let counter = vec4<u32>(input[i], input[i + 1u], input[i + 2u], input[i + 3u]);
    let words = philox4x32_10(counter, vec2<u32>(input[i + 4u], input[i + 5u]));
    for (var j = 0u; j < 4u; j++) { output[4u * id.x + j] = words[j]; }
}";

/// A word in, its normal out.
const NORMALS_OF_WORDS: &str = "
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= arrayLength(&input)) { return; }
    output[id.x] = bitcast<u32>(normal_from_word(input[id.x]));
}";

/// Normals of consecutive samples: input is seed (2), first sample (2), draw, elements
/// of a sample. As in the samplers' kernels an invocation computes four elements, and
/// the last of a sample fewer.
const NORMALS: &str = "
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let dims = input[5];
    let quads = (dims + 3u) / 4u;
    let row = id.x / quads;
    let quad = id.x % quads;
    if (row >= arrayLength(&output) / dims) { return; }
    let low = input[2] + row;
    let sample = vec2<u32>(low, input[3] + select(0u, 1u, low < row));
    let normals = normals4(vec2<u32>(input[0], input[1]), sample, input[4], quad);
    for (var j = 0u; j < min(4u, dims - 4u * quad); j++) {
        output[row * dims + 4u * quad + j] = bitcast<u32>(normals[j]);
    }
}";

fn run(kernel: &str, input: &[u32], output_len: usize, invocations: usize) -> Vec<u32> {
    let table = bytemuck::bytes_of(&NORMAL_TABLE);
    let groups = invocations.div_ceil(64) as u32;
    test_device().run(
        &(shared() + kernel),
        input,
        &[(4, table)],
        output_len,
        groups,
    )
}

fn gpu_normals(seed: u64, sample: u64, draw: u32, rows: usize, dims: usize) -> Vec<u32> {
    let low_high = |value: u64| [value as u32, (value >> 32) as u32];
    let (seed, sample) = (low_high(seed), low_high(sample));
    let input = [seed[0], seed[1], sample[0], sample[1], draw, dims as u32];
    run(NORMALS, &input, rows * dims, rows * dims.div_ceil(4))
}

/// Fails with the first difference: where, both bit patterns, and on which adapter.
#[track_caller]
fn assert_same_bits(got: &[u32], expected: &[u32], what: &str) {
    assert_eq!(got.len(), expected.len());
    if let Some(at) = got
        .iter()
        .zip(expected)
        .position(|(got, expected)| got != expected)
    {
        let TestDevice { info, .. } = test_device();
        let count = got
            .iter()
            .zip(expected)
            .filter(|(got, expected)| got != expected)
            .count();
        panic!(
            "{what}: {count} of {} differ, first at {at}: {:#010x} on the device, {:#010x} expected, on {} ({:?})",
            got.len(),
            got[at],
            expected[at],
            info.name,
            info.backend
        );
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn philox_in_wgsl_gives_the_known_answers() {
    let cases = noise_vectors::philox_cases();
    let mut input: Vec<u32> = cases
        .iter()
        .flat_map(|c| [&c.counter[..], &c.key[..]].concat())
        .collect();
    let mut expected: Vec<u32> = cases.iter().flat_map(|c| c.output).collect();
    for case in noise_vectors::stream_cases() {
        let counter = [
            (case.element / 4) as u32,
            case.sample as u32,
            (case.sample >> 32) as u32,
            case.draw,
        ];
        let key = [case.seed as u32, (case.seed >> 32) as u32];
        let block = noise::philox4x32_10(counter, key);
        assert_eq!(block[(case.element % 4) as usize], case.word);
        input.extend(counter.iter().chain(&key));
        expected.extend(block);
    }
    let got = run(PHILOX, &input, expected.len(), expected.len() / 4);
    assert_same_bits(&got, &expected, "Philox words");
}

#[test]
fn normals_in_wgsl_agree_on_the_vectors() {
    let cases = noise_vectors::stream_cases();
    let words: Vec<u32> = cases.iter().map(|case| case.word).collect();
    let expected: Vec<u32> = cases
        .iter()
        .map(|case| (case.units as f32 * NORMAL_UNIT).to_bits())
        .collect();
    let got = run(NORMALS_OF_WORDS, &words, words.len(), words.len());
    assert_same_bits(&got, &expected, "normals of the vectors");
}

/// Both ends of every segment with their neighbours, both signs, and a million words
/// from all over the range.
#[test]
fn normals_in_wgsl_agree_in_every_segment() {
    let ends = noise_vectors::reference_quantiles()
        .into_iter()
        .flat_map(|(position, _)| {
            let positions = [
                position.saturating_sub(1),
                position,
                (position + 1).min((1 << 31) - 1),
            ];
            positions
                .into_iter()
                .flat_map(|position| [2 * position, 2 * position + 1])
        });
    // 4,099 is odd, so the low bit and the segment both run through all their values.
    let words: Vec<u32> = ends
        .chain((0..1 << 20).map(|i: u32| i.wrapping_mul(4_099)))
        .collect();
    let expected: Vec<u32> = words
        .iter()
        .map(|&w| noise::normal_from_word(w).to_bits())
        .collect();
    let got = run(NORMALS_OF_WORDS, &words, words.len(), words.len());
    assert_same_bits(&got, &expected, "normals of words");
}

#[test]
fn samples_of_every_length_are_the_same_bits() {
    for length in [1, 63, 64, 65, 1000, 65_537] {
        for (seed, sample, draw) in [(42, 0, 0), (u64::MAX, (1 << 32) - 1, 7)] {
            let mut expected = vec![0.0; length];
            noise::fill_normals(seed, sample, draw, &mut expected);
            let got = gpu_normals(seed, sample, draw, 1, length);
            assert_same_bits(
                &got,
                &bits(&expected),
                &format!("{length} normals of seed {seed}"),
            );
        }
    }
}

#[test]
fn noise_in_wgsl_has_the_published_hash() {
    use fingerprint::{DIMS, DRAW, FIRST_SAMPLE, HASH, SAMPLES, SEED};
    let got = gpu_normals(SEED, FIRST_SAMPLE, DRAW, SAMPLES, DIMS);
    let got: Vec<f32> = got.into_iter().map(f32::from_bits).collect();
    let info = &test_device().info;
    assert_eq!(
        fingerprint::of(&got),
        HASH,
        "on {} ({:?})",
        info.name,
        info.backend
    );
}

/// A wrong number in the table or a wrong constant in the shader is seen by the comparisons above.
#[test]
fn planted_faults_are_seen() {
    let words: Vec<u32> = noise_vectors::reference_quantiles()
        .iter()
        .map(|&(p, _)| 2 * p)
        .collect();
    let expected: Vec<u32> = words
        .iter()
        .map(|&w| noise::normal_from_word(w).to_bits())
        .collect();
    let groups = words.len().div_ceil(64) as u32;
    let run = |source: &str, table: &[[u32; 2]]| {
        let table = bytemuck::cast_slice(table);
        test_device().run(source, &words, &[(4, table)], words.len(), groups)
    };
    let source = shared() + NORMALS_OF_WORDS;
    assert_eq!(run(&source, &NORMAL_TABLE), expected);

    let mut table = NORMAL_TABLE;
    table[447][1] += 1 << 16;
    assert_ne!(run(&source, &table), expected, "a slope off by one unit");
    for (from, to) in [
        ("27u);", "26u);"),
        (">> 9u", ">> 10u"),
        ("432u", "431u"),
        ("!= 0u", "== 0u"),
    ] {
        assert!(source.contains(from));
        assert_ne!(
            run(&source.replace(from, to), &NORMAL_TABLE),
            expected,
            "{from} for {to}"
        );
    }
}
