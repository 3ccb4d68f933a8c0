//! Weight files that are wrong, damaged or hostile: each is refused with the error that
//! names it, in bounded memory.

use ddim_wgpu::network::{MAX_HEADER_BYTES, MlpWeights, WeightsError};
use half::{bf16, f16};
use serde_json::{Value, json};

use crate::common::assert_refused;
use crate::common::random_model::{ModelFiles, RandomModel};

fn files() -> ModelFiles {
    let model = RandomModel {
        classes: Some(3),
        ..RandomModel::default()
    };
    model.files()
}

/// A safetensors file put together by hand: any header before any data.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length, header.as_bytes(), data].concat()
}

/// The header of a good file as JSON, and its data.
fn taken_apart(bytes: &[u8]) -> (Value, Vec<u8>) {
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let (header, data) = bytes[8..].split_at(length);
    let header = serde_json::from_slice(header).expect("a header");
    (header, data.to_vec())
}

fn refusal(bytes: &[u8]) -> WeightsError {
    MlpWeights::from_bytes(bytes, &files().config()).expect_err("the file is wrong")
}

/// The refusal of the good file with its header changed.
fn with_header(change: impl FnOnce(&mut Value)) -> WeightsError {
    let (mut header, data) = taken_apart(&files().weights());
    change(&mut header);
    refusal(&file(&header.to_string(), &data))
}

#[test]
fn every_truncation_is_refused() {
    let good = files().weights();
    let header = 8 + u64::from_le_bytes(good[..8].try_into().expect("eight bytes"));
    for length in [
        0,
        1,
        7,
        8,
        9,
        header as usize - 1,
        header as usize,
        good.len() - 1,
    ] {
        let WeightsError::Truncated { found, .. } = refusal(&good[..length]) else {
            panic!("cut to {length} bytes");
        };
        assert_eq!(found, length as u64);
    }
    assert_refused!(
        refusal(&[good.as_slice(), &[0]].concat()),
        WeightsError::TrailingBytes { .. }
    );
}

/// A reader that says what was asked of it, in place of a file too large to make.
struct Endless(u64);

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0 += buffer.len() as u64;
        buffer.fill(b' ');
        Ok(buffer.len())
    }
}

#[test]
fn a_header_of_100_megabytes_is_refused_unread() {
    let mut rest = Endless(0);
    let claimed: u64 = 100_000_000;
    let length = claimed.to_le_bytes();
    let reader = std::io::Read::chain(&length[..], &mut rest);
    let refused = MlpWeights::read(reader, claimed + 8, &files().config());
    assert_refused!(
        refused.expect_err("too large"),
        WeightsError::HeaderTooLarge { found: 100_000_000 }
    );
    assert_eq!(rest.0, 0, "nothing after the length is read");

    for claimed in [u64::MAX, u64::MAX - 7, MAX_HEADER_BYTES + 1] {
        let bytes = [claimed.to_le_bytes().as_slice(), &[b' '; 64]].concat();
        assert_refused!(refusal(&bytes), WeightsError::HeaderTooLarge { .. });
    }
    // The largest header allowed, but the file is short: refused before it is allocated.
    let bytes = [MAX_HEADER_BYTES.to_le_bytes().as_slice(), b"{}"].concat();
    assert_refused!(refusal(&bytes), WeightsError::Truncated { .. });
}

/// A file whose tensors claim a terabyte must not allocate it: the sizes are those of
/// the file, or it is refused.
#[test]
fn claims_of_huge_tensors_are_refused() {
    let header = json!({"proj_in.weight": {"dtype": "F32", "shape": [1_u64 << 38], "data_offsets": [0, 1_u64 << 40]}});
    assert_refused!(
        refusal(&file(&header.to_string(), &[0; 16])),
        WeightsError::Truncated { .. }
    );
    let header = json!({"proj_in.weight": {"dtype": "F32", "shape": [1_u64 << 63, 4], "data_offsets": [0, 16]}});
    assert_refused!(
        refusal(&file(&header.to_string(), &[0; 16])),
        WeightsError::Length { .. }
    );
    let header =
        json!({"proj_in.weight": {"dtype": "F32", "shape": [4], "data_offsets": [0, u64::MAX]}});
    assert_refused!(
        refusal(&file(&header.to_string(), &[0; 16])),
        WeightsError::Length { .. }
    );
}

#[test]
fn headers_that_are_no_headers_are_refused() {
    for header in [
        "",
        "{",
        "[]",
        "null",
        "{\"a\": 1}",
        "\u{0}",
        "{} {}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [-1], \"data_offsets\": [0, 4]}}",
        "{\"a\": {\"dtype\": \"F33\", \"shape\": [1], \"data_offsets\": [0, 4]}}",
        "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"shape\": [1], \"data_offsets\": [0, 4]}}",
    ] {
        assert_refused!(refusal(&file(header, &[0; 4])), WeightsError::Header(_));
    }
    assert_refused!(
        refusal(&[8, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 0, 0, 0, 0]),
        WeightsError::Header(_)
    );
    let nested = "[".repeat(100_000);
    assert_refused!(refusal(&file(&nested, &[])), WeightsError::Header(_));
    let many: String = (0..5000)
        .map(|i| format!("\"{i}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}},"))
        .collect();
    let many = format!("{{{}}}", many.trim_end_matches(','));
    assert_refused!(refusal(&file(&many, &[])), WeightsError::Header(_));
}

#[test]
fn a_tensor_given_twice_is_refused() {
    let (header, data) = taken_apart(&files().weights());
    let header = header.to_string();
    let again = "{\"proj_in.bias\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},";
    let error = refusal(&file(&header.replacen('{', again, 1), &data));
    let WeightsError::DuplicateTensor { name } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(name, "proj_in.bias");
}

#[test]
fn offsets_that_overlap_or_leave_gaps_are_refused() {
    let shift = |by: i64, all: bool| {
        with_header(move |header| {
            let tensors = header.as_object_mut().expect("an object");
            let offsets = tensors
                .values_mut()
                .filter_map(|one| one.get_mut("data_offsets"));
            let mut offsets: Vec<_> = offsets.collect();
            offsets.sort_by_key(|one| one[0].as_i64());
            let count = if all { offsets.len() } else { 2 };
            for one in offsets.into_iter().take(count).skip(usize::from(!all)) {
                *one = json!([
                    one[0].as_i64().expect("a number") + by,
                    one[1].as_i64().expect("a number") + by
                ]);
            }
        })
    };
    assert_refused!(shift(4, false), WeightsError::Offsets { .. });
    assert_refused!(shift(-4, false), WeightsError::Offsets { .. });
    assert_refused!(shift(4, true), WeightsError::Offsets { .. });
    let backwards = with_header(|header| header["proj_in.bias"]["data_offsets"] = json!([8, 4]));
    assert_refused!(backwards, WeightsError::Offsets { .. });
}

#[test]
fn tensors_that_do_not_fit_the_configuration_are_refused() {
    let change = |change: fn(&mut ModelFiles)| {
        let mut files = files();
        change(&mut files);
        refusal(&files.weights())
    };
    for name in [
        "proj_out.bias",
        "blocks.1.weight",
        "conditioning.2.weight",
        "class_embedding.weight",
    ] {
        let mut files = files();
        files.tensors.remove(name).expect("a tensor of the format");
        let error = refusal(&files.weights());
        assert!(
            matches!(&error, WeightsError::MissingTensor { name: found, .. } if found == name),
            "{error:?}"
        );
    }
    let extra = change(|files| {
        files
            .tensors
            .insert("blocks.2.weight".into(), (vec![1], vec![0.0]));
    });
    assert_refused!(extra, WeightsError::UnexpectedTensor { .. });
    let transposed = change(|files| {
        files
            .tensors
            .get_mut("proj_in.weight")
            .expect("a tensor")
            .0
            .reverse();
    });
    assert_refused!(transposed, WeightsError::Shape { .. });
    let deeper = change(|files| {
        files
            .tensors
            .get_mut("proj_in.bias")
            .expect("a tensor")
            .0
            .push(1);
    });
    assert_refused!(deeper, WeightsError::Shape { .. });
    let header = with_header(|header| header["proj_in.bias"]["dtype"] = json!("I32"));
    assert_refused!(header, WeightsError::DataType { .. });
}

#[test]
fn weights_that_are_not_finite_are_refused_by_name_and_index() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut files = files();
        files
            .tensors
            .get_mut("blocks.1.weight")
            .expect("a tensor")
            .1[77] = bad;
        match refusal(&files.weights()) {
            WeightsError::NonFinite { name, index, .. } => {
                assert_eq!((name.as_str(), index), ("blocks.1.weight", 77));
            }
            other => panic!("{other:?}"),
        }
    }
}

/// f16 and bf16 are read as what they are, and metadata and unsorted names are nothing to refuse.
#[test]
fn other_types_and_metadata_are_read() {
    type Convert = fn(f32) -> ([u8; 2], f32);
    let types: [(&str, Convert); 2] = [
        ("F16", |v| {
            (f16::from_f32(v).to_le_bytes(), f16::from_f32(v).to_f32())
        }),
        ("BF16", |v| {
            (bf16::from_f32(v).to_le_bytes(), bf16::from_f32(v).to_f32())
        }),
    ];
    let files = files();
    for (dtype, convert) in types {
        let mut header = json!({"__metadata__": {"format": "pt"}});
        let mut data = Vec::new();
        for (name, (shape, values)) in files.tensors.iter().rev() {
            let start = data.len();
            data.extend(values.iter().flat_map(|&value| convert(value).0));
            header[name] =
                json!({"dtype": dtype, "shape": shape, "data_offsets": [start, data.len()]});
        }
        let weights = MlpWeights::from_bytes(&file(&header.to_string(), &data), &files.config());
        let weights = weights.expect("a good file");
        let expected: Vec<f32> = files.tensors["blocks.0.weight"]
            .1
            .iter()
            .map(|&v| convert(v).1)
            .collect();
        assert_eq!(weights.blocks[0].weight.data, expected);
    }
}

/// Every byte of the header replaced in turn: whatever comes of it is read or
/// refused, and nothing panics.
#[test]
fn no_byte_of_a_header_makes_it_panic() {
    let tiny = RandomModel {
        hidden: 1,
        blocks: 1,
        time_hidden: None,
        ..RandomModel::default()
    };
    let (files, good) = (tiny.files(), tiny.files().weights());
    let config = files.config();
    let header = 8 + u64::from_le_bytes(good[..8].try_into().expect("eight bytes")) as usize;
    let mut read = 0;
    for position in 0..header {
        for byte in [0, b' ', b'"', b'-', b'0', b'9', b'[', b'}', 0xff] {
            let mut bytes = good.clone();
            bytes[position] = byte;
            read += usize::from(MlpWeights::from_bytes(&bytes, &config).is_ok());
        }
    }
    // Those that change nothing, and few more: the header has no byte without a
    // meaning but its padding.
    assert!(read < header, "{read} of {header} × 9 were read");
}
