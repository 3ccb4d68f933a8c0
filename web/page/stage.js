// The canvas: a state of a run, drawn by WebGPU from the run's own buffers. Where the CPU engine computes, or
// a driver that runs on the CPU, it is drawn from values: browsers compose a page without such a driver, and a
// canvas of its would make every frame of the page wait for it, or is refused and the device lost.

import { View } from './pkg/ddim.js';

const GAP = 2; // CSS pixels between two images

export class Stage {
  constructor(frame, failed) {
    this.frame = frame;
    this.failed = failed;
    this.home = frame.querySelector('#canvas-home');
    this.view = null;
    this.dirty = true;
    this.fetching = null;
    this.released = new Set();
    new ResizeObserver(() => { this.dirty = true; }).observe(this.home);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { this.dirty = true; });
  }

  // A canvas belongs to one way of drawing, so a device gets a new one.
  async attach(device, byCanvas) {
    this.view?.free();
    this.view = null;
    this.canvas = document.createElement('canvas');
    this.canvas.setAttribute('role', 'img');
    this.home.replaceChildren(this.canvas);
    this.isGpu = device.isGpu;
    if (device.isGpu && (byCanvas || !device.isSoftware)) this.view = await View.create(device, this.canvas);
    else this.context = this.canvas.getContext('2d');
    this.shown = null;
  }

  // What is to be shown from now on: a player, and how its samples are laid out.
  show(player, { shape, columns, labels, title }) {
    this.player = player;
    this.start = null;
    this.layout = layoutOf(shape, player.count, columns);
    this.frame.dataset.kind = this.layout.kind;
    this.canvas.setAttribute('aria-label', title);
    const list = this.frame.querySelector('#columns');
    list.hidden = !labels;
    list.replaceChildren(...(labels ?? []).map((text) => Object.assign(document.createElement('li'), { textContent: text })));
    this.frame.toggleAttribute('data-labels', Boolean(labels));
    const { kind, width, height, rows } = this.layout;
    this.home.style.aspectRatio = kind === 'points' ? '' : `${this.layout.columns * width} / ${rows * height}`;
    this.shown = null;
  }

  // Draws the state after `row` rows, if it is not what is shown. `progress` is from 0, noise, to 1.
  draw(row, progress) {
    if (this.shown === row && !this.dirty) return;
    if (this.view) {
      if (!this.view.draw(this.player, row, this.style(progress))) return;
    } else if (this.isGpu) {
      this.fetch(row, progress);
      return;
    } else {
      this.drawValues(this.player.peek(row), this.player.peek(0), this.style(progress));
    }
    this.shown = row;
    this.dirty = false;
  }

  // Draws a state when it has come; meanwhile no other is asked for.
  async fetch(row, progress) {
    if (this.fetching) return;
    const player = this.fetching = this.player;
    try {
      const values = await player.read(row);
      const start = row === 0 ? values : this.start ?? await player.read(0);
      if (player !== this.player) return;
      this.start = start;
      this.drawValues(values, start, this.style(progress));
      this.shown = row;
      this.dirty = false;
    } catch (error) {
      // The device says why, if it was lost; a player that was replaced meanwhile is none's.
      if (player === this.player) this.failed(error);
    } finally {
      if (this.fetching === player) this.fetching = null;
      this.released.delete(player) && player.free();
    }
  }

  // Frees a player that is no longer shown, once nothing is read of it.
  release(player) {
    if (this.player === player) this.player = null;
    if (this.fetching === player) this.released.add(player);
    else player.free();
  }

  style(progress) {
    const ratio = Math.min(devicePixelRatio || 1, 3);
    const { kind, columns, rows, width, height } = this.layout;
    const size = [Math.max(1, Math.round(this.home.clientWidth * ratio)), 1];
    const colors = { paper: color('--stage'), ink: color('--ink') };
    if (kind === 'points') {
      size[1] = Math.max(1, Math.round(this.home.clientHeight * ratio));
      // Closer as the points come together: noise reaches beyond 2, data to 1.
      const eased = progress * progress * (3 - 2 * progress);
      const extent = 2.6 + (1.2 - 2.6) * eased;
      const radius = Math.min(1.1 + 50 / Math.sqrt(this.player.count), 4) * ratio;
      this.fit(size);
      return { ...colors, size, zoom: 0.5 * Math.min(...size) / extent, radius };
    }
    const gap = GAP * ratio;
    const across = (size[0] - gap * (columns - 1)) / columns;
    const cell = [across, across * height / width];
    size[1] = Math.max(1, Math.round(rows * (cell[1] + gap) - gap));
    this.fit(size);
    return { ...colors, size, columns, cell, gap };
  }

  fit([width, height]) {
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  drawValues(values, start, style) {
    const { context } = this, [width, height] = style.size;
    context.fillStyle = css(style.paper);
    context.fillRect(0, 0, width, height);
    if (this.layout.kind === 'points') drawPoints(context, values, start, style);
    else drawImages(context, values, this.layout, style);
  }
}

function layoutOf(shape, count, columns) {
  if (shape.length === 1 && shape[0] === 2) return { kind: 'points' };
  const [channels, height, width] = shape.length === 1 ? [1, 1, shape[0]] : shape;
  const across = Math.min(count, columns ?? Math.max(1, Math.round(Math.sqrt(1.6 * count * height / width))));
  return { kind: 'images', channels, height, width, columns: across, rows: Math.ceil(count / across) };
}

// As `color_of` in view.wgsl.
function drawPoints(context, values, start, { size: [width, height], zoom, radius, ink }) {
  const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
  const side = 2 * radius * 0.886; // a square of a disc's area
  for (let at = 0; at < values.length; at += 2) {
    const angle = Math.atan2(start[at + 1], start[at]);
    const vivid = 0.35 + 0.65 * clamp(Math.hypot(start[at], start[at + 1]), 0.25, 1.6) / 1.6;
    const rgb = [0, 2.1, 4.2].map((turn, index) => {
      const hue = 0.5 + 0.5 * Math.cos(angle - turn);
      return 0.78 * (0.6 + (hue - 0.6) * vivid) + 0.22 * ink[index];
    });
    context.fillStyle = css(rgb, 0.85);
    context.fillRect(0.5 * width + zoom * values[at] - side / 2, 0.5 * height - zoom * values[at + 1] - side / 2, side, side);
  }
}

function drawImages(context, values, layout, { paper, ink, cell, gap }) {
  const { channels, height, width, columns } = layout;
  const plane = height * width, small = new OffscreenCanvas(width, height);
  const brush = small.getContext('2d'), image = brush.createImageData(width, height);
  const share = (value) => Math.min(Math.max(0.5 * value + 0.5, 0), 1);
  context.imageSmoothingEnabled = false;
  for (let index = 0; index * channels * plane < values.length; index++) {
    const own = values.subarray(index * channels * plane, (index + 1) * channels * plane);
    for (let texel = 0; texel < plane; texel++) {
      for (let channel = 0; channel < 3; channel++) {
        const value = channels === 3 ? share(own[channel * plane + texel])
          : paper[channel] + (ink[channel] - paper[channel]) * share(own[texel]);
        image.data[4 * texel + channel] = 255 * value;
      }
      image.data[4 * texel + 3] = 255;
    }
    brush.putImageData(image, 0, 0);
    const x = (index % columns) * (cell[0] + gap), y = Math.floor(index / columns) * (cell[1] + gap);
    context.drawImage(small, x, y, ...cell);
  }
}

// A colour of the page's style, as three numbers from 0 to 1.
function color(name) {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16) / 255);
}

function css(rgb, alpha = 1) {
  return `rgb(${rgb.map((value) => Math.round(255 * value)).join(' ')} / ${alpha})`;
}
