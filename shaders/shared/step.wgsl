// What one dispatch does: a row of the coefficient table, rounded from f64 once on the host.
// The only definition of this layout in WGSL; `src/gpu/shader/uniforms.rs` is its Rust side,
// and a test compares the two.
struct Step {
    // x̂₀ = x0_from_x·x + x0_from_out·out,  ε̂ = eps_from_x·x + eps_from_out·out
    x0_from_x: f32,
    x0_from_out: f32,
    eps_from_x: f32,
    eps_from_out: f32,
    // x' = x0_scale·x̂₀ + eps_scale·ε̂ + noise_scale·z + history_scale·(x̂₀ of the previous row)
    //      + Σ ring_shares[k]·(slot k of the ring)
    x0_scale: f32,
    eps_scale: f32,
    noise_scale: f32,
    history_scale: f32,
    // ε̂ re-derived from the clipped x̂₀: eps_from_clipped_x·x + eps_from_clipped_x0·x̂₀,
    // where `rederive_epsilon` is 1
    eps_from_clipped_x: f32,
    eps_from_clipped_x0: f32,
    // x̂₀ is clamped to ±clip_limit; the largest f32 where there is no clipping
    clip_limit: f32,
    rederive_epsilon: u32,
    // Row of the plan, and the draw of the noise that this row injects
    row: u32,
    draw: u32,
    // What a network is told: its timestep, and of that level ᾱ and 1 − ᾱ
    timestep: f32,
    alpha_bar: f32,
    one_minus_alpha_bar: f32,
    // Dynamic thresholding (shaders/step/threshold_step.wgsl): the quantile lies
    // `threshold_fraction` of the way from the magnitude of rank `threshold_rank` (from 0) to the
    // next; it is brought into [1, threshold_max], and the x̂₀ that it gives is added to the
    // state times `threshold_scale`
    threshold_rank: u32,
    threshold_fraction: f32,
    threshold_max: f32,
    threshold_scale: f32,
    // Inpainting (shaders/step/mask_step.wgsl): what kept data are after this row,
    // inpaint_x0_scale·data + inpaint_noise_scale·z of draw 0
    inpaint_x0_scale: f32,
    inpaint_noise_scale: f32,
    // The ring of earlier estimates (shaders/shared/history.wgsl): after its shares are read,
    // ring_x0·x̂₀ + ring_eps·ε̂ is kept in slot `ring_slot`, nothing where that is no slot. With
    // dynamic thresholding ring_threshold·x̂₀ is added to what is kept
    ring_slot: u32,
    ring_shares: vec3<f32>,
    ring_x0: f32,
    ring_eps: f32,
    ring_threshold: f32,
    padding_0: u32,
    padding_1: u32,
//@if CLIPS
    // What is clamped to ±limit beside x̂₀ (shaders/shared/quads.wgsl), 0 where there is no limit: z,
    // ε̂, and x' of the last row, with dynamic thresholding after x̂₀ is added to it
    noise_limit: f32,
    eps_limit: f32,
    state_limit: f32,
    threshold_state_limit: f32,
//@end
}
