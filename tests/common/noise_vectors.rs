//! The vectors in `tests/data/noise`, read once for the Rust and the WGSL implementation.

/// A known answer of Philox4x32-10.
pub(crate) struct PhiloxCase {
    pub(crate) counter: [u32; 4],
    pub(crate) key: [u32; 2],
    pub(crate) output: [u32; 4],
}

/// The lines of `philox_kat.txt`.
pub(crate) fn philox_cases() -> Vec<PhiloxCase> {
    let hexadecimal = |word| u32::from_str_radix(word, 16).expect("words are hexadecimal");
    rows(include_str!("../data/noise/philox_kat.txt"))
        .map(|line| {
            let words: Vec<u32> = line.split_whitespace().map(hexadecimal).collect();
            assert_eq!(
                words.len(),
                10,
                "a line holds counter, key and output: {line}"
            );
            PhiloxCase {
                counter: words[..4].try_into().unwrap(),
                key: words[4..6].try_into().unwrap(),
                output: words[6..].try_into().unwrap(),
            }
        })
        .collect()
}

/// One number of the stream, by the independent implementation in `make_noise.py`.
pub(crate) struct StreamCase {
    pub(crate) seed: u64,
    pub(crate) sample: u64,
    pub(crate) draw: u32,
    pub(crate) element: u64,
    pub(crate) word: u32,
    /// The word's normal in units of 2⁻²⁰.
    pub(crate) units: i32,
}

/// The lines of `stream.csv`.
pub(crate) fn stream_cases() -> Vec<StreamCase> {
    rows(include_str!("../data/noise/stream.csv"))
        .map(|line| {
            let mut fields = line.split(',');
            let mut field = || fields.next().expect("a line holds six fields");
            StreamCase {
                seed: field().parse().unwrap(),
                sample: field().parse().unwrap(),
                draw: field().parse().unwrap(),
                element: field().parse().unwrap(),
                word: u32::from_str_radix(field(), 16).unwrap(),
                units: field().parse().unwrap(),
            }
        })
        .collect()
}

/// The lines of `normal_reference.csv`: a word's upper 31 bits and the exact
/// magnitude of its normal.
pub(crate) fn reference_quantiles() -> Vec<(u32, f64)> {
    rows(include_str!("../data/noise/normal_reference.csv"))
        .map(|line| {
            let (position, z) = line.split_once(',').expect("a line holds two fields");
            (position.parse().unwrap(), z.parse().unwrap())
        })
        .collect()
}

fn rows(file: &str) -> impl Iterator<Item = &str> {
    file.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}
