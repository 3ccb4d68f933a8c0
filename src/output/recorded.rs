//! The run that a picture says it was made by.

use std::io::{BufRead, Seek};

use png::{Decoder, DecodingError, Limits};

use super::provenance::COMMAND;

/// Most memory that a picture's text may take, in bytes.
const MAX_BYTES: usize = 8 << 20;

/// Why a picture's run is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordedError {
    /// The file is not a PNG, or it is damaged.
    #[error("not a readable PNG: {0}")]
    Png(#[from] DecodingError),
    /// There is no text chunk that says so.
    #[error(
        "no `{COMMAND}` in its text chunks: it was not made by this program, or has been saved by another"
    )]
    None,
    /// The text is not a command line of this program.
    #[error("its `{COMMAND}` is not a command line of this program")]
    Malformed,
}

/// A command line of `ddim`, as [`RunParameters::command_line`](super::RunParameters::command_line)
/// writes it, without the output file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRun {
    /// The subcommand.
    pub subcommand: String,
    /// Names of options without dashes, and their values; a name may be anything.
    pub options: Vec<(String, Vec<String>)>,
}

impl RecordedRun {
    /// Reads the text chunks before the pixels of a PNG file, from anyone.
    ///
    /// # Errors
    /// [`RecordedError`].
    pub fn from_png(reader: impl BufRead + Seek) -> Result<Self, RecordedError> {
        let limits = Limits { bytes: MAX_BYTES };
        let reader = Decoder::new_with_limits(reader, limits).read_info()?;
        let info = reader.info();
        let latin1 = info.uncompressed_latin1_text.iter();
        let mut latin1 = latin1.filter(|chunk| chunk.keyword == COMMAND);
        let mut utf8 = info
            .utf8_text
            .iter()
            .filter(|chunk| chunk.keyword == COMMAND);
        let line = match (latin1.next(), utf8.next()) {
            (Some(chunk), _) => chunk.text.clone(),
            (None, Some(chunk)) => chunk.get_text()?,
            (None, None) => return Err(RecordedError::None),
        };
        Self::from_command_line(&line).ok_or(RecordedError::Malformed)
    }

    /// Takes a command line apart; none if it is not one of `ddim`.
    #[must_use]
    pub fn from_command_line(line: &str) -> Option<Self> {
        let mut words = words(line)?.into_iter();
        if words.next()? != "ddim" {
            return None;
        }
        let subcommand = words.next()?;
        let mut options: Vec<(String, Vec<String>)> = Vec::new();
        for word in words {
            match (word.strip_prefix("--"), options.last_mut()) {
                (Some(name), _) => options.push((name.to_owned(), Vec::new())),
                (None, Some((_, values))) => values.push(word),
                (None, None) => return None,
            }
        }
        Some(Self {
            subcommand,
            options,
        })
    }
}

/// The words of a line quoted for a POSIX shell, without its expansions; none if a quote has no
/// end.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        '\'' => break,
                        quoted => word.push(quoted),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(letters.next()?),
            letter if letter.is_whitespace() => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::output::picture::{Pixels, Raster};
    use crate::output::png;
    use crate::output::provenance::RunParameters;

    fn option(name: &str, values: &[&str]) -> (String, Vec<String>) {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        (name.to_owned(), values)
    }

    #[test]
    fn what_a_picture_records_is_read() {
        let mut run = RunParameters::new("sample");
        run.option("model", "it's ᾱ")
            .option("init-image", vec!["a b.png", "", "c"])
            .option("timesteps", vec![900, 10])
            .option("eta", -0.5)
            .fact("device", "cpu");
        let raster = Raster {
            width: 1,
            height: 1,
            pixels: Pixels::Grey(vec![0]),
        };
        let mut bytes = Vec::new();
        png::write(&mut bytes, &raster, &run.text_chunks()).expect("written");
        let recorded = RecordedRun::from_png(Cursor::new(bytes)).expect("a run");
        assert_eq!(recorded.subcommand, "sample");
        assert_eq!(
            recorded.options,
            [
                option("model", &["it's ᾱ"]),
                option("init-image", &["a b.png", "", "c"]),
                option("timesteps", &["900,10"]),
                option("eta", &["-0.5"]),
            ]
        );
    }

    #[test]
    fn what_is_no_command_line_is_refused() {
        for line in [
            "",
            "ddim",
            "rm -rf x",
            "ddim sample x",
            "ddim sample --model 'a",
        ] {
            assert_eq!(RecordedRun::from_command_line(line), None, "{line}");
        }
        let raster = Raster {
            width: 1,
            height: 1,
            pixels: Pixels::Grey(vec![0]),
        };
        let mut bytes = Vec::new();
        png::write(&mut bytes, &raster, &[]).expect("written");
        let none = RecordedRun::from_png(Cursor::new(&*bytes));
        assert!(matches!(none, Err(RecordedError::None)), "{none:?}");
        let cut = RecordedRun::from_png(Cursor::new(&bytes[..20]));
        assert!(matches!(cut, Err(RecordedError::Png(_))), "{cut:?}");
    }
}
