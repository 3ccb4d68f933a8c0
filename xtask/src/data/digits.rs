//! The digits as arrays of bytes.

use std::path::Path;

use serde_json::Value;

use super::npy;
use crate::failure::Failure;
use crate::files;

/// Values in a picture.
const PIXELS: usize = 28 * 28;

/// Of each class, one picture in this many is held out.
const HOLD_OUT: usize = 10;

/// Pictures of one part, by class.
type Part = Vec<Vec<Vec<u8>>>;

/// Writes pictures and classes of both parts; returns the number of pictures.
pub fn write(folder: &Path, out: &Path) -> Result<usize, Failure> {
    let (mut train, mut held_out): (Part, Part) = (Vec::new(), Vec::new());
    for class in 0..10 {
        let pictures = read(&folder.join(format!("{class}.json")))?;
        let (mut kept, mut away) = (Vec::new(), Vec::new());
        for (index, picture) in pictures.into_iter().enumerate() {
            let part = if index % HOLD_OUT == HOLD_OUT - 1 {
                &mut away
            } else {
                &mut kept
            };
            part.push(picture);
        }
        train.push(kept);
        held_out.push(away);
    }
    Ok(write_part(&train, out, "digits")? + write_part(&held_out, out, "digits-held-out")?)
}

/// The pictures of a class: intensities from 0 to 1, rounded to three digits, as the bytes that they
/// were.
fn read(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let wrong = || Failure::new(format_args!("{} holds no pictures", path.display()));
    let file: Value = serde_json::from_str(&files::read(path)?).map_err(|_| wrong())?;
    let values = file["data"].as_array().ok_or_else(wrong)?;
    let bytes = values.iter().map(|value| {
        let value = value.as_f64()?;
        Some((value * 255.0).round() as u8)
    });
    let bytes: Vec<u8> = bytes.collect::<Option<_>>().ok_or_else(wrong)?;
    let (pictures, rest) = bytes.as_chunks::<PIXELS>();
    if pictures.is_empty() || !rest.is_empty() {
        return Err(wrong());
    }
    Ok(pictures.iter().map(|picture| picture.to_vec()).collect())
}

/// Writes a part, the classes in turn for as long as all have pictures: digit `i` is of class
/// `i mod 10`.
fn write_part(part: &Part, out: &Path, name: &str) -> Result<usize, Failure> {
    let rounds = part.iter().map(Vec::len).min().unwrap_or(0);
    let in_turn = (0..rounds).flat_map(|round| (0..part.len()).map(move |class| (class, round)));
    let rest =
        (0..part.len()).flat_map(|class| (rounds..part[class].len()).map(move |i| (class, i)));
    let order: Vec<(usize, usize)> = in_turn.chain(rest).collect();
    let pixels: Vec<u8> = order
        .iter()
        .flat_map(|&(class, index)| part[class][index].iter().copied())
        .collect();
    let classes: Vec<u8> = order.iter().map(|&(class, _)| class as u8).collect();
    let count = order.len();
    let file = |name: String| out.join(name);
    files::write(
        &file(format!("{name}.npy")),
        npy("|u1", &[count, 1, 28, 28], &pixels),
    )?;
    files::write(
        &file(format!("{name}-classes.npy")),
        npy("|u1", &[count], &classes),
    )?;
    Ok(count)
}
