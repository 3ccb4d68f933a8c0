//! The integral of a function over an interval.

use super::error::ScheduleError;

/// Abscissas above 0 of the 15-point Kronrod rule on `[−1, 1]`; every second one, from the second
/// on, and 0 belong to the 7-point Gauss rule. From QUADPACK, routine `qk15`.
const ABSCISSAS: [f64; 7] = [
    0.9914553711208126,
    0.9491079123427585,
    0.8648644233597691,
    0.7415311855993945,
    0.5860872354676911,
    0.4058451513773972,
    0.20778495500789848,
];
/// Kronrod weights of the abscissas, then of 0.
const KRONROD: [f64; 8] = [
    0.022935322010529224,
    0.06309209262997856,
    0.10479001032225019,
    0.14065325971552592,
    0.1690047266392679,
    0.19035057806478542,
    0.20443294007529889,
    0.20948214108472782,
];
/// Gauss weights of abscissas 1, 3, 5 and of 0.
const GAUSS: [f64; 4] = [
    0.1294849661688697,
    0.27970539148927664,
    0.3818300505051189,
    0.4179591836734694,
];

/// Relative error at which a piece is accepted.
const TOLERANCE: f64 = 1e-13;
/// A jump inside a piece halved this often adds less than the tolerance.
const MAX_HALVINGS: u32 = 50;

/// `∫ f` over `[from, to]`, by halving where the two rules disagree.
///
/// # Errors
/// What `f` returns, and [`ScheduleError::Quadrature`] where halving does not help.
pub(super) fn integrate(
    f: impl Fn(f64) -> Result<f64, ScheduleError>,
    from: f64,
    to: f64,
) -> Result<f64, ScheduleError> {
    let (whole, _) = kronrod(&f, from, to)?;
    let mut sum = 0.0;
    let mut pieces = vec![(from, to, 0)];
    while let Some((from, to, halvings)) = pieces.pop() {
        let (integral, error) = kronrod(&f, from, to)?;
        // Against the whole, so that pieces too small to matter are not split for their own sake.
        if error <= TOLERANCE * whole.abs().max(integral.abs()) {
            sum += integral;
        } else if halvings == MAX_HALVINGS {
            return Err(ScheduleError::Quadrature { from, to });
        } else {
            let middle = 0.5 * (from + to);
            pieces.push((from, middle, halvings + 1));
            pieces.push((middle, to, halvings + 1));
        }
    }
    Ok(sum)
}

/// The Kronrod estimate and its distance from the Gauss estimate.
fn kronrod(
    f: &impl Fn(f64) -> Result<f64, ScheduleError>,
    from: f64,
    to: f64,
) -> Result<(f64, f64), ScheduleError> {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    let at_middle = f(middle)?;
    let (mut fine, mut coarse) = (KRONROD[7] * at_middle, GAUSS[3] * at_middle);
    for (i, abscissa) in ABSCISSAS.iter().enumerate() {
        let pair = f(middle - half * abscissa)? + f(middle + half * abscissa)?;
        fine += KRONROD[i] * pair;
        if i % 2 == 1 {
            coarse += GAUSS[i / 2] * pair;
        }
    }
    Ok((fine * half, (fine - coarse).abs() * half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrals_with_known_values() {
        /// Function, ends and integral.
        type Case = (fn(f64) -> f64, f64, f64, f64);
        let cases: [Case; 5] = [
            (|_| 3.0, 2.0, 5.0, 9.0),
            (f64::exp, 0.0, 1.0, 1f64.exp_m1()),
            (
                |t| (20.0 * t).sin().abs(),
                0.0,
                1.0,
                1.0 / 20.0 * (12.0 + 1.0 - (20.0 - 6.0 * std::f64::consts::PI).cos()),
            ),
            (|t| if t < 0.3 { 1.0 } else { 7.0 }, 0.0, 1.0, 0.3 + 4.9),
            (f64::sqrt, 0.0, 1.0, 2.0 / 3.0),
        ];
        for (i, (f, from, to, expected)) in cases.into_iter().enumerate() {
            let integral = integrate(|t| Ok(f(t)), from, to).unwrap();
            assert!(
                (integral - expected).abs() <= 2e-13 * expected,
                "case {i}: {integral}, expected {expected}"
            );
        }
    }

    #[test]
    fn a_singularity_is_an_error_and_not_an_endless_loop() {
        let result = integrate(|t| Ok(1.0 / t), 0.0, 1.0);
        assert!(matches!(result, Err(ScheduleError::Quadrature { .. })));
    }
}
