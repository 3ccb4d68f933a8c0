// What is sampled, and the link that says so: everything in it comes out the same wherever it is opened.

export const DEFAULTS = {
  model: 'digits', device: 'auto', seed: '42', steps: 50, eta: 0, sampler: 'ddim',
  class: 'all', guidance: 1, count: 0, at: -1, wgsl: '',
  draw: 'auto', // 'canvas': by WebGPU also where its driver runs on the CPU
};

const NUMBERS = { steps: [1, 1000], eta: [0, 1], guidance: [0, 20], count: [0, 1_000_000], at: [-1, 1000] };
const U64 = 1n << 64n;

// A seed as text: a whole number below 2^64.
export function isSeed(text) {
  return /^\d{1,20}$/.test(text) && BigInt(text) < U64;
}

export function readLink(hash) {
  const state = { ...DEFAULTS };
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  for (const [key, value] of given) {
    if (!(key in DEFAULTS)) continue;
    if (key in NUMBERS) {
      const number = Number(value), [least, most] = NUMBERS[key];
      if (value !== '' && number >= least && number <= most) state[key] = number;
    } else if (key !== 'seed' || isSeed(value)) {
      state[key] = value;
    }
  }
  for (const key of ['steps', 'count', 'at']) state[key] = Math.round(state[key]);
  // The files of a model that was dropped are not in a link.
  if (state.model === 'own') state.model = DEFAULTS.model;
  return state;
}

export function writeLink(state) {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) {
    if (key === 'wgsl' && state.model !== 'wgsl') continue;
    if (String(value) !== String(DEFAULTS[key])) given.set(key, value);
  }
  return `#${given}`;
}
