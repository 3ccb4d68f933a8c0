//! Every kind of data becomes a model that the library samples.

use std::io::Write;

use ddim_train::network::CONDITION;
use ddim_wgpu::diffusion::Plan;
use ddim_wgpu::network::Model;
use ddim_wgpu::output::npy::NpyArray;
use ddim_wgpu::{Backend, Batch, Session};
use image::{GrayImage, ImageFormat, Luma};

use crate::common::{Folder, moons};

/// A small network and a short run.
fn train(folder: &Folder, arguments: &[&str]) -> String {
    let short = [
        "--output",
        "model",
        "--max-train-steps",
        "20",
        "--hidden-size",
        "16",
        "--num-blocks",
        "1",
        "--train-batch-size",
        "16",
    ];
    folder.succeed(&[arguments, &short].concat())
}

fn model(folder: &Folder) -> Model {
    Model::load(folder.path().join("model")).expect("the library reads it")
}

/// A picture whose upper or lower half is dark.
fn picture(side: u32, upper: bool) -> Vec<u8> {
    let dark = |y: u32| (y < side / 2) == upper;
    let picture = GrayImage::from_fn(side, side, |_, y| Luma([if dark(y) { 10 } else { 245 }]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("it is written to memory");
    bytes.into_inner()
}

#[test]
fn columns_that_are_conditions() {
    let folder = Folder::new();
    folder.file("moons.csv", moons(400));
    let arguments = [
        "--data",
        "moons.csv",
        "--condition-columns",
        "y",
        "--class-column",
        "moon",
    ];
    let told = train(&folder, &arguments);
    assert!(
        told.contains("400 rows of [1], 2 classes, 1 conditions"),
        "{told}"
    );
    assert!(
        told.contains("--condition condition=FILE.npy, rows of y"),
        "{told}"
    );
    let model = model(&folder);
    let data = model.data_config().expect("a table has names");
    assert_eq!(data.header(true), ["x", "moon"]);
    let held_out = NpyArray::open(folder.path().join("model/reference-conditions.npy"));
    let held_out = held_out.expect("the conditions of the rows held out");
    assert_eq!(held_out.shape, [40, 1]);
    // In the data's units: heights of the moons.
    assert!(held_out.values.iter().all(|y| (-0.6..1.2).contains(y)));
    let plan = Plan::ddim(model.scheduler())
        .steps(5)
        .build()
        .expect("five steps");
    let backend = Backend::cpu().expect("there is a CPU");
    let session = Session::new(&backend, &model, &plan).expect("they fit");
    let sample = |y: f32, guidance: f32| {
        let batch = Batch::new(8)
            .condition(CONDITION, vec![y; 8])
            .guidance(guidance);
        session.sample(&batch).expect("it samples").into_values()
    };
    // The condition matters, and rows without it were trained on.
    assert_ne!(sample(0.0, 1.0), sample(1.0, 1.0));
    assert_ne!(sample(1.0, 1.0), sample(1.0, 2.0));
}

#[test]
fn vectors_beside_an_array() {
    let folder = Folder::new();
    folder.npy("data.npy", &[64, 3], |index| (index % 7) as f32 / 7.0);
    folder.npy("vectors.npy", &[64, 2], |index| 100.0 + (index % 5) as f32);
    let arguments = ["--data", "data.npy", "--conditions", "vectors.npy"];
    train(&folder, &arguments);
    assert_eq!(model(&folder).sample_shape(), [3]);
    // As many as rows, and not both ways.
    folder.npy("few.npy", &[63, 2], |index| index as f32);
    let output = folder.run(&[
        "--data",
        "data.npy",
        "--conditions",
        "few.npy",
        "--output",
        "other",
    ]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{errors}");
    assert!(errors.contains("63 conditions for 64 rows"), "{errors}");
}

#[test]
fn a_drawing() {
    let folder = Folder::new();
    folder.file("drawing.png", picture(32, true));
    let told = train(&folder, &["--data", "drawing.png", "--points", "500"]);
    assert!(told.contains("500 rows of [2]"), "{told}");
    // Of the upper half, but for the little ink of the lower.
    let held_out =
        NpyArray::open(folder.path().join("model/reference.npy")).expect("rows held out");
    let above = held_out
        .values
        .chunks_exact(2)
        .filter(|point| point[1] > 0.0)
        .count();
    assert!(above >= 40, "{above} of 50");
}

#[test]
fn folders_of_pictures() {
    let folder = Folder::new();
    for (class, upper) in [("up", true), ("down", false)] {
        let place = folder.path().join("pictures").join(class);
        std::fs::create_dir_all(&place).expect("the folder is writable");
        for index in 0..20 {
            let path = place.join(format!("{index}.png"));
            std::fs::write(path, picture(20 + index, upper)).expect("the folder is writable");
        }
    }
    let told = train(&folder, &["--data", "pictures", "--image-size", "8"]);
    assert!(told.contains("error at timestep"), "{told}");
    let model = model(&folder);
    assert_eq!(
        (model.sample_shape(), model.num_classes()),
        (&[1, 8, 8][..], Some(2))
    );
    let names = &model.data_config().expect("classes have names").class;
    assert_eq!(names.as_ref().expect("they have").values, ["down", "up"]);
}

#[test]
fn files_of_mnist() {
    let folder = Folder::new();
    let file = |axes: &[u32], values: &[u8]| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut all = vec![0, 0, 8, axes.len() as u8];
        all.extend(axes.iter().flat_map(|length| length.to_be_bytes()));
        all.extend(values);
        packed.write_all(&all).expect("memory is writable");
        packed.finish().expect("memory is writable")
    };
    let pixels: Vec<u8> = (0..40 * 16).map(|index| (index * 37 % 256) as u8).collect();
    let classes: Vec<u8> = (0..40).map(|index| index % 3).collect();
    folder.file("x-images-idx3-ubyte.gz", file(&[40, 4, 4], &pixels));
    folder.file("x-labels-idx1-ubyte.gz", file(&[40], &classes));
    let arguments = [
        "--data",
        "x-images-idx3-ubyte.gz",
        "--classes",
        "x-labels-idx1-ubyte.gz",
    ];
    train(&folder, &arguments);
    let model = model(&folder);
    assert_eq!(
        (model.sample_shape(), model.num_classes()),
        (&[1, 4, 4][..], Some(3))
    );
}
