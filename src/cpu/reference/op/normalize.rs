//! Twin of the normalisation.

/// `y ← (y − mean)/√(variance + eps)` over each of `groups` equal parts; where not `centred`,
/// the mean is taken to be 0.
pub fn normalize(groups: usize, centred: bool, eps: f64, y: &mut [f32]) {
    let size = y.len() / groups;
    for part in y.chunks_exact_mut(size) {
        let count = size as f32;
        let mean = if centred {
            part.iter().sum::<f32>() / count
        } else {
            0.0
        };
        let variance = part.iter().map(|y| (y - mean) * (y - mean)).sum::<f32>() / count;
        let spread = (variance + eps as f32).sqrt();
        part.iter_mut().for_each(|y| *y = (*y - mean) / spread);
    }
}
