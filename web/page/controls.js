// The form: what it says becomes the page's state, and the state is shown by it.

// Kernels run on software drivers as well, and there everything takes longer.
const COUNTS = {
  images: [[10, '10'], [60, '60'], [240, '240']],
  points: [[1000, '1,000'], [4000, '4,000'], [20000, '20,000'], [100000, '100,000']],
};
const PAUSE = 160; // milliseconds without a change before the next run

export class Controls {
  constructor(form, page, { samplers, sample, reopen }) {
    this.form = form;
    this.page = page;
    this.sample = sample;
    this.isSlow = false;
    this.find = (id) => document.getElementById(id);
    this.find('sampler').replaceChildren(...samplers.map((name) => new Option(name, name)));
    this.buildClasses(10);
    this.show(page.state);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.resample(0);
    });
    form.addEventListener('input', (event) => this.changed(event.target));
    this.find('dice').addEventListener('click', () => {
      const words = crypto.getRandomValues(new Uint32Array(1));
      this.page.state.seed = String(words[0]);
      this.show(this.page.state);
      this.resample(0);
    });
    this.find('device').addEventListener('change', (event) => reopen(event.target.value));
  }

  changed(input) {
    const { state } = this.page, { id, name, value } = input;
    if (id === 'device' || id === 'directory') return;
    if (name === 'model') Object.assign(state, { model: value, count: 0 });
    else if (name === 'class') state.class = value;
    else if (id === 'seed') {
      const valid = /^\d{1,20}$/.test(value) && BigInt(value) < 1n << 64n;
      input.setAttribute('aria-invalid', String(!valid));
      this.find('seed-hint').textContent = valid ? 'A seed gives the same noise on every device, to the last bit.'
        : 'A seed is a whole number below 2⁶⁴.';
      if (!valid) return;
      state.seed = value;
    } else if (id === 'sampler') state.sampler = value;
    else if (id in state) state[id] = Number(value);
    this.readouts();
    this.resample(input.type === 'range' || id === 'seed' ? PAUSE : 0);
  }

  resample(pause) {
    this.page.state.at = -1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.sample(), pause);
  }

  // Shows a state.
  show(state) {
    for (const id of ['steps', 'eta', 'guidance', 'seed', 'sampler', 'device']) this.find(id).value = state[id];
    for (const radio of this.form.querySelectorAll('input[name="model"]')) radio.checked = radio.value === state.model;
    for (const radio of this.form.querySelectorAll('input[name="class"]')) radio.checked = radio.value === state.class;
    this.readouts();
  }

  readouts() {
    const { state } = this.page;
    const show = (id, text) => { this.form.querySelector(`output[for="${id}"]`).textContent = text; };
    show('steps', state.steps);
    show('eta', state.eta.toFixed(2));
    show('guidance', state.guidance.toFixed(1));
    // Only DDIM has a share of noise.
    this.find('eta').disabled = state.sampler !== 'ddim';
  }

  buildClasses(classes) {
    if (this.classes === classes) return;
    this.classes = classes;
    const choice = (value, text, title) => {
      const label = document.createElement('label');
      const input = Object.assign(document.createElement('input'), { type: 'radio', name: 'class', value });
      const span = Object.assign(document.createElement('span'), { textContent: text });
      if (title) label.title = title;
      label.append(input, span);
      return label;
    };
    const each = [...Array(Math.min(classes, 64)).keys()].map((one) => choice(String(one), String(one)));
    const all = choice('all', 'All', 'All classes in turn');
    this.find('classes').replaceChildren(all, ...each, choice('none', 'None', 'Unconditional'));
  }

  // Fits the form to a network.
  setNetwork(network, state) {
    this.find('class-field').hidden = network.classes === 0;
    if (network.classes > 0) {
      this.buildClasses(network.classes);
      if (Number(state.class) >= network.classes) state.class = 'all';
    }
    this.find('steps').max = Math.min(100, network.levels);
    const isPoints = network.shape.length === 1 && network.shape[0] === 2;
    const counts = COUNTS[isPoints ? 'points' : 'images'];
    const chosen = state.count || this.defaultCount(network);
    const options = counts.some(([count]) => count === chosen) ? counts : [[chosen, chosen.toLocaleString('en')], ...counts];
    this.find('count').replaceChildren(...options.map(([count, text]) => new Option(text, count, false, count === chosen)));
    this.show(state);
  }

  setDevice(device) { this.isSlow = !device.isGpu || device.isSoftware; }

  setOwn(name) {
    this.find('own-name').textContent = name;
    this.find('own-choice').hidden = false;
  }

  // Samples unless somebody asks for a number of them.
  defaultCount(network) {
    const isPoints = network.shape.length === 1 && network.shape[0] === 2;
    if (isPoints) return this.isSlow ? 1000 : 20000;
    return 60;
  }

  async ringText() {
    this.ring ??= (await fetch('ring.wgsl')).text();
    return this.ring;
  }
}
