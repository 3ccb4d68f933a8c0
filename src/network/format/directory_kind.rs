//! What a directory is that is not a model's.

use std::fmt;
use std::fs;
use std::path::Path;

/// Kinds of directories that are taken for a model's. Its `Display` says what it is
/// and the next step to take.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DirectoryKind {
    /// A diffusers pipeline, whose network is a folder of its own.
    Pipeline,
    /// Weights in several files.
    Sharded {
        /// One of them, or their index.
        file: String,
    },
    /// Weights as a Python pickle.
    Pickled {
        /// The file.
        file: String,
    },
    /// A network of diffusers'.
    Diffusers,
}

/// Endings of pickled weights.
const PICKLES: [&str; 4] = [".bin", ".pt", ".pth", ".ckpt"];

impl DirectoryKind {
    /// The kind of a directory without a model's files; none if it is of no kind known here.
    #[must_use]
    pub fn of(directory: &Path) -> Option<Self> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .ok()?
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        let find = |wanted: &dyn Fn(&str) -> bool| names.iter().find(|name| wanted(name)).cloned();
        if find(&|name| name == "model_index.json").is_some() {
            return Some(Self::Pipeline);
        }
        let of_shards = |name: &str| name.ends_with(".index.json") || name.contains("-of-0");
        if let Some(file) = find(&of_shards) {
            return Some(Self::Sharded { file });
        }
        if find(&|name| name == "diffusion_pytorch_model.safetensors").is_some() {
            return Some(Self::Diffusers);
        }
        let of_pickles = |name: &str| PICKLES.iter().any(|ending| name.ends_with(ending));
        find(&of_pickles).map(|file| Self::Pickled { file })
    }
}

impl fmt::Display for DirectoryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pipeline => f.write_str(
                "a diffusers pipeline, not a network: convert the network in its folder (`unet`, \
                 `transformer`) to this format, and copy scheduler/scheduler_config.json beside it",
            ),
            Self::Sharded { file } => write!(
                f,
                "a model whose weights are in several files ({file}): join them into one \
                 model.safetensors, with safetensors.torch.save_file"
            ),
            Self::Pickled { file } => write!(
                f,
                "a model whose weights are pickled ({file}), which can run code and is not read: \
                 load them in Python with torch.load(…, weights_only=True) and save them as \
                 model.safetensors with safetensors.torch.save_file"
            ),
            Self::Diffusers => f.write_str(
                "a network of diffusers', whose architecture is not one of this format's: convert it",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn directory(files: &[&str]) -> PathBuf {
        let path = std::env::temp_dir().join(format!(
            "ddim-directory-{}-{}",
            std::process::id(),
            files.join("+")
        ));
        fs::create_dir_all(&path).expect("a directory");
        for file in files {
            fs::write(path.join(file), b"").expect("a file");
        }
        path
    }

    #[test]
    fn directories_are_told_by_their_files() {
        for (files, expected) in [
            (&["model_index.json"][..], "pipeline"),
            (&["model-00001-of-00002.safetensors"], "several files"),
            (&["diffusion_pytorch_model.safetensors"], "diffusers"),
            (&["config.json", "pytorch_model.bin"], "pickled"),
        ] {
            let path = directory(files);
            let kind = DirectoryKind::of(&path).expect("a kind").to_string();
            assert!(kind.contains(expected), "{kind}");
            fs::remove_dir_all(path).expect("removed");
        }
        let path = directory(&["config.json"]);
        assert_eq!(DirectoryKind::of(&path), None);
        fs::remove_dir_all(path).expect("removed");
    }
}
