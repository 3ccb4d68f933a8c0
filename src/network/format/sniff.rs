//! Files that are often found in the place of weights, known by their first bytes.

use super::error::WeightsError;

/// What a file that starts with these bytes is, if it is one of those.
pub(super) fn not_safetensors(start: &[u8; 8]) -> Option<WeightsError> {
    let lower = start.map(|byte| byte.to_ascii_lowercase());
    let (what, advice) = if start.starts_with(b"PK\x03\x04") {
        (
            "a zip archive, as torch.save writes it",
            "load it in PyTorch and write its state_dict with safetensors.torch.save_file",
        )
    } else if start.starts_with(b"version ") {
        (
            "a pointer of git-lfs",
            "fetch the file itself with `git lfs pull`",
        )
    } else if lower.starts_with(b"<!doctyp") || lower.starts_with(b"<html") {
        (
            "a page of HTML",
            "download the file itself, not the page that shows it",
        )
    } else if start.starts_with(b"<?xml") {
        (
            "XML, most often the error message of a server",
            "look into it, and download the file again",
        )
    } else if start.starts_with(b"\x80\x02") && start[2] != 0 {
        (
            "a Python pickle, as old versions of torch.save write it",
            "load it in PyTorch and write its state_dict with safetensors.torch.save_file",
        )
    } else if start.starts_with(b"\x89HDF") {
        (
            "an HDF5 file, as Keras writes it",
            "write the weights with safetensors.numpy.save_file",
        )
    } else {
        return None;
    };
    Some(WeightsError::NotSafetensors { what, advice })
}
