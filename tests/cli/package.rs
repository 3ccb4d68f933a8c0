//! What an installed command offers beside its work: its version, completions, manual, and pictures
//! made again by what they say.

use std::fs;

use super::{Scratch, ddim, ddim_line, model};

#[test]
fn the_version_names_commit_and_features() {
    let text = ddim_line("--version").text();
    for part in [
        env!("CARGO_PKG_VERSION"),
        "commit",
        "target",
        "cpu-engine",
        "bundled",
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    assert_eq!(
        ddim_line("-V").text(),
        format!("ddim {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn shells_complete_every_subcommand() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = ddim(["completions", shell]).text();
        for word in ["sample", "interpolate", "guidance", "init-image"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    ddim_line("completions tcsh").fails(2, "tcsh");
}

#[test]
fn every_subcommand_has_a_page_of_the_manual() {
    let page = ddim_line("man").text();
    assert!(page.contains(".TH ddim 1"), "{page}");
    let scratch = Scratch::new();
    ddim(["man", "--output", &scratch.file("man")]).success();
    for subcommand in ["sample", "encode", "verify"] {
        let page = fs::read_to_string(scratch.file(&format!("man/ddim-{subcommand}.1"))).unwrap();
        assert!(page.contains("device"), "{page}");
    }
    assert!(fs::exists(scratch.file("man/ddim.1")).unwrap());
}

#[test]
fn a_picture_is_made_again_by_what_it_says() {
    let scratch = Scratch::new();
    let (first, again) = (scratch.file("first.png"), scratch.file("again.png"));
    let images = model("images");
    let options = "--device cpu --steps 3 --eta 0.5 --count 6 --seed 7 --class 1 --guidance 1.5";
    let words = ["sample", "--model", &images, "--output", &first];
    ddim(words.into_iter().chain(options.split(' '))).success();
    let from = |options: &str, output: &str| {
        let words = [
            "-q", "sample", "--from", &first, "--device", "cpu", "--output", output,
        ];
        ddim(words.into_iter().chain(options.split_whitespace()))
    };
    from("", &again).success();
    assert_eq!(fs::read(&first).unwrap(), fs::read(&again).unwrap());

    // Overridden, as if all had been given anew.
    let (other, expected) = (scratch.file("other.png"), scratch.file("expected.png"));
    for (overrides, options) in [
        (
            "--seed 8 --timesteps 900,500",
            "--device cpu --timesteps 900,500 --eta 0.5 --count 6 --seed 8 --class 1 --guidance 1.5",
        ),
        (
            "--class none --sampler ddpm",
            "--device cpu --steps 3 --sampler ddpm --count 6 --seed 7",
        ),
    ] {
        from(overrides, &other).success();
        let words = ["sample", "--model", &images, "--output", &expected];
        ddim(words.into_iter().chain(options.split(' '))).success();
        assert_eq!(
            fs::read(&other).unwrap(),
            fs::read(&expected).unwrap(),
            "{overrides}"
        );
    }
}

#[test]
fn pictures_that_say_nothing_are_refused() {
    let digit = "tests/data/digits/3.png";
    ddim(["sample", "--from", digit, "--output", "x.png"]).fails(4, "3.png");
    ddim([
        "sample",
        "--from",
        "/does/not/exist.png",
        "--output",
        "x.png",
    ])
    .fails(4, "exist.png");
    // What a stranger's picture says is no command but options of this one.
    let scratch = Scratch::new();
    let path = scratch.file("hostile.png");
    for line in [
        "ddim sample --output /tmp/owned.npy",
        "ddim noise --raw",
        "rm -rf /",
        "ddim sample --x 1",
    ] {
        let mut encoder = png::Encoder::new(fs::File::create(&path).unwrap(), 1, 1);
        encoder
            .add_text_chunk("Command".to_owned(), line.to_owned())
            .unwrap();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[0]).unwrap();
        writer.finish().unwrap();
        ddim(["sample", "--from", &path, "--output", "x.png"]).fails(4, "hostile.png");
    }
}
