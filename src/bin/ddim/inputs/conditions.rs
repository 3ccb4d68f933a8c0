//! The vectors that samples are conditioned on, read as they are needed.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};

use ddim_wgpu::Batch;
use ddim_wgpu::network::Model;
use ddim_wgpu::output::npy::{NpyArray, NpyError, NpyRows};

use super::files::at;
use super::open::read_npy;
use crate::exit::Failure;

/// The vectors that samples are conditioned on beside a class.
pub struct Conditions {
    vectors: Vec<Vectors>,
    samples_per_row: NonZeroUsize,
}

/// The vectors of one condition, `[N, width]`.
struct Vectors {
    name: String,
    path: PathBuf,
    rows: Rows,
}

enum Rows {
    OnDisk(Box<NpyRows>),
    /// Of a file whose rows do not lie one after another.
    Held(NpyArray),
}

impl Conditions {
    /// Opens the file of each condition; a row of it serves so many samples.
    pub fn open(
        files: &[(String, PathBuf)],
        samples_per_row: NonZeroUsize,
        model: &Model,
    ) -> Result<Self, Failure> {
        let vectors = files.iter().map(|(name, path)| {
            let vectors = Vectors {
                name: name.clone(),
                path: path.clone(),
                rows: Rows::open(path)?,
            };
            vectors.check(model)?;
            Ok(vectors)
        });
        Ok(Self {
            vectors: vectors.collect::<Result<_, Failure>>()?,
            samples_per_row,
        })
    }

    /// How many samples the conditions are for, where there are any: those of the file with the
    /// fewest rows.
    pub fn count(&self) -> Option<usize> {
        let rows = self.vectors.iter().map(|one| one.rows.count()).min();
        Some(rows?.saturating_mul(self.samples_per_row.get()))
    }

    pub fn is_empty(&self) -> bool {
        self.vectors.is_empty()
    }

    /// The batch with the vectors of its samples, as far as the files have them.
    pub fn apply(&mut self, mut batch: Batch) -> Result<Batch, Failure> {
        for one in &mut self.vectors {
            let wanted = rows(&batch, self.samples_per_row);
            let range = one.rows.clamped(wanted);
            let first = range.start as u64;
            let values = one.rows.read(range).map_err(|error| at(&one.path, error))?;
            batch = batch.condition_from(one.name.as_str(), first, values);
        }
        Ok(batch.samples_per_condition(self.samples_per_row))
    }

    /// Reads the vectors of a batch's samples before the work: whether all are finite.
    pub fn look_over(&mut self, batch: &Batch) -> Result<(), Failure> {
        for one in &mut self.vectors {
            let range = one.rows.clamped(rows(batch, self.samples_per_row));
            if let Rows::OnDisk(rows) = &mut one.rows {
                rows.bounds(range).map_err(|error| at(&one.path, error))?;
            }
        }
        Ok(())
    }
}

/// The rows that a batch's samples are given.
fn rows(batch: &Batch, samples_per_row: NonZeroUsize) -> Range<u64> {
    let row = |sample: u64| sample / samples_per_row.get() as u64;
    let last = (batch.count as u64).saturating_sub(1);
    row(batch.sample_offset)..row(batch.sample_offset.saturating_add(last)) + 1
}

impl Vectors {
    /// Whether the file is of the model's shape; a name that the model does not have is told by who
    /// validates the batch.
    fn check(&self, model: &Model) -> Result<(), Failure> {
        let mut inputs = model.inputs().iter();
        let Some(input) = inputs.find(|input| input.name == self.name) else {
            return Ok(());
        };
        let (name, width) = (&self.name, input.width);
        match self.rows.shape() {
            &[_, found] if found == width => Ok(()),
            shape => Err(at(
                &self.path,
                format_args!("shape {shape:?}, but the condition `{name}` needs [N, {width}]"),
            )),
        }
    }
}

impl Rows {
    fn open(path: &Path) -> Result<Self, Failure> {
        let failed = |error| at(path, error);
        let is_file = path.metadata().is_ok_and(|metadata| metadata.is_file());
        if is_file && let Some(rows) = NpyRows::open(path).map_err(failed)? {
            return Ok(Self::OnDisk(Box::new(rows)));
        }
        read_npy(path).map(Self::Held)
    }

    fn shape(&self) -> &[usize] {
        match self {
            Self::OnDisk(rows) => rows.shape(),
            Self::Held(array) => &array.shape,
        }
    }

    fn count(&self) -> usize {
        self.shape().first().copied().unwrap_or(1)
    }

    /// Of these rows those that are there; the last where there are none of them.
    fn clamped(&self, rows: Range<u64>) -> Range<usize> {
        let count = self.count();
        let end = usize::try_from(rows.end).unwrap_or(usize::MAX).min(count);
        let start = usize::try_from(rows.start).unwrap_or(usize::MAX);
        start.min(end.saturating_sub(1))..end
    }

    fn read(&mut self, range: Range<usize>) -> Result<Vec<f32>, NpyError> {
        match self {
            Self::OnDisk(rows) => rows.read(range),
            Self::Held(array) => {
                let width = array.values.len() / array.shape.first().copied().unwrap_or(1).max(1);
                Ok(array.values[range.start * width..range.end * width].to_vec())
            }
        }
    }
}
