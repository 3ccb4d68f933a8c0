//! The registers of the sample of a shard's samples.

use std::ops::Range;

use wgpu::{Buffer, BufferUsages, Device, Queue};

use crate::batch::Batch;
use crate::gpu::layers::sample_rows::SampleRows;
use crate::gpu::program::buffers::empty;
use crate::gpu::program::network_buffers::NetworkBuffers;
use crate::network::Program;

/// What classes and conditions are folded to, and which of it each sample is given.
#[derive(Clone, Debug)]
pub struct SampleRowBuffers {
    /// `[rows][registers of the sample]`.
    pub values: Buffer,
    /// Row of each sample.
    pub rows: Buffer,
}

impl SampleRowBuffers {
    /// Buffers for `count` samples of a network of layers; none for others.
    pub fn new(device: &Device, network: &NetworkBuffers, count: usize) -> Option<Self> {
        let values = value_bytes(network, count)?;
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        Some(Self {
            values: empty(device, "ddim.sample_values", values, usage),
            rows: empty(device, "ddim.sample_rows", 4 * count as u64, usage),
        })
    }

    /// Bytes that [`SampleRowBuffers::new`] takes.
    pub fn bytes(network: &NetworkBuffers, count: usize) -> u64 {
        value_bytes(network, count).map_or(0, |bytes| bytes + 4 * count as u64)
    }

    /// Folds what samples `samples` of a batch are given, and writes it.
    pub fn upload(&self, queue: &Queue, program: &Program, batch: &Batch, samples: Range<usize>) {
        let folded = SampleRows::new(program, batch, samples);
        queue.write_buffer(&self.values, 0, bytemuck::cast_slice(&folded.values));
        queue.write_buffer(&self.rows, 0, bytemuck::cast_slice(&folded.rows));
    }
}

fn value_bytes(network: &NetworkBuffers, count: usize) -> Option<u64> {
    let NetworkBuffers::Layers {
        program,
        sample_row_len,
        ..
    } = network
    else {
        return None;
    };
    let rows = SampleRows::most(program, count) as u64;
    Some(rows.saturating_mul(4 * *sample_row_len as u64))
}
