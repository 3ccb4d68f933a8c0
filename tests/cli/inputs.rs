//! Arrays and pictures that a user gives, in the forms in which the ecosystem writes them.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, GrayImage, ImageBuffer, ImageFormat, Luma, Rgba, RgbaImage};

use super::{Outcome, Scratch, command, ddim, model, run};

/// Encodes inputs with the model of 5 × 5 grey images, and gives what was written.
#[track_caller]
fn encoded(scratch: &Scratch, inputs: &[&str], options: &[&str]) -> (Vec<u8>, Outcome) {
    let output = scratch.file("encoded.npy");
    let images = model("images");
    let mut words = vec!["encode", "--device", "cpu", "--steps", "2"];
    words.extend(["--model", &images, "--output", &output, "--input"]);
    words.extend(inputs);
    words.extend(options);
    let outcome = ddim(words);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    (fs::read(&output).unwrap(), outcome)
}

/// An array file with a header of our own.
fn array(scratch: &Scratch, name: &str, header: &str, data: &[u8]) -> String {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let text = format!("{header}\n");
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes.extend(data);
    let path = scratch.file(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn header(descr: &str, fortran: &str, shape: &str) -> String {
    format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}")
}

fn save(scratch: &Scratch, name: &str, picture: &DynamicImage) -> String {
    let path = scratch.file(name);
    picture.save(&path).unwrap();
    path
}

/// A ramp that is another one after every turn of the picture.
fn ramp() -> GrayImage {
    GrayImage::from_fn(5, 5, |x, y| Luma([(10 * x + 50 * y) as u8]))
}

#[test]
fn arrays_in_any_order_of_bytes_and_axes_are_the_same() {
    let scratch = Scratch::new();
    let values: Vec<f32> = (0..25).map(|i| i as f32 / 25.0 - 0.5).collect();
    let bytes = |to: fn(f32) -> [u8; 4], values: &[f32]| -> Vec<u8> {
        values.iter().flat_map(|&value| to(value)).collect()
    };
    let shape = "(1, 1, 5, 5)";
    let plain = array(
        &scratch,
        "plain.npy",
        &header("<f4", "False", shape),
        &bytes(f32::to_le_bytes, &values),
    );
    let (expected, _) = encoded(&scratch, &[&plain], &[]);

    let big = array(
        &scratch,
        "big.npy",
        &header(">f4", "False", shape),
        &bytes(f32::to_be_bytes, &values),
    );
    let transposed: Vec<f32> = (0..25).map(|at| values[at % 5 * 5 + at / 5]).collect();
    let fortran = array(
        &scratch,
        "fortran.npy",
        &header("<f4", "True", shape),
        &bytes(f32::to_le_bytes, &transposed),
    );
    let python2 = array(
        &scratch,
        "python2.npy",
        &header("<f4", "False", "(1L, 1L, 5L, 5L)"),
        &bytes(f32::to_le_bytes, &values),
    );
    for path in [&big, &fortran, &python2] {
        assert_eq!(encoded(&scratch, &[path], &[]).0, expected, "{path}");
    }
}

#[test]
fn unsigned_bytes_are_what_the_picture_of_them_is() {
    let scratch = Scratch::new();
    let picture = save(&scratch, "ramp.png", &ramp().into());
    let (expected, _) = encoded(&scratch, &[&picture], &[]);
    let bytes = array(
        &scratch,
        "bytes.npy",
        &header("|u1", "False", "(1, 1, 5, 5)"),
        ramp().as_raw(),
    );
    let (found, outcome) = encoded(&scratch, &[&bytes], &[]);
    assert_eq!(found, expected);
    assert!(!outcome.stderr.contains("note:"), "{}", outcome.stderr);
}

#[test]
fn floats_from_0_to_255_are_remarked_on() {
    let scratch = Scratch::new();
    let values: Vec<u8> = (0..25_u8)
        .flat_map(|i| (f32::from(i) * 10.0).to_le_bytes())
        .collect();
    let header = header("<f4", "False", "(1, 1, 5, 5)");
    let path = array(&scratch, "bytes.npy", &header, &values);
    let (_, outcome) = encoded(&scratch, &[&path], &[]);
    outcome.says("from 0 to 240").says("[−1, 1]").says("uint8");
}

#[test]
fn the_orientation_of_exif_is_honoured() {
    let scratch = Scratch::new();
    let upright = save(&scratch, "upright.png", &ramp().into());
    // Orientation 6: the camera was turned, and the picture is to be turned
    // by 90 degrees clockwise.
    let turned = image::imageops::rotate270(&ramp());
    let path = scratch.file("turned.png");
    let mut encoder = png::Encoder::new(File::create(&path).unwrap(), 5, 5);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    writer
        .write_chunk(png::chunk::ChunkType(*b"eXIf"), exif)
        .unwrap();
    writer.write_image_data(turned.as_raw()).unwrap();
    writer.finish().unwrap();
    assert_eq!(
        encoded(&scratch, &[&path], &[]).0,
        encoded(&scratch, &[&upright], &[]).0
    );
}

/// A glyph that is black everywhere and drawn in its alpha.
#[test]
fn transparency_is_drawn_over_a_background_and_said() {
    let scratch = Scratch::new();
    let glyph = RgbaImage::from_fn(5, 5, |x, _| Rgba([0, 0, 0, if x == 2 { 255 } else { 0 }]));
    let glyph = save(&scratch, "glyph.png", &glyph.into());
    let over = |grey: u8| {
        let drawn = GrayImage::from_fn(5, 5, |x, _| Luma([if x == 2 { 0 } else { grey }]));
        save(&scratch, &format!("over-{grey}.png"), &drawn.into())
    };
    for (options, grey, name) in [
        (&[][..], 255, "white"),
        (&["--background", "black"], 0, "black"),
        (&["--background", "#404040"], 64, "#404040"),
    ] {
        let (found, outcome) = encoded(&scratch, &[&glyph], options);
        outcome.says("transparent").says(name);
        assert_eq!(found, encoded(&scratch, &[&over(grey)], &[]).0, "{name}");
    }
}

#[test]
fn formats_depths_and_colours_of_one_picture_are_one_sample() {
    let scratch = Scratch::new();
    let (expected, _) = encoded(&scratch, &[&save(&scratch, "a.png", &ramp().into())], &[]);
    let deep = ImageBuffer::from_fn(5, 5, |x, y| Luma([u16::from(ramp()[(x, y)][0]) * 257]));
    let rgb = DynamicImage::from(ramp()).to_rgb8();
    let same = |path: &str| {
        let (found, outcome) = encoded(&scratch, &[path], &[]);
        assert!(!outcome.stderr.contains("note:"), "{}", outcome.stderr);
        let floats = |bytes: &[u8]| -> Vec<f32> {
            let values = ddim_wgpu::output::npy::NpyArray::read(bytes).unwrap();
            values.values
        };
        for (found, expected) in floats(&found).iter().zip(floats(&expected)) {
            assert!((found - expected).abs() < 1e-4, "{path}");
        }
    };
    same(&save(
        &scratch,
        "deep.png",
        &DynamicImage::ImageLuma16(deep),
    ));
    same(&save(&scratch, "colour.bmp", &rgb.clone().into()));
    // Under a name that says something else.
    let path = scratch.file("picture.npy");
    DynamicImage::from(rgb)
        .save_with_format(&path, ImageFormat::WebP)
        .unwrap();
    same(&path);
}

#[test]
fn another_aspect_is_never_squashed_in_silence() {
    let scratch = Scratch::new();
    let wide = GrayImage::from_fn(15, 5, |x, y| match x {
        5..10 => ramp()[(x - 5, y)],
        _ => Luma([255]),
    });
    let wide = save(&scratch, "wide.png", &wide.into());
    let middle = save(&scratch, "middle.png", &ramp().into());
    let (cropped, outcome) = encoded(&scratch, &[&wide], &[]);
    outcome.says("15 × 5").says("cropped").says("--fit");
    assert_eq!(cropped, encoded(&scratch, &[&middle], &[]).0);
    for (fit, said) in [("pad", "padded"), ("stretch", "stretched")] {
        let (other, outcome) = encoded(&scratch, &[&wide], &["--fit", fit]);
        outcome.says(said);
        assert_ne!(other, cropped);
    }
}

#[test]
fn directories_and_animations_are_several_samples() {
    let scratch = Scratch::new();
    let directory = scratch.file("pictures");
    fs::create_dir(&directory).unwrap();
    let greys = [0_u8, 100, 200];
    let picture = |grey| DynamicImage::from(GrayImage::from_pixel(5, 5, Luma([grey])));
    for (name, grey) in [
        ("1.png", greys[0]),
        ("2.PNG", greys[1]),
        ("10.bmp", greys[2]),
    ] {
        let format = ImageFormat::from_path(name).unwrap();
        let path = format!("{directory}/{name}");
        picture(grey).save_with_format(path, format).unwrap();
    }
    fs::write(format!("{directory}/notes.txt"), "no picture").unwrap();
    let each: Vec<String> = greys
        .iter()
        .map(|&grey| save(&scratch, &format!("{grey}.png"), &picture(grey)))
        .collect();
    let each: Vec<&str> = each.iter().map(String::as_str).collect();
    let (expected, _) = encoded(&scratch, &each, &[]);
    assert_eq!(encoded(&scratch, &[&directory], &[]).0, expected);

    let gif = scratch.file("frames.gif");
    let mut encoder = GifEncoder::new(File::create(&gif).unwrap());
    for grey in greys {
        let frame = picture(grey).to_rgba8();
        encoder.encode_frame(Frame::new(frame)).unwrap();
    }
    drop(encoder);
    assert_eq!(encoded(&scratch, &[&gif], &[]).0, expected);

    let empty = scratch.file("empty");
    fs::create_dir(&empty).unwrap();
    let images = model("images");
    let line = ["encode", "--model", &images, "--output", "x.npy", "--input"];
    ddim(line.into_iter().chain([empty.as_str()])).fails(4, "a directory without pictures");
}

#[test]
fn standard_input_is_read() {
    let scratch = Scratch::new();
    let picture = save(&scratch, "ramp.png", &ramp().into());
    let (expected, _) = encoded(&scratch, &[&picture], &[]);
    let output = scratch.file("out.npy");
    let images = model("images");
    let mut child = command()
        .args(["encode", "-q", "--device", "cpu", "--steps", "2"])
        .args(["--model", &images, "--input", "-", "--output", &output])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&fs::read(&picture).unwrap()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    assert_eq!(fs::read(&output).unwrap(), expected);
    // Nothing on it.
    run(command().args([
        "encode", "--model", &images, "--input", "-", "--output", "x.npy",
    ]))
    .fails(4, "standard input: not a .npy file and not a picture");
}

/// The unsigned bytes of a mask are 0 and 1, or 0 and 255.
#[test]
fn masks_of_bytes_are_masks() {
    let scratch = Scratch::new();
    let picture = save(&scratch, "ramp.png", &ramp().into());
    let masked = |name: &str, white: u8| {
        let bytes: Vec<u8> = (0..25).map(|i| if i < 10 { white } else { 0 }).collect();
        let path = array(&scratch, name, &header("|u1", "False", "(5, 5)"), &bytes);
        let output = scratch.file("out.npy");
        let images = model("images");
        let outcome = run(command()
            .args([
                "sample", "-q", "--device", "cpu", "--count", "1", "--steps", "3",
            ])
            .args(["--model", &images, "--init-image", &picture])
            .args(["--mask", &path, "--output", &output]));
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        fs::read(&output).unwrap()
    };
    assert_eq!(masked("ones.npy", 1), masked("bytes.npy", 255));
}

/// As editors and shells of Windows save texts: lines end in two characters, and a mark comes first.
#[test]
fn texts_may_be_written_on_windows() {
    let scratch = Scratch::new();
    let directory = scratch.0.join("model");
    fs::create_dir(&directory).unwrap();
    let sampled = |model: &str| {
        let words = "--quiet sample --device cpu --steps 3 --count 4 --output - --model";
        ddim(words.split(' ').chain([model]))
    };
    let changed = directory.to_str().expect("a path in UTF-8");
    for file in fs::read_dir(model("points")).unwrap() {
        let file = file.unwrap();
        let mut bytes = fs::read(file.path()).unwrap();
        if file
            .path()
            .extension()
            .is_some_and(|ending| ending == "json")
        {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains('\n') && !text.contains('\r'));
            bytes = format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes();
        }
        fs::write(directory.join(file.file_name()), bytes).unwrap();
    }
    assert_eq!(
        sampled(changed).success(),
        sampled(&model("points")).success()
    );
    let scheduler = directory.join("scheduler_config.json");
    let table = |path: &Path| {
        let words = "schedule --steps 3 --scheduler-config".split(' ');
        ddim(words.map(OsStr::new).chain([path.as_os_str()])).text()
    };
    let original = Path::new(&model("points")).join("scheduler_config.json");
    assert_eq!(table(&scheduler), table(&original));

    let utf16: Vec<u8> = "\u{feff}{}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(&scheduler, utf16).unwrap();
    sampled(changed).fails(4, "UTF-16");
}
