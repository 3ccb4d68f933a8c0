//! The classifier of images: what it computes, and files it refuses.

use std::borrow::Cow;

use ddim_wgpu::metrics::{Classifier, ClassifierError, Moments};
use safetensors::Dtype;
use safetensors::tensor::View;

use super::normals;

const CONFIG: &str = r#"{"architecture": "mlp-classifier", "sample_shape": [1, 3, 4],
    "hidden_sizes": [11, 5], "num_classes": 3}"#;
const SIZES: [usize; 4] = [12, 11, 5, 3];

struct Stored(Vec<usize>, Vec<u8>);

impl View for &Stored {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }
    fn shape(&self) -> &[usize] {
        &self.0
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.1)
    }
    fn data_len(&self) -> usize {
        self.1.len()
    }
}

/// Weights `[out, in]` and biases of every layer.
fn layers() -> Vec<(Vec<f32>, Vec<f32>)> {
    let layer = |i: usize| {
        let (inputs, outputs) = (SIZES[i], SIZES[i + 1]);
        let scale = (inputs as f32).sqrt().recip();
        let weights = normals(i as u64, inputs * outputs);
        let weights = weights.iter().map(|w| w * scale).collect();
        (weights, normals(10 + i as u64, outputs))
    };
    (0..3).map(layer).collect()
}

fn file(layers: &[(Vec<f32>, Vec<f32>)]) -> Vec<u8> {
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let mut tensors = Vec::new();
    for (i, (weight, bias)) in layers.iter().enumerate() {
        let shape = vec![bias.len(), weight.len() / bias.len()];
        tensors.push((format!("layers.{i}.weight"), Stored(shape, bytes(weight))));
        tensors.push((
            format!("layers.{i}.bias"),
            Stored(vec![bias.len()], bytes(bias)),
        ));
    }
    let tensors = tensors.iter().map(|(name, stored)| (name.as_str(), stored));
    safetensors::serialize(tensors, None).expect("a file")
}

fn classifier() -> Classifier {
    Classifier::from_parts(CONFIG.as_bytes(), &file(&layers()), None).expect("a classifier")
}

/// Written out in f64.
#[test]
fn it_computes_the_network_of_its_documentation() {
    let images = normals(99, 12 * 40);
    let classified = classifier().classify(&images);
    assert_eq!(
        (classified.features.len(), classified.classes.len()),
        (40 * 5, 40)
    );
    for (i, image) in images.chunks_exact(12).enumerate() {
        let mut h: Vec<f64> = image.iter().map(|&v| v.into()).collect();
        let mut features = Vec::new();
        for (layer, (weight, bias)) in layers().iter().enumerate() {
            h = weight
                .chunks_exact(h.len())
                .zip(bias)
                .map(|(row, &bias)| {
                    let products = row.iter().zip(&h).map(|(&w, x)| f64::from(w) * x);
                    f64::from(bias) + products.sum::<f64>()
                })
                .collect();
            if layer < 2 {
                h.iter_mut().for_each(|v| *v = v.max(0.0));
                features.clone_from(&h);
            }
        }
        for (found, expected) in classified.features[i * 5..][..5].iter().zip(&features) {
            assert!(
                (f64::from(*found) - expected).abs() < 1e-5,
                "{found} {expected}"
            );
        }
        let likeliest = (0..3).max_by(|&a, &b| h[a].total_cmp(&h[b]));
        assert_eq!(Some(classified.classes[i] as usize), likeliest);
    }
    // Each image by itself.
    let alone = classifier().classify(&images[12 * 7..12 * 8]);
    assert_eq!(alone.features, classified.features[35..40]);
}

#[test]
fn files_that_are_no_classifier_are_refused() {
    let good = file(&layers());
    let refused = |config: &str, weights: &[u8], reference| {
        Classifier::from_parts(config.as_bytes(), weights, reference).unwrap_err()
    };
    for (config, part) in [
        (CONFIG.replace("mlp-classifier", "resnet"), "resnet"),
        (CONFIG.replace("[11, 5]", "[]"), "hidden_sizes is 0"),
        (
            CONFIG.replace("[11, 5]", "[11, 99999999]"),
            "hidden_sizes is 99999999",
        ),
        (
            CONFIG.replace("[1, 3, 4]", "[1, 0, 4]"),
            "sample_shape is 0",
        ),
        (CONFIG.replace("num_classes", "classes"), "unknown field"),
    ] {
        let error = refused(&config, &good, None).to_string();
        assert!(error.contains(part), "{error}");
    }
    assert!(matches!(
        refused(&CONFIG.replace("[11, 5]", "[11, 6]"), &good, None),
        ClassifierError::Weights(_)
    ));
    assert!(matches!(
        refused(CONFIG, &good[..good.len() - 1], None),
        ClassifierError::Weights(_)
    ));
    let of_six = Moments::of(&normals(0, 60), 6).expect("ten of six");
    let of_six = of_six.to_safetensors().expect("a file");
    assert!(matches!(
        refused(CONFIG, &good, Some(&of_six)),
        ClassifierError::Reference(_)
    ));
}
