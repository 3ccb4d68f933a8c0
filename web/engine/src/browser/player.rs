//! A run as a page plays it.

use std::cell::RefCell;
use std::rc::Rc;

use ddim_wgpu::cpu::{to_rgba8, to_rgba16f};
use ddim_wgpu::gpu::ImageFormat;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use super::cpu_play::CpuPlay;
use super::gpu_play::GpuPlay;
use super::script::Outcome;

/// A run that is advanced a few rows a frame.
#[wasm_bindgen]
pub struct Player {
    play: Play,
    count: usize,
    shape: Vec<usize>,
}

#[derive(Clone)]
pub enum Play {
    Gpu(Rc<RefCell<GpuPlay>>),
    Cpu(Rc<RefCell<CpuPlay>>),
}

impl Player {
    pub fn gpu(play: GpuPlay, count: usize, shape: Vec<usize>) -> Self {
        Self {
            play: Play::Gpu(Rc::new(RefCell::new(play))),
            count,
            shape,
        }
    }

    pub fn cpu(play: CpuPlay, count: usize, shape: Vec<usize>) -> Self {
        Self {
            play: Play::Cpu(Rc::new(RefCell::new(play))),
            count,
            shape,
        }
    }

    pub fn play(&self) -> &Play {
        &self.play
    }

    pub fn shape(&self) -> &[usize] {
        &self.shape
    }
}

#[wasm_bindgen]
impl Player {
    /// Samples of the run.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Rows that are done, or handed to the device.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn done(&self) -> usize {
        match &self.play {
            Play::Gpu(play) => play.borrow().done(),
            Play::Cpu(play) => play.borrow().done(),
        }
    }

    /// Whether there is a state to show: on a GPU the first `advance` makes it.
    #[wasm_bindgen(getter, js_name = hasStarted)]
    #[must_use]
    pub fn has_started(&self) -> bool {
        match &self.play {
            Play::Gpu(play) => play.borrow().has_started(),
            Play::Cpu(_) => true,
        }
    }

    /// Whether all rows are computed.
    #[wasm_bindgen(getter, js_name = isSettled)]
    #[must_use]
    pub fn is_settled(&self) -> bool {
        match &self.play {
            Play::Gpu(play) => play.borrow().is_settled(),
            Play::Cpu(play) => play.borrow().is_done(),
        }
    }

    /// Computes what fits a frame: rows for so many milliseconds of a GPU, at least one unless the
    /// device is behind; or the CPU engine for so many milliseconds of this thread.
    ///
    /// # Errors
    /// Of the engine.
    pub fn advance(&self, milliseconds: Option<f64>) -> Outcome<()> {
        let milliseconds = milliseconds.unwrap_or(8.0);
        match &self.play {
            Play::Gpu(play) => play.borrow_mut().advance(milliseconds),
            Play::Cpu(play) => play.borrow_mut().advance(milliseconds),
        }
    }

    /// The states after `row` rows, `[count, D]`.
    ///
    /// # Errors
    /// If they are not there yet, or not kept; of the device.
    pub async fn read(&self, row: usize) -> Outcome<Vec<f32>> {
        match &self.play {
            Play::Gpu(play) => {
                let copied = play.borrow().read(row)?;
                copied.values().await
            }
            Play::Cpu(play) => play.borrow().read(row),
        }
    }

    /// As `read`, at once, on the CPU engine.
    ///
    /// # Errors
    /// As `read`; on a GPU, which nothing waits for here.
    pub fn peek(&self, row: usize) -> Outcome<Vec<f32>> {
        match &self.play {
            Play::Gpu(_) => Err(JsError::new(
                "a GPU is read with `read`, which waits for it",
            )),
            Play::Cpu(play) => play.borrow().read(row),
        }
    }

    /// The state now as a picture of images in rows of `columns`: `[height, width, 4]`, bytes for
    /// `"rgba8"`, halves for `"rgba16f"`.
    ///
    /// # Errors
    /// If the samples are no images, and of the device.
    pub async fn picture(&self, columns: u32, format: String) -> Outcome<Vec<u8>> {
        let format = match format.as_str() {
            "rgba8" => ImageFormat::Rgba8,
            "rgba16f" => ImageFormat::Rgba16F,
            other => {
                let message = format!("picture {other:?}: \"rgba8\" or \"rgba16f\"");
                return Err(JsError::new(&message));
            }
        };
        match &self.play {
            Play::Gpu(play) => {
                let drawn = play.borrow().drawn();
                drawn.picture(&self.shape, columns, format).await
            }
            Play::Cpu(play) => picture(&play.borrow().state(), &self.shape, columns, format),
        }
    }
}

/// Images of values, drawn by the kernels' twins.
fn picture(values: &[f32], shape: &[usize], columns: u32, format: ImageFormat) -> Outcome<Vec<u8>> {
    let &[channels @ (1 | 3), height, width] = shape else {
        return Err(JsError::new(&format!(
            "samples of shape {shape:?} are no images"
        )));
    };
    let texel = match format {
        ImageFormat::Rgba16F => 8,
        _ => 4,
    };
    let images = values.chunks_exact(channels * height * width);
    let columns = (columns as usize).clamp(1, images.len());
    let rows = images.len().div_ceil(columns);
    let line = width * texel;
    let mut picture = vec![0; columns * rows * height * line];
    for (index, image) in images.enumerate() {
        let bytes = match format {
            ImageFormat::Rgba16F => {
                let mut pixels = vec![Default::default(); 4 * height * width];
                to_rgba16f(channels, image, &mut pixels);
                bytemuck::cast_slice(&pixels).to_vec()
            }
            _ => {
                let mut pixels = vec![0; 4 * height * width];
                to_rgba8(channels, image, &mut pixels);
                pixels
            }
        };
        let (column, row) = (index % columns, index / columns);
        for (y, own) in bytes.chunks_exact(line).enumerate() {
            let at = ((row * height + y) * columns + column) * line;
            picture[at..at + line].copy_from_slice(own);
        }
    }
    Ok(picture)
}
