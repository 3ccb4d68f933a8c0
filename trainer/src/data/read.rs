//! Which reader data are for, and what of their options.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::DataError;
use super::raw::{Classes, Content, Raw};
use super::table::Texts;
use super::{array, hash, pictures};
use crate::recipe::DataRecipe;

/// Side of pictures in a folder, where none is given.
const IMAGE_SIZE: usize = 28;

/// Reads what a recipe names.
///
/// # Errors
/// [`DataError`], with the place in the data.
pub fn read(recipe: &DataRecipe) -> Result<Raw, DataError> {
    let path = recipe.path.as_path();
    let mut sum = Sha256::new();
    let kind = Kind::of(path)?;
    kind.check(recipe)?;
    let (content, mut classes) = match kind {
        Kind::Folder => {
            let side = recipe.image_size.unwrap_or(IMAGE_SIZE);
            pictures::read(path, side, &mut sum)?
        }
        Kind::Array => (array::read(path, &hash::read(path, &mut sum)?)?, None),
        Kind::Table => {
            let texts = Texts::read(path, &hash::read(path, &mut sum)?)?;
            let class = recipe.class_column.as_deref();
            let columns = texts.columns(path, recipe.columns.as_deref(), class)?;
            let classes = match class {
                Some(name) => Some(Classes::of_texts(name, texts.column(path, name)?)),
                None => None,
            };
            (Content::Table(columns), classes)
        }
    };
    if let Some(file) = &recipe.classes {
        if classes.is_some() {
            let reason = format!(
                "{} has classes of its own beside those of --classes",
                path.display()
            );
            return Err(DataError::Classes(reason));
        }
        classes = Some(array::classes(file, &hash::read(file, &mut sum)?)?);
    }
    let hash = hash::text(sum);
    let raw = Raw {
        content,
        classes,
        hash,
    };
    check(&raw, recipe)?;
    Ok(raw)
}

/// What data are, by their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    Array,
    Table,
}

impl Kind {
    fn of(path: &Path) -> Result<Self, DataError> {
        let about = std::fs::metadata(path).map_err(DataError::io(path))?;
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        match extension.to_str() {
            _ if about.is_dir() => Ok(Self::Folder),
            Some("npy") => Ok(Self::Array),
            Some("csv") => Ok(Self::Table),
            _ => Err(DataError::Kind {
                path: path.to_owned(),
            }),
        }
    }

    /// Refuses options that are for data of another kind.
    fn check(self, recipe: &DataRecipe) -> Result<(), DataError> {
        let of_tables = recipe.columns.as_ref().map(|_| "--columns");
        let of_tables = of_tables.or(recipe.class_column.as_ref().map(|_| "--class-column"));
        let of_folders = recipe.image_size.map(|_| "--image-size");
        let (option, kind) = match (self, of_tables, of_folders) {
            (Self::Folder | Self::Array, Some(option), _) => (option, "a .csv"),
            (Self::Array | Self::Table, _, Some(option)) => (option, "a folder of pictures"),
            _ => return Ok(()),
        };
        Err(DataError::NotFor {
            option,
            kind,
            path: recipe.path.clone(),
        })
    }
}

/// Checks classes against rows.
fn check(raw: &Raw, recipe: &DataRecipe) -> Result<(), DataError> {
    let Some(classes) = &raw.classes else {
        return Ok(());
    };
    let rows = raw.content.rows();
    if classes.of_row.len() != rows {
        return Err(DataError::ClassCount {
            path: recipe
                .classes
                .clone()
                .unwrap_or_else(|| recipe.path.clone()),
            found: classes.of_row.len(),
            rows,
        });
    }
    let first = classes.of_row.first();
    if classes.of_row.iter().all(|class| Some(class) == first) {
        let class = first.map_or_else(String::new, |&class| classes.names[class as usize].clone());
        return Err(DataError::OneClass {
            column: classes.name.clone(),
            class,
        });
    }
    Ok(())
}
