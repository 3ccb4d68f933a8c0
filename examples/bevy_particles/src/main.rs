//! A diffusion sampler in bevy's render world, on bevy's device: points flow from noise to the
//! dinosaur of the Datasaurus.
//!
//! ```sh
//! cd examples/bevy_particles && cargo run
//! ```
//!
//! Three systems are all there is: one makes the sampler when the device is there, one records a
//! row of the plan into bevy's command encoder every frame, and one draws the state buffer as
//! instances of a quad. Nothing is read back, and nothing is submitted but by bevy.

mod points;

use std::time::Duration;

use bevy::core_pipeline::Core2dSystems;
use bevy::core_pipeline::core_2d::main_transparent_pass_2d;
use bevy::core_pipeline::schedule::{Core2d, camera_driver};
use bevy::input::common_conditions::input_just_pressed;
use bevy::prelude::*;
use bevy::render::renderer::{RenderContext, RenderDevice, RenderGraph, RenderQueue, ViewQuery};
use bevy::render::view::ViewTarget;
use bevy::render::{RenderApp, RenderStartup};
use ddim_wgpu::gpu::{Budget, Run, DiffusionSampler};
use ddim_wgpu::{Batch, diffusion::Plan, network::Model, wgpu};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/dino");
const COUNT: usize = 12_000;
const STEPS: usize = 150;
/// Frames in which a finished run stays on screen.
const REST: usize = 120;

fn main() {
    let window = Window {
        title: "ddim-wgpu in bevy".into(),
        resolution: (900, 900).into(),
        ..default()
    };
    App::new()
        .insert_resource(ClearColor(Color::srgb_u8(8, 9, 12)))
        .add_plugins(DefaultPlugins.set(WindowPlugin {
            primary_window: Some(window),
            ..default()
        }))
        .add_plugins(ParticlesPlugin)
        .add_systems(Startup, |mut commands: Commands| {
            // `points::pipeline` draws one sample a pixel.
            commands.spawn((Camera2d, Msaa::Off));
        })
        .add_systems(Update, close.run_if(input_just_pressed(KeyCode::Escape)))
        .run();
}

fn close(mut exit: MessageWriter<AppExit>) {
    exit.write(AppExit::Success);
}

struct ParticlesPlugin;

impl Plugin for ParticlesPlugin {
    fn build(&self, app: &mut App) {
        app.sub_app_mut(RenderApp)
            .add_systems(RenderStartup, set_up)
            .add_systems(RenderGraph, sample.before(camera_driver))
            .add_systems(
                Core2d,
                // Over whatever sprites and meshes there are.
                draw.in_set(Core2dSystems::MainPass)
                    .after(main_transparent_pass_2d),
            );
    }
}

/// The sampler, its run, and how far it is.
#[derive(Resource)]
struct Particles {
    sampler: DiffusionSampler,
    run: Run,
    budget: Budget,
    next: usize,
    rested: usize,
    seed: u64,
    /// Made for the format of the view, which is known when there is one.
    pipeline: Option<(wgpu::TextureFormat, wgpu::RenderPipeline)>,
}

/// The device is there: everything that takes time.
fn set_up(mut commands: Commands, device: Res<RenderDevice>, queue: Res<RenderQueue>) -> Result {
    let (device, queue) = (device.wgpu_device(), &queue);
    let model = Model::load(MODEL)?;
    let plan = Plan::ddim(model.scheduler()).steps(STEPS).build()?;
    let sampler = DiffusionSampler::new(device, &model, &plan)?;
    let run = sampler.prepare(device, queue, &Batch::new(COUNT))?;
    commands.insert_resource(Particles {
        budget: Budget::new(device, queue, Duration::from_millis(6))?,
        sampler,
        run,
        next: 0,
        rested: 0,
        seed: 0,
        pipeline: None,
    });
    Ok(())
}

/// One row a frame, so that one sees it; none while the device is behind. Then the next
/// seed, in the same buffers.
fn sample(mut particles: ResMut<Particles>, mut context: RenderContext, queue: Res<RenderQueue>) {
    let particles = &mut *particles;
    if particles.next == STEPS {
        particles.rested += 1;
        if particles.rested < REST {
            return;
        }
        particles.seed += 1;
        particles.run.set_seed(&queue, particles.seed).expect("memory for a seed");
        (particles.next, particles.rested) = (0, 0);
    }
    let rows = particles.budget.rows(particles.next..particles.next + 1);
    particles.next = rows.end;
    let Particles {
        budget,
        sampler,
        run,
        ..
    } = particles;
    budget.encode(context.command_encoder(), sampler, run, rows);
}

/// The state as it stands, in bevy's view.
fn draw(
    mut particles: ResMut<Particles>,
    view: ViewQuery<&ViewTarget>,
    mut context: RenderContext,
) {
    let target = view.into_inner();
    let format = target.main_texture_format();
    if particles
        .pipeline
        .as_ref()
        .is_none_or(|(made_for, _)| *made_for != format)
    {
        let device = context.render_device().wgpu_device();
        particles.pipeline = Some((format, points::pipeline(device, format)));
    }
    let Some((_, pipeline)) = &particles.pipeline else {
        return;
    };
    let mut pass = context
        .command_encoder()
        .begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("particles"),
            color_attachments: &[Some(target.get_color_attachment())],
            ..default()
        });
    // A square in the middle, whatever the window is.
    let (width, height) = (
        target.main_texture().width() as f32,
        target.main_texture().height() as f32,
    );
    let side = width.min(height);
    pass.set_viewport(
        0.5 * (width - side),
        0.5 * (height - side),
        side,
        side,
        0.0,
        1.0,
    );
    pass.set_pipeline(pipeline);
    pass.set_vertex_buffer(0, particles.run.state().slice(..));
    pass.draw(0..4, 0..COUNT as u32);
}
