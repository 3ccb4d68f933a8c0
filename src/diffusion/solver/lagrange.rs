//! Lagrange's interpolating polynomials.

use crate::diffusion::stage::history::HISTORY;

/// Coefficients, of the lowest power first, of the polynomial that is 1 at node `k` and 0 at the
/// others. At most `1 + HISTORY` nodes, which differ.
pub(super) fn coefficients(nodes: &[f64], k: usize) -> [f64; 1 + HISTORY] {
    let mut polynomial = [0.0; 1 + HISTORY];
    polynomial[0] = 1.0;
    for (i, node) in nodes.iter().enumerate().filter(|(i, _)| *i != k) {
        debug_assert!(i < polynomial.len());
        let scale = 1.0 / (nodes[k] - node);
        // Times (s − node)·scale, from the highest power down.
        for power in (0..polynomial.len()).rev() {
            let lower = if power == 0 {
                0.0
            } else {
                polynomial[power - 1]
            };
            polynomial[power] = scale * (lower - node * polynomial[power]);
        }
    }
    polynomial
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_its_node_and_zero_at_the_others() {
        let nodes = [0.0, -1.5, -2.0, -4.0];
        for k in 0..nodes.len() {
            let polynomial = coefficients(&nodes, k);
            for (i, node) in nodes.iter().enumerate() {
                let at = polynomial.iter().rev().fold(0.0, |sum, c| sum * node + c);
                let expected = f64::from(u8::from(i == k));
                assert!((at - expected).abs() < 1e-14, "{k} at {i}: {at}");
            }
        }
    }
}
