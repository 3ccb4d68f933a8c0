//! One stage as numbers.

use super::history::HISTORY;
use super::update::Update;
use crate::diffusion::config::names::PredictionType;
use crate::diffusion::config::wrap::Wrap;
use crate::diffusion::schedule::noise_level::NoiseLevel;

/// One row of a plan: everything one dispatch does, as numbers.
///
/// With state `x`, network output `out` and `z ~ N(0, I)`, element by element:
///
/// ```text
/// x̂₀ = x0_from_x·x + x0_from_out·out            then clipped, if the plan says so
/// ε̂  = eps_from_x·x + eps_from_out·out          then made again from the clipped x̂₀, if the plan says so:
///                                                ε̂ = rederive_from_x·x + rederive_from_x0·x̂₀
/// x' = x0_scale·x̂₀ + eps_scale·ε̂ + noise_scale·z + Σ history[k]·(what was kept k+1 times ago)
/// ```
///
/// ε̂, z and the last x' are clipped too where the plan has [`Clips`](crate::diffusion::Clips).
///
/// All values are finite, in `f64` and also after rounding to `f32`.
#[doc(alias = "predicted x0")]
#[doc(alias = "direction pointing to x_t")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageCoefficients {
    /// Row number in the order run, from 0.
    pub index: usize,
    /// The step that the stage belongs to, counted along the whole grid from 0, as the draw is; the
    /// stages of a predictor and its corrector share one.
    pub step: usize,
    /// The draw of the noise that this row injects: 1 + the row's number in the plan of the whole
    /// grid, so that a plan which skips the first steps adds the noise that the whole plan adds at
    /// the same levels.
    pub draw: u32,
    /// The timestep the network is told, from 0 to `T − 1`: a training level, or on a grid of
    /// levels ([`LevelSpacing`](crate::diffusion::LevelSpacing)) a fraction between two of them.
    pub timestep: f64,
    /// The level of `timestep`: what a network that thinks in levels (a closed form) is told. It is
    /// `level`, except where encoding asks the network at another level than the state's.
    pub network_level: NoiseLevel,
    /// The level `a` that the state is at.
    pub level: NoiseLevel,
    /// The level `p` that the step goes to.
    pub next_level: NoiseLevel,
    /// Share of `x` in `x̂₀`.
    pub x0_from_x: f64,
    /// Share of the network's output in `x̂₀`.
    pub x0_from_out: f64,
    /// Share of `x` in `ε̂`.
    pub eps_from_x: f64,
    /// Share of the network's output in `ε̂`.
    pub eps_from_out: f64,
    /// `A`: share of `x̂₀` in the next state.
    pub x0_scale: f64,
    /// `B`: share of `ε̂` in the next state.
    pub eps_scale: f64,
    /// `σ`: standard deviation of the noise added, at least 0.
    pub noise_scale: f64,
    /// Shares of what earlier stages have kept in the next state, the latest first: of their `x̂₀`
    /// or `ε̂`, as [`Plan::history`](crate::diffusion::Plan::history) says. 0 where there is no
    /// such stage, and in samplers without memory.
    pub history: [f64; HISTORY],
    /// Whether this stage's estimate is kept for later ones.
    pub keeps: bool,
    /// The slot of the ring that it is kept in, below [`SLOTS`](Self::SLOTS).
    pub slot: usize,
}

impl StageCoefficients {
    /// Slots of the ring in which stages keep their estimates.
    pub const SLOTS: usize = HISTORY;

    /// A row at `level` telling the network `timestep`, with the linear maps of its output and
    /// the update `update`.
    pub(in crate::diffusion) fn new(
        timestep: f64,
        level: NoiseLevel,
        next_level: NoiseLevel,
        (prediction, wrap): (PredictionType, Wrap),
        update: Update,
    ) -> Self {
        let (signal, noise) = (level.sqrt_alpha_bar(), level.sqrt_one_minus_alpha_bar());
        let by_prediction = || match prediction {
            PredictionType::Epsilon => [1.0 / signal, -noise / signal, 0.0, 1.0],
            // Without noise in x nothing can be said of ε: see `asking_at`.
            PredictionType::Sample if level.is_clean() => [0.0, 1.0, 0.0, 0.0],
            PredictionType::Sample => [0.0, 1.0, 1.0 / noise, -signal / noise],
            PredictionType::VPrediction => [signal, -noise, noise, signal],
        };
        let maps = wrap.maps(level).unwrap_or_else(by_prediction);
        let [x0_from_x, x0_from_out, eps_from_x, eps_from_out] = maps;
        Self {
            index: 0,
            step: 0,
            draw: 0,
            timestep,
            network_level: level,
            level,
            next_level,
            x0_from_x,
            x0_from_out,
            eps_from_x,
            eps_from_out,
            x0_scale: update.x0_scale,
            eps_scale: update.eps_scale,
            noise_scale: update.noise_scale,
            history: update.history,
            keeps: false,
            slot: 0,
        }
    }

    /// This row with the network asked at `timestep`, whose level is `network_level`.
    ///
    /// At a clean state the state itself is `x̂₀`, but the output of a network that predicts the
    /// data says nothing of `ε` by the maps of that level (0/0). There `ε̂` is what the output
    /// means at the level the network was asked at.
    pub(in crate::diffusion) fn asking_at(
        mut self,
        timestep: f64,
        network_level: NoiseLevel,
        (prediction, wrap): (PredictionType, Wrap),
    ) -> Self {
        (self.timestep, self.network_level) = (timestep, network_level);
        let predicts_data = prediction == PredictionType::Sample && wrap == Wrap::None;
        if self.level.is_clean() && predicts_data {
            let noise = network_level.sqrt_one_minus_alpha_bar();
            (self.x0_from_x, self.x0_from_out) = (1.0, 0.0);
            self.eps_from_x = 1.0 / noise;
            self.eps_from_out = -network_level.sqrt_alpha_bar() / noise;
        }
        self
    }

    /// Share of `x` in the re-derived `ε̂`: `1/√(1−a)`; 0 at a clean level, where there is no noise
    /// to derive.
    #[must_use]
    pub fn rederive_from_x(&self) -> f64 {
        if self.level.is_clean() {
            0.0
        } else {
            1.0 / self.level.sqrt_one_minus_alpha_bar()
        }
    }

    /// Share of the clipped `x̂₀` in the re-derived `ε̂`: `−√a/√(1−a)`; 0 at a clean level.
    #[must_use]
    pub fn rederive_from_x0(&self) -> f64 {
        -self.level.sqrt_alpha_bar() * self.rederive_from_x()
    }

    /// `1/(√(a·p) + √((1−a)(1−p)))`, at least 1: how far to correct a guess when a deterministic
    /// DDIM row is inverted by fixed-point iteration.
    ///
    /// The state `x` that this row takes to a given `x'` is where `x ← x + gain·(x' − row(x))`
    /// comes to rest. The residual `x' − row(x)` is exactly what decoding would be off by. With
    /// this gain data of unit variance, which a row multiplies by the denominator, are found at
    /// once; where the network is more sensitive than that, and in long steps, plain iteration may
    /// diverge. A row from pure noise (`a = 0`) has lost the data and cannot be inverted.
    #[must_use]
    pub fn fixed_point_gain(&self) -> f64 {
        let (from, to) = (self.level, self.next_level);
        let signal = from.sqrt_alpha_bar() * to.sqrt_alpha_bar();
        let noise = from.sqrt_one_minus_alpha_bar() * to.sqrt_one_minus_alpha_bar();
        1.0 / (signal + noise)
    }

    /// [`history`](Self::history) by the slots of the ring: what was kept `k + 1` times ago lies
    /// `k + 1` slots before this stage's own, round the ring. A stage reads before it keeps.
    #[must_use]
    pub fn ring_shares(&self) -> [f64; Self::SLOTS] {
        let mut shares = [0.0; Self::SLOTS];
        for (age, share) in self.history.into_iter().enumerate() {
            shares[(self.slot + Self::SLOTS - 1 - age) % Self::SLOTS] = share;
        }
        shares
    }

    /// Whether the row uses an estimate of an earlier one.
    #[must_use]
    pub fn uses_history(&self) -> bool {
        self.history != [0.0; HISTORY]
    }

    /// The numbers a kernel is given, with their names.
    pub(in crate::diffusion) fn named_values(&self) -> [(&'static str, f64); 9 + HISTORY] {
        [
            ("x0_from_x", self.x0_from_x),
            ("x0_from_out", self.x0_from_out),
            ("eps_from_x", self.eps_from_x),
            ("eps_from_out", self.eps_from_out),
            ("x0_scale", self.x0_scale),
            ("eps_scale", self.eps_scale),
            ("noise_scale", self.noise_scale),
            ("history[0]", self.history[0]),
            ("history[1]", self.history[1]),
            ("history[2]", self.history[2]),
            ("rederive_from_x", self.rederive_from_x()),
            ("rederive_from_x0", self.rederive_from_x0()),
        ]
    }
}
