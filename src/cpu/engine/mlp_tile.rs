//! The residual MLP on a tile of samples: which biases its classes are, and guidance.

use pulp::Simd;

use crate::batch::ClassChoice;

use super::blocks::Row;
use super::job::TileSamples;
use super::packed_mlp::{Input, PackedMlp, Scratch, TileClass};
use super::tile::{NetworkMemory, TileNetwork, guide, numbers_of};

impl PackedMlp {
    /// Rows of the parts of its memory: features, two hidden vectors, the input layer's product,
    /// the guided vector, and each sample's own biases.
    fn layout(&self) -> [usize; 6] {
        let classes = self.num_classes.map_or(0, |_| self.layers() * self.width);
        let width = self.width;
        [self.feature_rows(), width, width, width, width, classes]
    }
}

/// The guidance of a tile, where its samples have a class that is looked at.
pub fn guided_by(tile: TileSamples<'_>) -> Option<f32> {
    // Guidance 0 is the unconditional output alone.
    let batch = tile.batch;
    (batch.class != ClassChoice::None && batch.guidance != 0.0).then_some(batch.guidance)
}

/// Whether all samples of the tile have one class, and which.
fn shared_class(tile: TileSamples<'_>, num_classes: Option<usize>) -> Option<Option<u32>> {
    let class_of = |lane: usize| tile.batch.class_of(tile.first + lane, num_classes);
    let first = class_of(0);
    (1..tile.count)
        .all(|lane| class_of(lane) == first)
        .then_some(first)
}

impl TileNetwork for PackedMlp {
    fn dims(&self) -> usize {
        self.dims
    }

    fn multiply_adds(&self) -> usize {
        let inputs = match self.feature_rows() {
            0 => self.dims,
            features => features,
        };
        let hidden = self.hidden_size();
        hidden * (inputs + (self.layers() - 1) * hidden + self.dims)
    }

    fn rows(&self) -> usize {
        self.layout().iter().sum()
    }

    fn numbers(&self) -> usize {
        self.layers() * self.width
    }

    #[inline(always)]
    fn begin<S: Simd, const V: usize>(
        &self,
        _: S,
        tile: TileSamples<'_>,
        memory: &mut NetworkMemory<'_, Row<S, V>>,
    ) {
        if guided_by(tile).is_none() || shared_class(tile, self.num_classes).is_some() {
            return;
        }
        let width = V * S::F32_LANES;
        let [.., classes] = self.layout();
        let start = memory.rows.len() - classes;
        let biases = numbers_of::<S, V>(&mut memory.rows[start..]);
        for (layer, biases) in biases.chunks_exact_mut(self.width * width).enumerate() {
            for lane in 0..tile.count {
                let class = tile.batch.class_of(tile.first + lane, self.num_classes);
                let class = self.class_bias(class, layer).unwrap_or_default();
                for (biases, &bias) in biases.chunks_exact_mut(width).zip(class) {
                    biases[lane] = bias;
                }
            }
        }
    }

    #[inline(always)]
    fn evaluate<S: Simd, const V: usize>(
        &self,
        simd: S,
        row: usize,
        tile: TileSamples<'_>,
        x: &[Row<S, V>],
        memory: &mut NetworkMemory<'_, Row<S, V>>,
        out: &mut [Row<S, V>],
    ) {
        let mut rest = &mut *memory.rows;
        let [features, current, next, projected, guided, classes] = self.layout().map(|rows| {
            rest.split_off_mut(..rows)
                .expect("the layout counts every part")
        });
        let guided_by = guided_by(tile);
        let class = match guided_by {
            None => TileClass::Shared(None),
            Some(_) => match shared_class(tile, self.num_classes) {
                Some(class) => TileClass::Shared(class),
                None => TileClass::Own(&*classes),
            },
        };
        let mut scratch = Scratch {
            features,
            hidden: [current, next],
            bias: memory.numbers,
        };
        self.embed(simd, x, scratch.features);
        if let Some(guidance) = guided_by.filter(|&guidance| guidance != 1.0) {
            self.project(simd, x, &scratch, projected);
            let input = Input::Projected(projected);
            self.hidden(simd, row, class, input, &mut scratch);
            guided.copy_from_slice(scratch.hidden[0]);
            self.hidden(simd, row, TileClass::Shared(None), input, &mut scratch);
            // The last layer is linear, so the two outputs are combined before it.
            guide(simd, guidance, guided, scratch.hidden[0]);
        } else {
            self.hidden(simd, row, class, Input::State(x), &mut scratch);
        }
        self.output(simd, scratch.hidden[0], out);
    }
}
