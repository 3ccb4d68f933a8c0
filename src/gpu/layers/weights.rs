//! The matrices of a program as its kernels read them.

use half::f16;

use super::padding::Padding;
use crate::network::{LinearTerm, Matrix, OpKind, Program, Stage};

/// Inputs of a matrix are padded with rows of zeros to a multiple of this: no kernel takes more in
/// one round of its loop.
pub const MAX_UNROLL: usize = 16;

/// Quads that the matrix of a term takes.
pub fn term_quads(term: &LinearTerm, padding: Padding) -> usize {
    term.cols.len().next_multiple_of(MAX_UNROLL) * padding.outputs(term.rows.len()) / 4
}

/// The matrices of all linear terms, each `[inputs][outputs]`, as f32 or f16.
pub fn pack_weights(program: &Program, padding: Padding, half: bool) -> Vec<u8> {
    let mut packed = Vec::new();
    for op in program.stage(Stage::State) {
        if let OpKind::Linear { terms, .. } = &op.kind {
            for term in terms {
                let matrix = &program.weights[term.weight].1;
                packed.extend(transposed(matrix, term, padding));
            }
        }
    }
    if half {
        let narrowed: Vec<f16> = packed.into_iter().map(f16::from_f32).collect();
        bytemuck::cast_slice(&narrowed).to_vec()
    } else {
        bytemuck::cast_slice(&packed).to_vec()
    }
}

/// `[out, in]` to `[in][stride]`, with zeros.
fn transposed(matrix: &Matrix, term: &LinearTerm, padding: Padding) -> Vec<f32> {
    let stride = padding.outputs(term.rows.len());
    let mut packed = vec![0.0; 4 * term_quads(term, padding)];
    for (output, row) in term.rows.clone().enumerate() {
        let row = &matrix.row(row)[term.cols.clone()];
        for (input, &value) in row.iter().enumerate() {
            packed[input * stride + output] = value;
        }
    }
    packed
}
