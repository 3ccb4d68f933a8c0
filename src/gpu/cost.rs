//! What a step costs a device, from shapes alone, and which of its rates bounds it.
//!
//! A model, not a measurement: it knows what has to be multiplied and moved, in how many workgroups and dispatches, and nothing of
//! instructions that do not multiply. What a device takes is never less than its [`Cost::bound`].

use wgpu::DeviceType;

/// Operations that a GPU does in the time in which its cache gives a byte, or fewer: FP32 rates of 13 to 83 TFLOP/s beside 2 to 5 TB/s
/// of L2, as vendors name them for Radeon VII, RX 7900 XTX and RTX 4090, are 6 to 16. A kernel that has as many for each byte of weights
/// is not bounded by where these come from.
pub const FLOP_PER_CACHE_BYTE: u32 = 8;

/// What one row of a plan costs for a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Cost {
    /// Multiplications and additions of the network's products, a multiply-add counting as two.
    pub flop: f64,
    /// Bytes of weights that all workgroups read together, each of them all weights: from a cache, where they fit one.
    pub weight_bytes: f64,
    /// Bytes of state and x̂₀ that are read and written.
    pub state_bytes: f64,
    /// Dispatches that wait for the one before.
    pub dispatches: f64,
    /// Workgroups of a dispatch, on average: where there are fewer than compute units, the others idle.
    pub workgroups: f64,
}

/// What a device does in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Operations of the kind that the kernel's products are made of: FLOP/s.
    pub flop: f64,
    /// Bytes from a cache: B/s.
    pub cache_bytes: f64,
    /// Bytes from memory: B/s.
    pub memory_bytes: f64,
    /// Dispatches that wait for one another: 1/s.
    pub dispatches: f64,
    /// Compute units, among which the rates of products and caches are divided. wgpu does not tell their number: 1 where nothing is
    /// known of it, and no workgroup is taken to leave others idle.
    pub units: f64,
}

impl Rates {
    /// The order of magnitude of a device of this kind. Of hardware it is what vendors name for the midrange of 2020 to 2024: a
    /// discrete GPU of 15 to 30 TFLOP/s, 28 to 60 compute units (Radeon RX 6700 XT: 40; GeForce RTX 4060 Ti: 34), 2 to 3 TB/s of L2 and 0.3
    /// to 0.6 TB/s of memory; an integrated one with a tenth of it. A dispatch that waits for another takes some microseconds on
    /// either. For choices between costs that lie far apart, not to predict a time.
    #[must_use]
    pub const fn typical(device: DeviceType) -> Self {
        match device {
            DeviceType::DiscreteGpu | DeviceType::VirtualGpu => Self {
                flop: 2e13,
                cache_bytes: 2.5e12,
                memory_bytes: 4e11,
                dispatches: 3e5,
                units: 40.0,
            },
            DeviceType::IntegratedGpu | DeviceType::Other => Self {
                flop: 2e12,
                cache_bytes: 3e11,
                memory_bytes: 5e10,
                dispatches: 2e5,
                units: 8.0,
            },
            DeviceType::Cpu => Self {
                flop: 5e10,
                cache_bytes: 5e10,
                memory_bytes: 1e10,
                dispatches: 1e5,
                units: 4.0,
            },
        }
    }
}

/// What of a device takes the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bound {
    /// The products.
    Arithmetic,
    /// Weights, read again by every workgroup.
    Weights,
    /// State and x̂₀.
    State,
    /// The way from one dispatch to the next.
    Dispatch,
}

impl Bound {
    /// A few words for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arithmetic => "arithmetic",
            Self::Weights => "weights from cache",
            Self::State => "state in memory",
            Self::Dispatch => "dispatches",
        }
    }
}

impl Cost {
    /// The bound, and the seconds that it takes at least: everything else is taken to go on meanwhile.
    #[must_use]
    pub fn bound(&self, rates: &Rates) -> (Bound, f64) {
        let dispatch = (Bound::Dispatch, self.dispatches / rates.dispatches);
        longest([self.work(rates), dispatch])
    }

    /// The seconds by which forms of one step are compared: those of the work, and after them those of the dispatches, which wait for
    /// it.
    #[must_use]
    pub fn seconds(&self, rates: &Rates) -> f64 {
        self.work(rates).1 + self.dispatches / rates.dispatches
    }

    /// What of the work takes the longest.
    fn work(&self, rates: &Rates) -> (Bound, f64) {
        let busy = (self.workgroups / rates.units).min(1.0);
        longest([
            (Bound::Arithmetic, self.flop / (rates.flop * busy)),
            (
                Bound::Weights,
                self.weight_bytes / (rates.cache_bytes * busy),
            ),
            (Bound::State, self.state_bytes / rates.memory_bytes),
        ])
    }
}

fn longest<const N: usize>(times: [(Bound, f64); N]) -> (Bound, f64) {
    let mut longest = times[0];
    for time in times {
        if time.1 > longest.1 {
            longest = time;
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: Rates = Rates {
        flop: 1e12,
        cache_bytes: 1e11,
        memory_bytes: 1e10,
        dispatches: 1e5,
        units: 1.0,
    };

    #[test]
    fn the_longest_of_all_is_the_bound() {
        let cost = Cost {
            flop: 1e9,
            weight_bytes: 1e7,
            state_bytes: 1e6,
            dispatches: 1.0,
            workgroups: 1.0,
        };
        assert_eq!(cost.bound(&RATES), (Bound::Arithmetic, 1e-3));
        for (bound, changed) in [
            (
                Bound::Weights,
                Cost {
                    weight_bytes: 1e9,
                    ..cost
                },
            ),
            (
                Bound::State,
                Cost {
                    state_bytes: 1e8,
                    ..cost
                },
            ),
            (
                Bound::Dispatch,
                Cost {
                    dispatches: 1e3,
                    ..cost
                },
            ),
        ] {
            let (found, seconds) = changed.bound(&RATES);
            assert_eq!(found, bound);
            assert!((seconds - 1e-2).abs() < 1e-9, "{bound:?}: {seconds}");
        }
    }

    /// Half of the units idle: work takes twice as long, and a dispatch no longer.
    #[test]
    fn units_without_a_workgroup_idle() {
        let cost = Cost {
            flop: 1e9,
            dispatches: 1.0,
            workgroups: 4.0,
            ..Cost::default()
        };
        let rates = Rates {
            units: 8.0,
            ..RATES
        };
        assert_eq!(cost.bound(&rates), (Bound::Arithmetic, 2e-3));
        assert!((cost.seconds(&rates) - 2.01e-3).abs() < 1e-12);
    }
}
