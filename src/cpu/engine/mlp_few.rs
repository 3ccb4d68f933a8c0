//! The residual MLP on a few samples, with vectors over the values of each. Every value is made as
//! on a tile, so that it has the same bits.

use std::mem::swap;

use pulp::Simd;

use super::few::{FewMemory, FewNetwork, activate_sums, embed, finish};
use super::job::TileSamples;
use super::layer::Epilogue;
use super::lines::whole_lines;
use super::mlp_tile::guided_by;
use super::packed_mlp::PackedMlp;
use super::tile::{guide, rows_of};

/// What the first layer is given.
#[derive(Clone, Copy)]
enum Input<'a> {
    /// Features or states, `[samples][length]`, and their length.
    Features(&'a [f32], usize),
    /// Its products, `[samples][hidden_len]`.
    Products(&'a [f32]),
}

impl PackedMlp {
    fn hidden_len(&self) -> usize {
        whole_lines(self.hidden_size())
    }

    /// Numbers of the parts of its memory: features, two hidden vectors, the input layer's products
    /// and the guided vector.
    fn few_layout(&self, samples: usize) -> [usize; 5] {
        let hidden = samples * self.hidden_len();
        let features = samples * whole_lines(self.feature_rows());
        [features, hidden, hidden, hidden, hidden]
    }

    /// Writes each sample's bias of a layer, `[samples][hidden_len]`.
    fn write_biases(
        &self,
        (row, layer): (usize, usize),
        class_of: impl Fn(usize) -> Option<u32>,
        out: &mut [f32],
    ) {
        let samples = out.chunks_exact_mut(self.hidden_len());
        for (sample, out) in samples.enumerate() {
            let class = self.class_bias(class_of(sample), layer);
            self.write_bias(row, layer, class, out);
        }
    }

    /// Computes the last hidden vectors into the first of `hidden`, `[samples][hidden_len]` each.
    #[inline(always)]
    fn few_hidden<S: Simd>(
        &self,
        simd: S,
        row: usize,
        class_of: impl Fn(usize) -> Option<u32>,
        input: Input<'_>,
        [current, next]: &mut [&mut [f32]; 2],
    ) {
        let len = self.hidden_len();
        let epilogue = |residual| Epilogue {
            activation: Some(self.activation()),
            residual,
        };
        match input {
            Input::Features(input, input_len) => {
                self.write_biases((row, 0), &class_of, current);
                let proj_in = &self.few().proj_in;
                proj_in.add(simd, (input, input_len), (&mut **current, len));
                finish(simd, epilogue(false), &[], current);
            }
            Input::Products(sums) => {
                self.write_biases((row, 0), &class_of, next);
                activate_sums(simd, self.activation(), sums, next, current);
            }
        }
        for (block, weight) in self.few().blocks.iter().enumerate() {
            self.write_biases((row, block + 1), &class_of, next);
            weight.add(simd, (&**current, len), (&mut **next, len));
            finish(simd, epilogue(true), current, next);
            swap(current, next);
        }
    }
}

impl FewNetwork for PackedMlp {
    fn numbers_for(&self, samples: usize) -> usize {
        self.few_layout(samples).iter().sum()
    }

    fn begin_few(&self, _: TileSamples<'_>, _: &mut FewMemory<'_>) {}

    #[inline(always)]
    fn evaluate_few<S: Simd>(
        &self,
        simd: S,
        row: usize,
        tile: TileSamples<'_>,
        x: &[f32],
        memory: &mut FewMemory<'_>,
        out: &mut [f32],
    ) {
        let few = self.few();
        let (x_len, len) = (whole_lines(self.dims), self.hidden_len());
        let mut rest = &mut *memory.numbers;
        let [features, current, next, projected, guided] =
            self.few_layout(tile.count).map(|numbers| {
                rest.split_off_mut(..numbers)
                    .expect("the layout counts every part")
            });
        let (input, input_len) = match self.feature_order() {
            Some((size, cosines_first)) => {
                let features_len = whole_lines(self.feature_rows());
                let samples = x.chunks_exact(x_len);
                for (x, out) in samples.zip(features.chunks_exact_mut(features_len)) {
                    for (&x, out) in x[..self.dims].iter().zip(out.chunks_exact_mut(size)) {
                        embed(simd, x, &few.quarters, cosines_first, out);
                    }
                }
                (&*features, features_len)
            }
            None => (x, x_len),
        };
        let guided_by = guided_by(tile);
        let class_of = |sample: usize| {
            guided_by.and_then(|_| tile.batch.class_of(tile.first + sample, self.num_classes))
        };
        let mut hidden = [current, next];
        if let Some(guidance) = guided_by.filter(|&guidance| guidance != 1.0) {
            projected.fill(0.0);
            few.proj_in
                .add(simd, (input, input_len), (&mut *projected, len));
            let products = Input::Products(projected);
            self.few_hidden(simd, row, class_of, products, &mut hidden);
            guided.copy_from_slice(hidden[0]);
            self.few_hidden(simd, row, |_| None, products, &mut hidden);
            let [guided, free] = [guided, &mut *hidden[0]].map(rows_of::<S, 1>);
            guide(simd, guidance, guided, free);
        } else {
            let input = Input::Features(input, input_len);
            self.few_hidden(simd, row, class_of, input, &mut hidden);
        }
        for out in out.chunks_exact_mut(x_len) {
            out[..self.dims].copy_from_slice(self.output_bias());
        }
        few.proj_out.add(simd, (&*hidden[0], len), (out, x_len));
    }
}
