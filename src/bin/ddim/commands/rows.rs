//! Samples as rows of the table that the model learnt.

use std::io::{self, Write};

use ddim_wgpu::Batch;
use ddim_wgpu::network::Model;
use ddim_wgpu::output::csv;

/// Writes a header and a row for each sample: in the data's units under the data's names where the
/// model has them (`data_config.json`), else the network's values as `x0`, `x1`, …
pub fn write(
    file: &mut impl Write,
    model: &Model,
    batch: &Batch,
    values: &[f32],
) -> io::Result<()> {
    let samples = values.chunks_exact(model.dims());
    let config = model
        .data_config()
        .filter(|config| !config.columns.is_empty());
    let Some(config) = config else {
        csv::write_row(file, (0..model.dims()).map(|index| format!("x{index}")))?;
        for sample in samples {
            csv::write_row(file, sample.iter().map(f32::to_string))?;
        }
        return Ok(());
    };
    let class = |index| batch.class_of(index, model.num_classes());
    csv::write_row(file, config.header(class(0).is_some()))?;
    for (index, sample) in samples.enumerate() {
        csv::write_row(file, config.row(sample, class(index)))?;
    }
    Ok(())
}
