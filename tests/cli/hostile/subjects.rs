//! Kinds of files, a sound one of each, and the commands that read them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use image::ImageFormat;

use super::corpus::{Case, Content};
use super::{formats, json};
use crate::cli::{Scratch, ddim};

/// A kind of file.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Its path in the folder of the command.
    pub(crate) file: &'static str,
    /// What of a command's line names it.
    pub(crate) argument: &'static str,
    /// Folders of the workshop that are copied beside it.
    folders: &'static [&'static str],
    /// Commands that read it: `MODELS` is the folder of fixtures, `SHOP` the workshop.
    pub(crate) commands: &'static [&'static str],
    /// Exit codes that these may end with.
    pub(crate) codes: &'static [i32],
    pub(crate) sound: fn(&Workshop) -> Vec<u8>,
    /// Cases of this kind beside those of any.
    pub(crate) own: fn(&[u8]) -> Vec<Case>,
}

/// Sound files, made once.
pub(crate) struct Workshop(Scratch);

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/models");
const NETWORKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/networks");
const DIGITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/models/digits");

impl Workshop {
    pub(crate) fn new() -> Self {
        let shop = Self(Scratch::new());
        for (from, to) in [
            (format!("{MODELS}/images"), "m"),
            (format!("{NETWORKS}/diffusion-ql-mlp"), "n"),
            (format!("{MODELS}/points"), "s"),
            (format!("{DIGITS}/classifier"), "c"),
        ] {
            copy(Path::new(&from), &shop.0.0.join(to));
        }
        let whole = shop.0.0.join("s/model.safetensors");
        fs::rename(whole, shop.0.0.join("s/part.safetensors")).expect("a file");
        for line in [
            "sample --quiet --device cpu --count 4 --steps 1 --output SHOP/digits.npy",
            "sample --quiet --device cpu --count 4 --steps 1 --model MODELS/images --output SHOP/run.png",
            "sample --quiet --device cpu --count 4 --steps 1 --model MODELS/images --output SHOP/images.npy",
            "sample --quiet --device cpu --count 9 --chunk 4 --steps 1 --model MODELS/points --output SHOP/z.zarr",
        ] {
            ddim(shop.words(line)).success();
        }
        let bench = "bench --device cpu --model MODELS/points --count 1 --steps 1 --repetitions 3 --seconds 0 --json";
        let report = ddim(shop.words(bench)).success();
        fs::write(shop.0.0.join("report.json"), report).expect("a file");
        shop
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.0.join(name)).expect("a sound file")
    }

    /// The words of a command.
    pub(crate) fn words(&self, line: &str) -> Vec<String> {
        let shop = self.0.0.to_str().expect("UTF-8");
        let placed = |word: &str| word.replace("MODELS", MODELS).replace("SHOP", shop);
        line.split(' ').map(placed).collect()
    }

    /// Copies what the commands of a subject read beside it.
    pub(crate) fn furnish(&self, subject: &Subject, folder: &Path) {
        for name in subject.folders {
            copy(&self.0.0.join(name), &folder.join(name));
        }
    }
}

/// Copies a folder, links to whose files would be as good.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path: PathBuf = entry.expect("a name").path();
        let to = to.join(path.file_name().unwrap_or(OsStr::new("")));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a file");
        }
    }
}

fn value(bytes: &[u8]) -> serde_json::Value {
    serde_json::from_slice(bytes).expect("sound JSON")
}

const REFUSED: &[i32] = &[4];

const fn subject(
    name: &'static str,
    file: &'static str,
    commands: &'static [&'static str],
) -> Subject {
    Subject {
        name,
        file,
        argument: file,
        folders: &[],
        commands,
        codes: REFUSED,
        sound: |_| Vec::new(),
        own: |_| Vec::new(),
    }
}

const SAMPLE_M: &str = "sample --device cpu --count 2 --steps 2 --model ./m --output out.npy";

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        argument: "./m",
        folders: &["m"],
        // A network that gives no number at all is a failure of the run.
        codes: &[1, 4],
        sound: |shop| shop.read("m/config.json"),
        own: |sound| json::cases(&value(sound), 7),
        ..subject(
            "a residual MLP's configuration",
            "m/config.json",
            &["info --model ./m", SAMPLE_M],
        )
    },
    Subject {
        argument: "./n",
        folders: &["n"],
        sound: |shop| shop.read("n/config.json"),
        own: |sound| json::cases(&value(sound), 1),
        ..subject(
            "a network of layers",
            "n/config.json",
            &["info --model ./n"],
        )
    },
    Subject {
        argument: "./m",
        folders: &["m"],
        codes: &[1, 2, 4],
        sound: |shop| shop.read("m/scheduler_config.json"),
        own: |sound| json::cases(&value(sound), 7),
        ..subject(
            "a model's scheduler",
            "m/scheduler_config.json",
            &["schedule --model ./m --steps 3 --json", SAMPLE_M],
        )
    },
    Subject {
        codes: &[2, 4],
        sound: |shop| shop.read("m/scheduler_config.json"),
        own: |_| Vec::new(),
        ..subject(
            "a scheduler by itself",
            "scheduler.json",
            &["schedule --scheduler-config scheduler.json --steps 3"],
        )
    },
    Subject {
        argument: "./m",
        folders: &["m"],
        codes: &[1, 4],
        sound: |shop| shop.read("m/model.safetensors"),
        own: formats::safetensors,
        ..subject(
            "weights",
            "m/model.safetensors",
            &["info --model ./m", SAMPLE_M],
        )
    },
    Subject {
        argument: "./s",
        folders: &["s"],
        sound: |shop| {
            let part = shop.read("s/part.safetensors");
            let length = u64::from_le_bytes(part[..8].try_into().expect("eight bytes"));
            let header = value(&part[8..8 + length as usize]);
            let names = header.as_object().expect("names").keys();
            let map: serde_json::Map<_, _> = names
                .filter(|name| *name != "__metadata__")
                .map(|name| (name.clone(), "part.safetensors".into()))
                .collect();
            let index = serde_json::json!({"metadata": {"total_size": 1}, "weight_map": map});
            index.to_string().into_bytes()
        },
        own: |sound| json::cases(&value(sound), 2),
        ..subject(
            "an index of weights",
            "s/model.safetensors.index.json",
            &["info --model ./s"],
        )
    },
    Subject {
        codes: &[1, 4],
        sound: |shop| shop.read("images.npy"),
        own: |_| formats::arrays(),
        ..subject(
            "an array",
            "in.npy",
            &[
                "encode --device cpu --steps 2 --model MODELS/images --output out.npy --input in.npy",
                "sample --device cpu --steps 2 --model MODELS/images --output out.npy --init in.npy",
                "forward --model MODELS/images --timesteps 5 --output out.npy --input in.npy",
            ],
        )
    },
    Subject {
        codes: &[1, 2, 4],
        sound: |_| condition(),
        own: |_| formats::arrays(),
        ..subject(
            "conditions",
            "condition.npy",
            &[
                "sample --device cpu --steps 2 --model SHOP/n --condition condition=condition.npy --output out.npy",
            ],
        )
    },
    Subject {
        codes: &[2, 4],
        sound: |_| array(&[3], &[0.0; 3]),
        ..subject(
            "sigmas",
            "sigmas.npy",
            &["schedule --model MODELS/images --steps 3 --sigmas sigmas.npy"],
        )
    },
    Subject {
        sound: |shop| shop.read("images.npy"),
        own: |_| formats::arrays(),
        ..subject(
            "reference data",
            "reference.npy",
            &[
                "evaluate --device cpu --model MODELS/images --reconstruction --steps 1 --count 1 --reference reference.npy",
            ],
        )
    },
    Subject {
        codes: &[1, 4],
        sound: |_| formats::picture(ImageFormat::Png),
        own: |sound| {
            [
                formats::pngs(sound),
                formats::sizes(sound, [16, 20], 4, true),
            ]
            .into_iter()
            .flatten()
            .collect()
        },
        ..subject(
            "a PNG",
            "in.png",
            &[
                "encode --device cpu --steps 2 --model MODELS/images --output out.npy --input in.png",
                "sample --device cpu --steps 2 --model MODELS/images --output out.npy --init-image SHOP/images.npy --mask in.png",
            ],
        )
    },
    Subject {
        sound: |_| formats::picture(ImageFormat::Jpeg),
        own: |sound| {
            // The frame's header: its length, a precision, then the sides.
            let frame = sound
                .windows(2)
                .position(|pair| pair == [0xFF, 0xC0])
                .expect("a frame");
            formats::sizes(sound, [frame + 7, frame + 5], 2, true)
        },
        ..subject(
            "a JPEG",
            "in.jpg",
            &[
                "encode --device cpu --steps 2 --model MODELS/images --output out.npy --input in.jpg",
            ],
        )
    },
    Subject {
        sound: |_| formats::picture(ImageFormat::WebP),
        own: |sound| formats::sizes(sound, [20, 22], 2, false),
        ..subject(
            "a WebP",
            "in.webp",
            &[
                "encode --device cpu --steps 2 --model MODELS/images --output out.npy --input in.webp",
            ],
        )
    },
    Subject {
        sound: |_| formats::picture(ImageFormat::Gif),
        own: |sound| formats::sizes(sound, [6, 8], 2, false),
        ..subject(
            "a GIF",
            "in.gif",
            &[
                "encode --device cpu --steps 2 --model MODELS/images --output out.npy --input in.gif",
            ],
        )
    },
    Subject {
        sound: |_| formats::picture(ImageFormat::Bmp),
        own: |sound| formats::sizes(sound, [18, 22], 4, false),
        ..subject(
            "a BMP",
            "in.bmp",
            &[
                "encode --device cpu --steps 2 --model MODELS/images --output out.npy --input in.bmp",
            ],
        )
    },
    Subject {
        argument: "z.zarr",
        folders: &["z.zarr"],
        codes: &[1, 4],
        sound: |shop| shop.read("z.zarr/zarr.json"),
        own: |sound| json::cases(&value(sound), 2),
        ..subject(
            "an array's document",
            "z.zarr/zarr.json",
            &["check z.zarr --json"],
        )
    },
    Subject {
        argument: "z.zarr",
        folders: &["z.zarr"],
        // 1: what is broken is named.
        codes: &[1, 4],
        sound: |shop| shop.read("z.zarr/c/1/0"),
        ..subject("a chunk", "z.zarr/c/1/0", &["check z.zarr"])
    },
    Subject {
        argument: "./c",
        folders: &["c"],
        sound: |shop| shop.read("c/config.json"),
        own: |sound| json::cases(&value(sound), 4),
        ..subject("a classifier", "c/config.json", &[CLASSIFY])
    },
    Subject {
        argument: "./c",
        folders: &["c"],
        codes: &[1, 4],
        sound: |shop| shop.read("c/model.safetensors"),
        own: formats::safetensors,
        ..subject("a classifier's weights", "c/model.safetensors", &[CLASSIFY])
    },
    Subject {
        argument: "./c",
        folders: &["c"],
        codes: &[1, 4],
        sound: |shop| shop.read("c/reference.safetensors"),
        ..subject(
            "a classifier's reference",
            "c/reference.safetensors",
            &[CLASSIFY],
        )
    },
    Subject {
        codes: &[1, 2, 4, 5],
        sound: |shop| shop.read("run.png"),
        own: recorded,
        ..subject(
            "a recorded run",
            "run.png",
            &["sample --from run.png --device cpu --output out.png"],
        )
    },
    Subject {
        sound: |shop| shop.read("report.json"),
        own: |sound| json::cases(&value(sound), 3),
        ..subject(
            "a report",
            "report.json",
            &[
                "bench --device cpu --model MODELS/points --count 1 --steps 1 --repetitions 3 --seconds 0 --compare report.json",
            ],
        )
    },
];

const CLASSIFY: &str = "evaluate --device cpu --steps 1 --eta 0 --count 4 --reference SHOP/digits.npy --classifier ./c";

fn array(shape: &[usize], values: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    ddim_wgpu::output::npy::write(&mut bytes, shape, values).expect("memory");
    bytes
}

fn condition() -> Vec<u8> {
    array(&[2, 11], &[0.5; 22])
}

/// Pictures that say what they were made by, and should not.
fn recorded(sound: &[u8]) -> Vec<Case> {
    let mut cases = Vec::new();
    for line in [
        "",
        "ddim",
        "rm -rf /",
        "ddim sample",
        "ddim sample --steps",
        "ddim sample --steps 18446744073709551615",
        "ddim sample --steps 99999999999999999999999",
        "ddim sample --count 18446744073709551615 --model /dev/zero",
        "ddim sample --model /dev/zero",
        "ddim sample --model /etc",
        "ddim sample --model '\u{1b}[31m\u{9b}2J'",
        "ddim sample --init /dev/zero",
        "ddim sample --mask /dev/zero --init-image /dev/zero",
        "ddim sample --condition a=/dev/zero",
        "ddim sample --sigmas /dev/zero",
        "ddim sample --output /etc/passwd",
        "ddim sample --from run.png",
        "ddim sample --device nowhere",
        "ddim sample --'\u{1b}[31m' 1",
        "ddim sample --guidance nan --eta inf",
        "ddim sample --timesteps 1,2,3,-4",
        "ddim sample 'unclosed",
        "ddim noise --raw",
        "ddim sample --help",
        "ddim sample --version",
    ] {
        cases.push((line.escape_debug().to_string(), line.to_owned()));
    }
    let many = " --class 1".repeat(50_000);
    cases.push((
        "fifty thousand options".into(),
        format!("ddim sample{many}"),
    ));
    cases.push((
        "a long word".into(),
        format!("ddim sample --model {}", "x".repeat(1 << 20)),
    ));
    let picture = |(name, line): (String, String)| {
        let bytes = formats::rebuilt(sound, |kind, data| {
            if kind == b"tEXt" && data.starts_with(b"Command\0") {
                return vec![[b"Command\0", line.as_bytes()].concat()];
            }
            vec![data.to_vec()]
        });
        Case {
            refused: false,
            ..Case::refused(name, Content::Bytes(bytes))
        }
    };
    cases.into_iter().map(picture).collect()
}
