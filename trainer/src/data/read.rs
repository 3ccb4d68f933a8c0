//! Which reader data are for, and what of their options.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::conditions::Conditions;
use super::error::DataError;
use super::raw::{Classes, Content, Raw};
use super::table::Texts;
use super::{array, drawing, hash, idx, pictures};
use crate::recipe::DataRecipe;

/// Side of pictures in a folder, where none is given.
const IMAGE_SIZE: usize = 28;

/// Reads what a recipe names.
///
/// # Errors
/// [`DataError`], with the place in the data.
pub fn read(recipe: &DataRecipe, seed: u64) -> Result<Raw, DataError> {
    let path = recipe.path.as_path();
    let mut sum = Sha256::new();
    let kind = Kind::of(path)?;
    kind.check(recipe)?;
    let mut conditions = None;
    let (content, mut classes) = match kind {
        Kind::Folder => {
            let side = recipe.image_size.unwrap_or(IMAGE_SIZE);
            pictures::read(path, side, &mut sum)?
        }
        Kind::Array => (array::read(path, &hash::read(path, &mut sum)?)?, None),
        Kind::Idx => (idx::pictures(path, &hash::read(path, &mut sum)?)?, None),
        Kind::Drawing => {
            let points = recipe.points.unwrap_or(drawing::POINTS);
            let bytes = hash::read(path, &mut sum)?;
            (drawing::read(path, &bytes, points, seed)?, None)
        }
        Kind::Table => {
            let texts = Texts::read(path, &hash::read(path, &mut sum)?)?;
            let class = recipe.class_column.as_deref();
            let by = recipe.condition_columns.as_deref().unwrap_or_default();
            let others: Vec<&str> = by.iter().map(String::as_str).chain(class).collect();
            let columns = texts.columns(path, recipe.columns.as_deref(), &others)?;
            if !by.is_empty() {
                let columns = texts.columns(path, Some(by), &[])?;
                conditions = Some(Conditions::of_columns(path, &columns)?);
            }
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
        let bytes = hash::read(file, &mut sum)?;
        classes = Some(if idx::is(file) {
            idx::classes(file, &bytes)?
        } else {
            array::classes(file, &bytes)?
        });
    }
    if let Some(file) = &recipe.conditions {
        if conditions.is_some() {
            let reason = "give --conditions or --condition-columns, not both".to_owned();
            return Err(DataError::Conditions(reason));
        }
        let bytes = hash::read(file, &mut sum)?;
        conditions = Some(array::conditions(file, &bytes)?);
    }
    let hash = hash::text(sum);
    let raw = Raw {
        content,
        classes,
        conditions,
        scaled: kind == Kind::Drawing,
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
    Idx,
    Drawing,
}

impl Kind {
    fn of(path: &Path) -> Result<Self, DataError> {
        let about = std::fs::metadata(path).map_err(DataError::io(path))?;
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        match extension.to_str() {
            _ if about.is_dir() => Ok(Self::Folder),
            Some("npy") => Ok(Self::Array),
            Some("csv") => Ok(Self::Table),
            _ if idx::is(path) => Ok(Self::Idx),
            Some("png" | "jpg" | "jpeg") => Ok(Self::Drawing),
            _ => Err(DataError::Kind {
                path: path.to_owned(),
            }),
        }
    }

    /// Refuses options that are for data of another kind.
    fn check(self, recipe: &DataRecipe) -> Result<(), DataError> {
        let of_tables = recipe.columns.as_ref().map(|_| "--columns");
        let of_tables = of_tables.or(recipe.class_column.as_ref().map(|_| "--class-column"));
        let by = recipe.condition_columns.as_ref();
        let of_tables = of_tables.or(by.map(|_| "--condition-columns"));
        let of_folders = recipe.image_size.map(|_| "--image-size");
        let of_drawings = recipe.points.map(|_| "--points");
        let wrong = [
            (of_tables, Self::Table, "a .csv"),
            (of_folders, Self::Folder, "a folder of pictures"),
            (of_drawings, Self::Drawing, "a drawing, .png or .jpg"),
        ];
        let wrong = wrong.into_iter().find_map(|(option, of, kind)| {
            let option = option.filter(|_| of != self)?;
            Some((option, kind))
        });
        let Some((option, kind)) = wrong else {
            return Ok(());
        };
        Err(DataError::NotFor {
            option,
            kind,
            path: recipe.path.clone(),
        })
    }
}

/// Checks classes and conditions against rows.
fn check(raw: &Raw, recipe: &DataRecipe) -> Result<(), DataError> {
    let rows = raw.content.rows();
    let as_many = |what, file: &Option<PathBuf>, found| {
        if found == rows {
            return Ok(());
        }
        Err(DataError::Count {
            what,
            path: file.clone().unwrap_or_else(|| recipe.path.clone()),
            found,
            rows,
        })
    };
    if let Some(conditions) = &raw.conditions {
        let found = conditions.values.len() / conditions.width();
        as_many("conditions", &recipe.conditions, found)?;
    }
    let Some(classes) = &raw.classes else {
        return Ok(());
    };
    as_many("classes", &recipe.classes, classes.of_row.len())?;
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
