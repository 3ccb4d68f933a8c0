//! Matrix units, as an adapter offers them.

use wgpu::{Adapter, CooperativeMatrixProperties, CooperativeScalarType, Device, Features};

use super::error::SamplerError;
use super::precision::Precision;

/// Matrix units of a device: they multiply square matrices of one size and one
/// precision, with sums in f32.
///
/// wgpu calls them cooperative matrices and experimental. Take them from
/// [`verify::matrix_units_blocking`](crate::verify::matrix_units_blocking), which tries
/// them before it offers them.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ddim_wgpu::gpu::{Precision, SamplerOptions, headless};
/// use ddim_wgpu::verify::matrix_units_blocking;
///
/// let adapter = &headless::adapters()[0];
/// let (device, queue) = headless::open_experimental(adapter)?;
/// let mut options = SamplerOptions::default();
/// options.precision = Precision::Half; // what most units multiply
/// options.matrix_units = matrix_units_blocking(adapter, &device, &queue, options.precision)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixUnits {
    size: u32,
    precision: Precision,
}

impl MatrixUnits {
    /// The features that a device has to be opened with to use them.
    pub const FEATURES: Features =
        Features::EXPERIMENTAL_COOPERATIVE_MATRIX.union(Features::SUBGROUP);

    /// The largest matrix units that the adapter offers, untested. `None` if it has none with sums
    /// in f32.
    #[must_use]
    pub fn offered(adapter: &Adapter, precision: Precision) -> Option<Self> {
        let offers = adapter.features().contains(Self::features(precision));
        if !offers || adapter.get_info().subgroup_max_size <= 1 {
            return None;
        }
        let offered = adapter.cooperative_matrix_properties();
        [16, 8]
            .map(|size| Self { size, precision })
            .into_iter()
            .find(|units| offered.iter().any(|properties| units.are(properties)))
    }

    /// Side of the matrices.
    #[must_use]
    pub const fn size(self) -> u32 {
        self.size
    }

    /// Type of the factors: [`Precision::Single`] is f32, [`Precision::Half`] f16.
    #[must_use]
    pub const fn precision(self) -> Precision {
        self.precision
    }

    /// Refuses a device that was opened without the features they need.
    pub(crate) fn check(self, device: &Device) -> Result<(), SamplerError> {
        let needed = Self::features(self.precision);
        if device.features().contains(needed) {
            return Ok(());
        }
        Err(SamplerError::MissingFeature {
            what: "SamplerOptions::matrix_units",
            feature: "EXPERIMENTAL_COOPERATIVE_MATRIX, SUBGROUP and, for f16, SHADER_F16",
        })
    }

    fn features(precision: Precision) -> Features {
        match precision {
            Precision::Single => Self::FEATURES,
            Precision::Half => Self::FEATURES | Features::SHADER_F16,
        }
    }

    fn are(self, properties: &CooperativeMatrixProperties) -> bool {
        let CooperativeMatrixProperties {
            m_size,
            n_size,
            k_size,
            ab_type,
            cr_type,
            ..
        } = *properties;
        let multiplied = match self.precision {
            Precision::Single => CooperativeScalarType::F32,
            Precision::Half => CooperativeScalarType::F16,
        };
        [m_size, n_size, k_size] == [self.size; 3]
            && ab_type == multiplied
            && cr_type == CooperativeScalarType::F32
    }
}
