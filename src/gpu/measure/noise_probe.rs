//! The shared WGSL of the noise by itself: words in, words out, so that it can be
//! compared with known answers.

use wgpu::{BufferUsages, CommandEncoderDescriptor};

use super::standalone::Standalone;
use crate::gpu::device::error::SamplerError;
use crate::gpu::device::link::Link;
use crate::gpu::device::shader_target::ShaderTarget;
use crate::gpu::program::buffers::{empty, filled};
use crate::gpu::run::readback::read_words;
use crate::gpu::shader::compose::compose;
use crate::gpu::shader::composed::{Snippet, Source};
use crate::gpu::shader::constants::Constants;
use crate::gpu::shader::snippets::{NORMALS, PHILOX};

const WORKGROUP: usize = 64;

const BINDINGS: &str = "
@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
";

/// Six words in (counter, key), four out.
const BLOCKS: &str = "
@compute @workgroup_size(64)
fn probe(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x >= arrayLength(&input) / 6u {
        return;
    }
    let i = 6u * id.x;
    let counter = vec4<u32>(input[i], input[i + 1u], input[i + 2u], input[i + 3u]);
    let words = philox4x32_10(counter, vec2<u32>(input[i + 4u], input[i + 5u]));
    for (var j = 0u; j < 4u; j++) {
        output[4u * id.x + j] = words[j];
    }
}
";

/// A word in, the bits of its normal out.
const NORMALS_OF_WORDS: &str = "
@compute @workgroup_size(64)
fn probe(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < arrayLength(&input) {
        output[id.x] = bitcast<u32>(normal_from_word(input[id.x]));
    }
}
";

/// What a probe computes of each of its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// `philox4x32_10`: a counter's four words and a key's two, to four words.
    Philox,
    /// `normal_from_word`: a word, to a normal's bits.
    Normal,
}

impl Probe {
    /// The whole WGSL text.
    pub fn wgsl(self, target: &ShaderTarget) -> String {
        let (noise, own) = match self {
            Self::Philox => (PHILOX, BLOCKS),
            Self::Normal => (NORMALS, NORMALS_OF_WORDS),
        };
        let own = [BINDINGS, own].map(|text| Snippet {
            source: Source::Text("the probe"),
            text,
        });
        let constants = Constants::default().switch("INT64", target.int64);
        compose("", &constants, noise.iter().copied().chain(own)).into_text()
    }

    /// Computes on the device. `input` is not empty.
    pub async fn run(self, link: Link<'_>, input: &[u32]) -> Result<Vec<u32>, SamplerError> {
        let Link { device, queue, .. } = link;
        let (invocations, words) = match self {
            Self::Philox => (input.len() / 6, input.len() / 6 * 4),
            Self::Normal => (input.len(), input.len()),
        };
        let made = link.checked("ddim.probe", || {
            let input = filled(
                device,
                "ddim.probe",
                bytemuck::cast_slice(input),
                BufferUsages::STORAGE,
            );
            let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC;
            let output = empty(device, "ddim.probe", 4 * words as u64, usage);
            let table = filled(
                device,
                "ddim.normal_table",
                bytemuck::cast_slice(crate::noise::NORMAL_TABLE.as_flattened()),
                BufferUsages::UNIFORM,
            );
            let mut bound = vec![(0, &input), (1, &output)];
            if self == Self::Normal {
                bound.push((4, &table));
            }
            let text = self.wgsl(&ShaderTarget::of(device));
            (Standalone::new(device, "probe", text, &bound), output)
        });
        let (kernel, output) = made.await?;
        let submitted = link.checked("ddim.probe", || {
            let mut encoder = device.create_command_encoder(&CommandEncoderDescriptor {
                label: Some("ddim.probe"),
            });
            kernel.record(&mut encoder, [invocations.div_ceil(WORKGROUP) as u32, 1], 1);
            queue.submit([encoder.finish()]);
        });
        submitted.await?;
        read_words(link, &output, words).await
    }
}
