// A digit that somebody draws, encoded to the noise that leads to it and decoded as every class.

import { Sampler } from './pkg/ddim.js';
import { Pad } from './pad.js';

export function drawing(page, { networkOf, sample, controls }) {
  const find = (id) => document.getElementById(id);
  const pad = new Pad(find('pad')), status = find('draw-status');
  find('drawn-class').replaceChildren(...[...Array(10).keys()].map((digit) => new Option(digit, digit)));
  find('drawn-class').value = '7';
  const guidance = find('drawn-guidance');
  guidance.addEventListener('input', () => {
    document.querySelector('output[for="drawn-guidance"]').textContent = Number(guidance.value).toFixed(1);
  });
  find('clear').addEventListener('click', () => {
    pad.clear();
    status.textContent = '';
  });
  find('take').addEventListener('click', () => tell(async () => {
    const network = await networkOf();
    const plan = { steps: 20 }, digit = Number(find('drawn-class').value);
    const sampler = await Sampler.create(page.device, network, plan, {});
    const seed = String(crypto.getRandomValues(new Uint32Array(1))[0]);
    pad.take(await sampler.sample({ count: 1, class: digit, guidance: 2, seed }));
    status.textContent = `A ${digit}, of seed ${seed}.`;
  }));
  find('encode').addEventListener('click', () => tell(async () => {
    if (pad.isEmpty) {
      status.textContent = 'Draw a digit first, or take a generated one.';
      return;
    }
    status.textContent = 'Encoding…';
    const network = await networkOf(), digit = Number(find('drawn-class').value);
    const encoder = await Sampler.create(page.device, network, { encode: true, steps: 50 }, {});
    const noise = await encoder.sample({ count: 1, class: digit, guidance: 1 }, pad.values());
    Object.assign(page.state, { model: 'digits', sampler: 'ddim', eta: 0, steps: 50, at: -1 });
    controls.show(page.state);
    const initial = new Float32Array(10 * noise.length);
    for (let copy = 0; copy < 10; copy++) initial.set(noise, copy * noise.length);
    await sample({ batch: { count: 10, class: 'cyclic', guidance: Number(guidance.value) }, initial });
    status.textContent = `Your ${digit} as every digit, in the picture above.`;
    find('stage').scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  }));

  async function tell(work) {
    const buttons = [find('encode'), find('take')];
    for (const button of buttons) button.disabled = true;
    try {
      await work();
    } catch (error) {
      status.textContent = error.message;
    }
    for (const button of buttons) button.disabled = false;
  }
}
