//! Pictures: a folder of `.png` and `.jpg`, or of folders of them, one a class.

use std::path::{Path, PathBuf};

use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView};
use sha2::Sha256;

use super::error::DataError;
use super::hash::{self, files};
use super::raw::{Classes, Content};

/// Every picture of the folder, cut to its middle square and brought to `side` pixels; grey if all
/// are. Where they lie in folders of it, those are their classes.
pub fn read(
    folder: &Path,
    side: usize,
    sum: &mut Sha256,
) -> Result<(Content, Option<Classes>), DataError> {
    let (paths, classes) = find(folder)?;
    let mut pictures = Vec::with_capacity(paths.len());
    for path in &paths {
        pictures.push(open(path, side, sum)?);
    }
    let grey = pictures.iter().all(|picture| !picture.color().has_color());
    let channels = if grey { 1 } else { 3 };
    let scale = |byte: u8| f32::from(byte) / 127.5 - 1.0;
    let mut values = Vec::with_capacity(pictures.len() * channels * side * side);
    for picture in pictures {
        if grey {
            values.extend(picture.to_luma8().as_raw().iter().map(|&byte| scale(byte)));
        } else {
            let pixels = picture.to_rgb8();
            for channel in 0..channels {
                let plane = pixels.pixels().map(|pixel| scale(pixel.0[channel]));
                values.extend(plane);
            }
        }
    }
    let shape = [channels, side, side];
    Ok((Content::Pictures { shape, values }, classes))
}

fn find(folder: &Path) -> Result<(Vec<PathBuf>, Option<Classes>), DataError> {
    let entries = files(folder)?;
    let own: Vec<PathBuf> = entries
        .iter()
        .filter(|path| is_picture(path))
        .cloned()
        .collect();
    let (mut paths, mut names) = (Vec::new(), Vec::new());
    for subfolder in entries.iter().filter(|path| path.is_dir()) {
        let name = subfolder.file_name().unwrap_or_default();
        let before = paths.len();
        paths.extend(
            files(subfolder)?
                .into_iter()
                .filter(|path| is_picture(path)),
        );
        names.resize(
            names.len() + paths.len() - before,
            name.to_string_lossy().into_owned(),
        );
    }
    match (own.is_empty(), paths.is_empty()) {
        (true, true) => Err(DataError::NoPictures {
            path: folder.to_owned(),
        }),
        (false, false) => Err(DataError::Mixed {
            path: folder.to_owned(),
        }),
        (false, true) => Ok((own, None)),
        (true, false) => Ok((paths, Some(Classes::of_texts("class", &names)))),
    }
}

fn is_picture(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    path.is_file() && matches!(extension.to_str(), Some("png" | "jpg" | "jpeg"))
}

fn open(path: &Path, side: usize, sum: &mut Sha256) -> Result<DynamicImage, DataError> {
    let bytes = hash::read(path, sum)?;
    let picture = image::load_from_memory(&bytes).map_err(|error| DataError::Picture {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let (width, height) = picture.dimensions();
    let square = width.min(height);
    let middle = picture.crop_imm((width - square) / 2, (height - square) / 2, square, square);
    if square as usize == side {
        return Ok(middle);
    }
    Ok(middle.resize_exact(side as u32, side as u32, FilterType::Triangle))
}
