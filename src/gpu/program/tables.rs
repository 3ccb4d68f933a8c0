//! The tables that all runs of a sampler read: the plan's coefficients, and the normal's.

use wgpu::{Buffer, BufferUsages, Device, Queue};

use super::buffers::filled;
use crate::diffusion::Plan;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::shader::step_table::{STEP_STRIDE, start_row, step_table};
use crate::noise::NORMAL_TABLE;

/// The tables on the device.
#[derive(Debug)]
pub struct Tables {
    /// One row of the plan every [`STEP_STRIDE`] bytes; after the last that there is room for, the
    /// level before the first.
    steps: Buffer,
    normals: Buffer,
    capacity: usize,
}

impl Tables {
    /// Tables for plans of up to `capacity` rows, with those of `plan` in them.
    pub async fn new(
        device: &Device,
        plan: &Plan,
        dims: usize,
        capacity: usize,
    ) -> Result<Self, SamplerError> {
        checked(device, "the coefficient tables", || {
            let usage = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
            let mut table = step_table(plan, dims);
            table.resize(capacity * STEP_STRIDE, 0);
            table.extend(start_row(plan));
            let normals = bytemuck::cast_slice(NORMAL_TABLE.as_flattened());
            Self {
                steps: filled(device, "ddim.steps", &table, usage),
                normals: filled(device, "ddim.normal_table", normals, usage),
                capacity,
            }
        })
        .await
    }

    /// Writes the rows of another plan, of at most [`Tables::capacity`] rows.
    pub fn write(&self, queue: &Queue, plan: &Plan, dims: usize) {
        queue.write_buffer(&self.steps, 0, &step_table(plan, dims));
        let start = u64::from(self.start_offset());
        queue.write_buffer(&self.steps, start, &start_row(plan));
    }

    /// Rows that the tables have room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    pub fn steps(&self) -> &Buffer {
        &self.steps
    }

    pub fn normals(&self) -> &Buffer {
        &self.normals
    }

    /// Offset in bytes of the level before the first row.
    pub fn start_offset(&self) -> u32 {
        row_offset(self.capacity)
    }
}

/// Offset in bytes of a row.
pub fn row_offset(row: usize) -> u32 {
    (row * STEP_STRIDE) as u32
}
