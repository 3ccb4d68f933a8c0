//! What every table over noises and numbers of steps is filled by.

use super::Noise;
use super::report::Row;
use crate::exit::Failure;
use crate::terminal::note;

/// A row for each noise and in it a cell for each number of steps: of `measure`, which gives the
/// figures of every seed. `say` tells those who wait of a cell's first figure.
pub(super) fn table(
    noises: &[Noise],
    steps: &[usize],
    say: impl Fn(&[f64]) -> String,
    mut measure: impl FnMut(Noise, usize) -> Result<Vec<Vec<f64>>, Failure>,
) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for &noise in noises {
        let mut cells = Vec::new();
        for &steps in steps {
            let seeds = measure(noise, steps)?;
            // A list of seeds for every metric.
            let of_metric = |metric| seeds.iter().map(|figures| figures[metric]).collect();
            let cell: Vec<Vec<f64>> = (0..seeds[0].len()).map(of_metric).collect();
            note(format_args!(
                "{}, S = {steps}: {}",
                noise.label(),
                say(&cell[0])
            ));
            cells.push(cell);
        }
        rows.push(Row {
            label: noise.label(),
            key: noise.key(),
            cells,
        });
    }
    Ok(rows)
}
