//! The kernels that measure peaks, and the work that each of them does.

use wgpu::{BufferUsages, CommandEncoder, Device, Limits};

use super::peak::Peak;
use super::standalone::Standalone;
use crate::gpu::device::cooperative_matrix::MatrixUnits;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::error_scope::checked;
use crate::gpu::device::precision::Precision;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::program::buffers::{empty, filled};
use crate::gpu::shader::compose::compose;
use crate::gpu::shader::composed::{Snippet, Source};
use crate::gpu::shader::constants::Constants;
use crate::gpu::shader::cooperative_matrix;
use crate::gpu::shader::snippets::{
    COPY, DEPENDENT, MATRIX, MULTIPLY_ADD, NORMALS, SUM_OF_NORMALS,
};

const WORKGROUP: u32 = 64;
/// Sums of `multiply_add` in registers, and the factor between its work on a GPU and on a
/// driver that runs on a CPU.
const SUMS: u32 = 8;
const SOFTWARE_SHARE: u32 = 64;
/// Subgroups of a workgroup of `matrix`, and its rounds.
const SUBGROUPS: u32 = 4;
const MATRIX_ROUNDS: u32 = 512;
/// Bytes of the input at least.
const LEAST: u64 = 4096;
/// Dispatches that follow one another in one pass.
const DEPENDENT_DISPATCHES: u32 = 1000;
/// Bytes copied: what stays in a cache, and what does not.
const CACHED: u64 = 1 << 20;
const LARGE: u64 = 256 << 20;

/// The work of a kernel.
#[derive(Clone, Copy)]
struct Size {
    rounds: u32,
    workgroups: [u32; 2],
    dispatches: u32,
    /// Of the output, and of the input.
    bytes: u64,
    /// In the unit of the rate.
    amount: f64,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            rounds: 1,
            workgroups: [1, 1],
            dispatches: 1,
            bytes: 0,
            amount: 0.0,
        }
    }
}

impl Size {
    /// Of a copy, within a cache or beyond any.
    fn of_copy(large: bool, limits: &Limits, share: u32) -> Self {
        let most = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
        let wanted = if large { LARGE } else { CACHED };
        // A whole number of rows of a grid.
        let groups = (wanted.min(most) / 16 / u64::from(WORKGROUP)).max(1) as u32;
        let rows = groups.div_ceil(limits.max_compute_workgroups_per_dimension.max(1));
        let groups = [groups / rows, rows];
        let bytes = 16 * u64::from(WORKGROUP) * u64::from(groups[0] * groups[1]);
        // What takes microseconds is done many times over.
        let dispatches = (LARGE / 2 / u64::from(share) / bytes).max(1) as u32;
        Self {
            workgroups: groups,
            dispatches,
            bytes,
            amount: 2.0 * bytes as f64 * f64::from(dispatches),
            ..Self::default()
        }
    }
}

/// A kernel with its buffers.
pub struct Work {
    kernel: Standalone,
    size: Size,
}

impl Work {
    /// The kernel that measures a peak; `None` where nothing is to be done on the device.
    pub async fn new(peak: Peak, device: &Device) -> Result<Option<Self>, SamplerError> {
        let target = ShaderTarget::of(device);
        let share = if target.software { SOFTWARE_SHARE } else { 1 };
        let invocations = (1 << 20) / share;
        let (name, snippets, size) = match peak {
            Peak::MultiplyAdd => (
                "multiply_add",
                vec![MULTIPLY_ADD],
                Size {
                    rounds: 512,
                    workgroups: [invocations / WORKGROUP, 1],
                    bytes: 16 * u64::from(invocations),
                    amount: f64::from(invocations) * 512.0 * f64::from(SUMS) * 2.0 * 4.0 * 2.0,
                    ..Size::default()
                },
            ),
            Peak::CopyCached | Peak::CopyLarge => (
                "copy",
                vec![COPY],
                Size::of_copy(peak == Peak::CopyLarge, &target.limits, share),
            ),
            Peak::Normals => (
                "normals",
                [NORMALS, &[SUM_OF_NORMALS]].concat(),
                Size {
                    rounds: 64,
                    workgroups: [invocations / WORKGROUP, 1],
                    bytes: 16 * u64::from(invocations),
                    amount: f64::from(invocations) * 64.0 * 4.0,
                    ..Size::default()
                },
            ),
            Peak::DependentDispatch => (
                "dependent",
                vec![DEPENDENT],
                Size {
                    dispatches: DEPENDENT_DISPATCHES,
                    bytes: 16 * u64::from(WORKGROUP),
                    amount: f64::from(DEPENDENT_DISPATCHES),
                    ..Size::default()
                },
            ),
            Peak::Matrix(units) => return Self::matrix(device, units).await.map(Some),
            Peak::EmptySubmit => return Ok(None),
        };
        Self::compile(device, name, &snippets, size).await.map(Some)
    }

    async fn compile(
        device: &Device,
        name: &'static str,
        snippets: &[Snippet<'_>],
        size: Size,
    ) -> Result<Self, SamplerError> {
        let constants = Constants::default()
            .set("ROUNDS", size.rounds)
            .set("SUMS", SUMS)
            .switch("INT64", ShaderTarget::of(device).int64);
        let text = compose("", &constants, snippets.iter().copied()).into_text();
        Self::with_text(device, name, text, size, name == "normals").await
    }

    async fn with_text(
        device: &Device,
        name: &'static str,
        text: String,
        size: Size,
        normals: bool,
    ) -> Result<Self, SamplerError> {
        checked(device, "a peak's kernel", || {
            let storage = |label, bytes| empty(device, label, bytes, BufferUsages::STORAGE);
            let input = storage("ddim.input", size.bytes.max(LEAST));
            let output = storage("ddim.output", size.bytes);
            let table = filled(
                device,
                "ddim.normal_table",
                bytemuck::cast_slice(crate::noise::NORMAL_TABLE.as_flattened()),
                BufferUsages::UNIFORM,
            );
            let mut buffers = vec![(0, &input), (1, &output)];
            if normals {
                buffers.push((4, &table));
            }
            let kernel = Standalone::new(device, name, text, &buffers);
            Self { kernel, size }
        })
        .await
    }

    /// The kernel for matrix units.
    async fn matrix(device: &Device, units: MatrixUnits) -> Result<Self, SamplerError> {
        units.check(device)?;
        let mut target = ShaderTarget::of(device);
        target.half = units.precision() == Precision::Half;
        target.matrix = units.size();
        let (size, share) = (
            units.size(),
            if target.software { SOFTWARE_SHARE } else { 1 },
        );
        let workgroups = 4096 / share;
        let squares = workgroups * SUBGROUPS * SUMS;
        let constants = Constants::default()
            .set("ROUNDS", MATRIX_ROUNDS)
            .set("SUMS", SUMS)
            .set("SIZE", size)
            .set("SUBGROUPS", SUBGROUPS)
            .set("WORKGROUP", SUBGROUPS * target.most_lanes);
        let types = Snippet {
            source: Source::Text("the types of matrices"),
            text: &cooperative_matrix::types(&target),
        };
        let directives = cooperative_matrix::directives(target.half);
        let text = compose(&directives, &constants, [types, MATRIX]).into_text();
        let work = Size {
            rounds: MATRIX_ROUNDS,
            workgroups: [workgroups, 1],
            bytes: 4 * u64::from(squares * size * size),
            amount: f64::from(squares) * f64::from(MATRIX_ROUNDS) * 2.0 * f64::from(size).powi(3),
            ..Size::default()
        };
        Self::with_text(device, "matrix", text, work, false).await
    }

    /// Work of one repetition, in the unit of the rate.
    pub fn amount(&self) -> f64 {
        self.size.amount
    }

    pub fn record(&self, encoder: &mut CommandEncoder) {
        self.kernel
            .record(encoder, self.size.workgroups, self.size.dispatches);
    }
}
