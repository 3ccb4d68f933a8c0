//! Binary files whose headers lie.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat};
use serde_json::Value;

use super::corpus::{Case, Content};
use super::json;

/// A safetensors file with another header, whose length is right.
fn with_header(sound: &[u8], header: &str) -> Vec<u8> {
    let length = u64::from_le_bytes(sound[..8].try_into().expect("eight bytes")) as usize;
    let data = &sound[8 + length..];
    [
        &(header.len() as u64).to_le_bytes(),
        header.as_bytes(),
        data,
    ]
    .concat()
}

/// Weights whose header says what the data are not.
pub(crate) fn safetensors(sound: &[u8]) -> Vec<Case> {
    let length = u64::from_le_bytes(sound[..8].try_into().expect("eight bytes"));
    let text = &sound[8..8 + length as usize];
    let header: Value = serde_json::from_slice(text).expect("a sound header");
    let spoiled = json::spoiled(&header, 1);
    let mut cases: Vec<Case> = spoiled
        .into_iter()
        .map(|(name, text)| Case::bytes(format!("header: {name}"), with_header(sound, &text)))
        .collect();
    let whole = sound.len() as u64;
    for claim in [
        0,
        1,
        length - 1,
        length + 1,
        whole - 8,
        whole,
        1 << 31,
        1 << 63,
        u64::MAX,
    ] {
        let bytes = [&claim.to_le_bytes(), &sound[8..]].concat();
        let name = format!("a header of {claim} bytes");
        cases.push(Case::refused(name, Content::Bytes(bytes)));
    }
    let name = header
        .as_object()
        .expect("names")
        .keys()
        .find(|key| *key != "__metadata__");
    let name = name.expect("a tensor");
    for offsets in [
        "[0, 18446744073709551615]",
        "[18446744073709551608, 18446744073709551615]",
        "[8, 0]",
        "[-8, 0]",
        "[0]",
    ] {
        let mut lying = header.clone();
        lying[name]["data_offsets"] = Value::from("HOLE");
        let text = lying.to_string().replace("\"HOLE\"", offsets);
        let content = Content::Bytes(with_header(sound, &text));
        cases.push(Case::refused(format!("offsets {offsets}"), content));
    }
    for shape in ["[4294967296, 4294967296]", "[-1]", "[1e3]", "[[1]]", "[]"] {
        let mut lying = header.clone();
        lying[name]["shape"] = Value::from("HOLE");
        let text = lying.to_string().replace("\"HOLE\"", shape);
        let content = Content::Bytes(with_header(sound, &text));
        cases.push(Case::refused(format!("shape {shape}"), content));
    }
    cases
}

/// An array with a header of its own.
fn npy(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
    let length = match version {
        1 => (header.len() as u16).to_le_bytes().to_vec(),
        _ => (header.len() as u32).to_le_bytes().to_vec(),
    };
    [
        b"\x93NUMPY",
        &[version, 0][..],
        &length,
        header.as_bytes(),
        data,
    ]
    .concat()
}

/// Arrays of 25 numbers whose headers say what the data are not.
pub(crate) fn arrays() -> Vec<Case> {
    let data = [0; 100];
    let mut cases = Vec::new();
    let mut add = |name: String, bytes| cases.push(Case::refused(name, Content::Bytes(bytes)));
    for shape in [
        "(-1, 1, 5, 5)",
        "(0, 1, 5, 5)",
        "(18446744073709551615, 1, 5, 5)",
        "(18446744073709551616, 1, 5, 5)",
        "(9223372036854775808, 2)",
        "(4294967296, 4294967296)",
        "(2305843009213693952, 2, 2)",
        "(1e3, 1, 5, 5)",
        "(1, 1, 5, 5, 1)",
        "('a',)",
        "((1,), 1, 5, 5)",
        "[1, 1, 5, 5]",
        "(1, 1, 5, 5",
        "None",
        "()",
    ] {
        let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        add(format!("shape {shape}"), npy(1, &text, &data));
    }
    for descr in [
        "'|O'",
        "'<f3'",
        "'<c8'",
        "'<U8'",
        "'V100'",
        "[('a', '<f4')]",
        "'\u{1b}[31m'",
        "''",
    ] {
        let text =
            format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1, 1, 5, 5), }}\n");
        add(
            format!("type {}", descr.escape_debug()),
            npy(2, &text, &data),
        );
    }
    let sound = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 5, 5), }\n";
    for version in [0, 4, 255] {
        add(format!("version {version}"), npy(version, sound, &data));
    }
    add("deep".into(), npy(2, &"(".repeat(60_000), &data));
    add("a long header".into(), npy(2, &" ".repeat(1 << 20), &data));
    add(
        "keys twice".into(),
        npy(1, &sound.replace('}', "'shape': (2,)}"), &data),
    );
    add("a key too few".into(), npy(1, "{'descr': '<f4'}\n", &data));
    add("a mebibyte too long".into(), npy(1, sound, &[0; 1 << 20]));
    let claim = [
        b"\x93NUMPY\x02\0".as_slice(),
        &u32::MAX.to_le_bytes(),
        sound.as_bytes(),
    ]
    .concat();
    add("a header of 4 GiB".into(), claim);
    let numbers = |value: f32| value.to_le_bytes().repeat(25);
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        add(format!("values {value}"), npy(1, sound, &numbers(value)));
    }
    cases.push(Case::bytes(
        "large values",
        npy(1, sound, &numbers(f32::MAX)),
    ));
    cases
}

/// A picture of 5 × 5 points in a format.
pub(crate) fn picture(format: ImageFormat) -> Vec<u8> {
    let ramp = GrayImage::from_fn(5, 5, |x, y| image::Luma([(40 * x + 10 * y) as u8]));
    let picture = match format {
        // It has no grey.
        ImageFormat::WebP | ImageFormat::Gif => DynamicImage::from(ramp).to_rgba8().into(),
        _ => DynamicImage::from(ramp),
    };
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("a picture");
    bytes.into_inner()
}

/// A picture whose sides, at these places in its file, are others.
pub(crate) fn sizes(sound: &[u8], places: [usize; 2], width: usize, big_endian: bool) -> Vec<Case> {
    let mut cases = Vec::new();
    for sides in [
        [0, 0],
        [0, 5],
        [1, 1 << 31],
        [u32::MAX; 2],
        [65_535; 2],
        [16_384; 2],
        [60_000, 3],
    ] {
        let mut bytes = sound.to_vec();
        for (place, side) in places.into_iter().zip(sides) {
            let side = match big_endian {
                true => side.to_be_bytes()[4 - width..].to_vec(),
                false => side.to_le_bytes()[..width].to_vec(),
            };
            bytes[place..place + width].copy_from_slice(&side);
        }
        cases.push(Case::bytes(format!("sides {sides:?}"), bytes));
    }
    cases
}

/// A chunk of a PNG.
pub(crate) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    super::super::hostile_input::chunk(kind, data)
}

/// Chunks of a PNG, by kind, length and data.
fn chunks(png: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut rest = &png[8..];
    let mut all = Vec::new();
    while rest.len() >= 12 {
        let length = u32::from_be_bytes(rest[..4].try_into().expect("four bytes")) as usize;
        all.push((&rest[4..8], &rest[8..8 + length]));
        rest = &rest[12 + length..];
    }
    all
}

/// A PNG whose chunks are changed by `change`, with right checksums.
pub(crate) fn rebuilt(png: &[u8], change: impl Fn(&[u8], &[u8]) -> Vec<Vec<u8>>) -> Vec<u8> {
    let mut bytes = png[..8].to_vec();
    for (kind, data) in chunks(png) {
        let name: &[u8; 4] = kind.try_into().expect("four bytes");
        for data in change(kind, data) {
            bytes.extend(chunk(name, &data));
        }
    }
    bytes
}

/// PNGs whose chunks are sound and lie.
pub(crate) fn pngs(sound: &[u8]) -> Vec<Case> {
    let header = |at: usize, value: u8| {
        rebuilt(sound, |kind, data| {
            let mut data = data.to_vec();
            if kind == b"IHDR" {
                data[at] = value;
            }
            vec![data]
        })
    };
    let mut cases = Vec::new();
    for (at, value) in [
        (0, 0x80),
        (1, 1),
        (2, 0xEA),
        (3, 0),
        (7, 0),
        (8, 3),
        (8, 16),
        (9, 3),
        (9, 6),
    ] {
        cases.push(Case::bytes(
            format!("byte {at} of its header {value}"),
            header(at, value),
        ));
    }
    let only = |kinds: &'static [&'static [u8; 4]]| {
        rebuilt(sound, move |kind, data| {
            let kept = kinds.iter().any(|one| one.as_slice() == kind);
            Vec::from_iter(kept.then(|| data.to_vec()))
        })
    };
    cases.push(Case::refused(
        "no data",
        Content::Bytes(only(&[b"IHDR", b"IEND"])),
    ));
    cases.push(Case::refused(
        "no header",
        Content::Bytes(only(&[b"IDAT", b"IEND"])),
    ));
    cases.push(Case::bytes("no end", only(&[b"IHDR", b"IDAT"])));
    let twice = rebuilt(sound, |_, data| vec![data.to_vec(), data.to_vec()]);
    cases.push(Case::bytes("each chunk twice", twice));
    cases
}
