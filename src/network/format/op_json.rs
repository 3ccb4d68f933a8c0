//! The operations of the layers format as JSON, with their defaults.

use serde::Deserialize;

use super::function::FunctionName;
use super::op::{LayerKind, LayerOp, NormKind, Operand, Rates, Source, Term, WaveOrder};

/// An operation as written; the keys are those of the format.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum RawOp {
    Linear {
        out: String,
        r#in: Source,
        weight: String,
        bias: Option<String>,
        rows: Option<[usize; 2]>,
    },
    Affine {
        out: String,
        r#in: Source,
        scale: Option<Operand>,
        scale_offset: Option<f64>,
        shift: Option<Operand>,
    },
    Act {
        out: String,
        r#in: Source,
        function: FunctionName,
        slope: Option<f32>,
    },
    Norm {
        out: String,
        r#in: Source,
        kind: NormKind,
        eps: Option<f64>,
        groups: Option<usize>,
        prefix: Option<String>,
    },
    Add {
        out: String,
        r#in: Vec<Term>,
    },
    Mul {
        out: String,
        r#in: [Source; 2],
    },
    Embedding {
        out: String,
        r#in: String,
        weight: String,
    },
    Sinusoid {
        out: String,
        r#in: Source,
        size: usize,
        shift: Option<f64>,
        max_period: Option<f64>,
        factor: Option<f64>,
        order: Option<WaveOrder>,
    },
    Fourier {
        out: String,
        r#in: Source,
        weight: Rates,
        factor: Option<f64>,
        order: Option<WaveOrder>,
    },
}

impl RawOp {
    /// The operation with the format's defaults.
    // Long because it is one arm an operation.
    pub(super) fn with_defaults(self) -> LayerOp {
        let (out, kind) = match self {
            Self::Linear {
                out,
                r#in: input,
                weight,
                bias,
                rows,
            } => (
                out,
                LayerKind::Linear {
                    input,
                    weight,
                    bias,
                    rows,
                },
            ),
            Self::Affine {
                out,
                r#in: input,
                scale,
                scale_offset,
                shift,
            } => (
                out,
                LayerKind::Affine {
                    input,
                    scale,
                    scale_offset: scale_offset.unwrap_or(0.0),
                    shift,
                },
            ),
            Self::Act {
                out,
                r#in: input,
                function,
                slope,
            } => {
                let function = function.with_slope(slope);
                (out, LayerKind::Act { input, function })
            }
            Self::Norm {
                out,
                r#in: input,
                kind,
                eps,
                groups,
                prefix,
            } => (
                out,
                LayerKind::Norm {
                    input,
                    kind,
                    eps: eps.unwrap_or(1e-5),
                    groups: groups.unwrap_or(1),
                    prefix,
                },
            ),
            Self::Add { out, r#in: terms } => (out, LayerKind::Add { terms }),
            Self::Mul { out, r#in: factors } => (out, LayerKind::Mul { factors }),
            Self::Embedding {
                out,
                r#in: input,
                weight,
            } => (out, LayerKind::Embedding { input, weight }),
            Self::Sinusoid {
                out,
                r#in: input,
                size,
                shift,
                max_period,
                factor,
                order,
            } => (
                out,
                LayerKind::Sinusoid {
                    input,
                    size,
                    shift: shift.unwrap_or(0.0),
                    max_period: max_period.unwrap_or(1e4),
                    factor: factor.unwrap_or(1.0),
                    order: order.unwrap_or_default(),
                },
            ),
            Self::Fourier {
                out,
                r#in: input,
                weight: rates,
                factor,
                order,
            } => (
                out,
                LayerKind::Fourier {
                    input,
                    rates,
                    factor: factor.unwrap_or(std::f64::consts::TAU),
                    order: order.unwrap_or_default(),
                },
            ),
        };
        LayerOp { out, kind }
    }
}
