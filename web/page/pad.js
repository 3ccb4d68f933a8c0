// A pad to draw a digit on, and the digit as the model's data have theirs: 28 by 28, the strokes 20 high or
// wide, their centre of mass in the middle.

const SIDE = 28, BOX = 20;

export class Pad {
  constructor(canvas) {
    this.canvas = canvas;
    this.strokes = [];
    this.image = null; // a digit that was taken from the samples
    canvas.addEventListener('pointerdown', (event) => this.begin(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.paint());
    this.paint();
  }

  get isEmpty() { return !this.strokes.length && !this.image; }

  begin(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.image = null;
    const point = this.at(event);
    this.strokes.push([point, point]);
    this.paint();
  }

  move(event) {
    if (!this.canvas.hasPointerCapture(event.pointerId)) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) this.strokes.at(-1).push(this.at(one));
    this.paint();
  }

  // In shares of the pad's side.
  at(event) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  }

  clear() {
    this.strokes = [];
    this.image = null;
    this.paint();
  }

  // A digit's values, [784] from -1 to 1.
  take(values) {
    this.strokes = [];
    this.image = values;
    this.paint();
  }

  paint() {
    const { canvas } = this, context = canvas.getContext('2d');
    const style = getComputedStyle(canvas);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = style.color;
    if (this.image) {
      const texel = canvas.width / SIDE;
      this.image.forEach((value, index) => {
        context.globalAlpha = Math.min(Math.max(0.5 * value + 0.5, 0), 1);
        context.fillRect((index % SIDE) * texel, Math.floor(index / SIDE) * texel, texel + 0.5, texel + 0.5);
      });
      context.globalAlpha = 1;
      return;
    }
    this.trace(context, style.color, (point) => point.map((share) => share * canvas.width), 0.085 * canvas.width);
  }

  trace(context, ink, place, width) {
    Object.assign(context, { strokeStyle: ink, lineWidth: width, lineCap: 'round', lineJoin: 'round' });
    for (const stroke of this.strokes) {
      context.beginPath();
      stroke.forEach((point, index) => context[index ? 'lineTo' : 'moveTo'](...place(point)));
      context.stroke();
    }
  }

  // The digit, [784] from -1, the background, to 1.
  values() {
    if (this.image) return this.image;
    const points = this.strokes.flat();
    const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const extent = Math.max(Math.max(...xs) - left, Math.max(...ys) - top, 0.1);
    const scale = (BOX - 2.4) / extent;
    const raster = (shift) => {
      const canvas = new OffscreenCanvas(SIDE, SIDE), context = canvas.getContext('2d');
      this.trace(context, '#000', ([x, y]) => [(x - left) * scale + shift[0], (y - top) * scale + shift[1]], 2.4);
      const { data } = context.getImageData(0, 0, SIDE, SIDE);
      return Float32Array.from({ length: SIDE * SIDE }, (_, index) => data[4 * index + 3] / 255);
    };
    const [middle, mass] = center(raster([4, 4]));
    const shift = mass ? middle.map((at) => 4 + SIDE / 2 - at) : [4, 4];
    return raster(shift).map((ink) => 2 * ink - 1);
  }
}

// Centre of mass of an image, and its mass.
function center(image) {
  let [x, y, mass] = [0, 0, 0];
  image.forEach((ink, index) => {
    x += ink * (index % SIDE + 0.5);
    y += ink * (Math.floor(index / SIDE) + 0.5);
    mass += ink;
  });
  return [[x / mass, y / mass], mass];
}
