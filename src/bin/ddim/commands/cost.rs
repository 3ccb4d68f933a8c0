//! What a plan costs, in the words that every command uses.

use ddim_wgpu::diffusion::Plan;

/// `20 evaluations, 10 steps`: a step of some samplers evaluates the network more than once.
pub fn cost(plan: &Plan) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let (evaluations, steps) = (plan.evaluations(), plan.step_count());
    format!(
        "{evaluations} evaluation{}, {steps} step{}",
        plural(evaluations),
        plural(steps)
    )
}
