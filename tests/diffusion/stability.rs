//! Steps that are too long for a formula of second order, or for Euler–Maruyama.

use ddim_wgpu::diffusion::{NoiseSchedule, Plan, SamplerKind, SchedulerConfig, TimestepSpacing};

fn plan(kind: SamplerKind, spacing: TimestepSpacing, steps: usize, stabilize: bool) -> Plan {
    let config: SchedulerConfig = NoiseSchedule::cosine(1000).unwrap().into();
    let builder = Plan::sampler(config, kind).spacing(spacing).steps(steps);
    builder.stabilize(stabilize).build().unwrap()
}

/// The largest weight of any number that a row is made of.
fn largest(plan: &Plan) -> f64 {
    let weights = plan.stages().iter().map(|row| {
        let history = row.history.iter().map(|weight| weight.abs());
        history.fold(row.x0_scale.abs().max(row.eps_scale.abs()), f64::max)
    });
    weights.fold(0.0, f64::max)
}

/// On a cosine schedule the formulas weigh estimates of the data by more than 10; data are of the
/// order of 1, so a weight is what an error of the network is multiplied by.
#[test]
fn no_row_multiplies_an_error_by_much() {
    for kind in [
        SamplerKind::Heun,
        SamplerKind::DpmSolverPlusPlus2M,
        SamplerKind::ReverseSde,
    ] {
        for spacing in [TimestepSpacing::Leading, TimestepSpacing::Trailing] {
            for steps in [5, 10, 20, 50] {
                let found = largest(&plan(kind, spacing, steps, true));
                assert!(found <= 5.5, "{kind}, {spacing}, {steps} steps: {found}");
            }
        }
    }
    for (kind, spacing) in [
        (SamplerKind::Heun, TimestepSpacing::Trailing),
        (SamplerKind::Heun, TimestepSpacing::Leading),
        (SamplerKind::ReverseSde, TimestepSpacing::Trailing),
    ] {
        let found = largest(&plan(kind, spacing, 10, false));
        assert!(found > 10.0, "{kind}, {spacing}, by its formula: {found}");
    }
}

/// Fine grids are the formulas' but for the ends of the schedule.
#[test]
fn short_steps_are_the_formulas() {
    for kind in [SamplerKind::Heun, SamplerKind::DpmSolverPlusPlus2M] {
        let [stable, formula] =
            [true, false].map(|stabilize| plan(kind, TimestepSpacing::Leading, 500, stabilize));
        let differing = stable.stages().iter().filter(|row| {
            let twin = formula
                .stages()
                .iter()
                .find(|twin| (twin.level, twin.next_level) == (row.level, row.next_level));
            twin.is_none_or(|twin| (twin.x0_scale, twin.history) != (row.x0_scale, row.history))
        });
        assert!(differing.count() <= 3, "{kind}");
    }
}
