// Values: what the module computes in the browser against the native CPU engine's answers.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, distance } from './checks.mjs';
import { open } from './browser.mjs';

const BOUND = 1e-5;
// The published hash of the noise.
const HASH = '0x1AB4A1B9413780C0';

export async function values(browser, server, reference, cases, { device, kernels }) {
  const page = await open(browser, `${server.url}/test/blank.html`);
  await page.evaluate(async (device) => {
    const ddim = await import('/pkg/ddim.js');
    await ddim.default();
    globalThis.test = { ddim, device: await ddim.Device.open(device), models: new Map() };
  }, device);
  check(`${device}: noise hash`, await page.evaluate(() => globalThis.test.device.noiseHash()) === HASH);
  for (const one of cases) {
    if (one.wgsl && device === 'cpu') continue;
    const residual = one.model === 'digits' || one.model === 'dino' || one.model === 'swiss-roll';
    for (const kernel of residual ? kernels : [null]) {
      const found = await page.evaluate(sampled, { one, kernel });
      const read = (what) => numbers(join(reference, `${one.name}.${what}`));
      const name = `${device}: ${one.name}${kernel ? ` by ${kernel}` : ''}`;
      const off = distance(found.samples, read('samples'));
      const bound = one.bound ?? BOUND;
      check(`${name}: samples within ${bound}`, off <= bound, off.toExponential(1));
      if (kernel) check(`${name}: that kernel ran`, found.kernel === kernel, found.kernel);
      check(`${name}: the same, frame by frame`, distance(found.played, found.samples) === 0);
      if (!one.mask) check(`${name}: noise bits`, distance(found.start, read('start')) === 0);
    }
  }
  // What is compared must be told apart: the same but for one seed.
  const { other, expected } = await page.evaluate(sampled, { one: { ...cases[0], batch: { ...cases[0].batch, seed: 43 } }, kernel: null })
    .then((found) => ({ other: found.samples, expected: numbers(join(reference, `${cases[0].name}.samples`)) }));
  check(`${device}: another seed is told apart`, distance(other, expected) > 100 * BOUND);
  await pictures(page, device);
  if (device === 'gpu') await broken(page);
  check(`${device}: nothing in the console`, page.faults.length === 0, page.faults.join('; '));
  await page.context().close();
}

// In the page. Runs a case at once, and frame by frame with its states kept.
async function sampled({ one, kernel }) {
  const { ddim, device, models } = globalThis.test;
  const floats = async (what) => {
    const response = await fetch(`/reference/${one.name}.${what}`);
    return response.ok ? new Float32Array(await response.arrayBuffer()) : undefined;
  };
  const key = one.model ?? one.wgsl;
  if (!models.has(key)) {
    const get = async (file) => (await fetch(file)).arrayBuffer();
    const text = async (file) => new TextDecoder().decode(await get(file));
    const directory = `/models/${one.model ?? 'dino'}`;
    const scheduler = await text(`${directory}/scheduler_config.json`);
    models.set(key, one.wgsl
      ? ddim.Network.wgsl(new Uint32Array([2]), await text(`/${one.wgsl}`), undefined, scheduler)
      : ddim.Network.fromFiles(key, await text(`${directory}/config.json`), scheduler, new Uint8Array(await get(`${directory}/model.safetensors`))));
  }
  const options = { ...one.options, ...(kernel && { kernel }) };
  const sampler = await ddim.Sampler.create(device, models.get(key), one.plan, options);
  const arrays = [one.initial && await floats('initial'), one.mask && await floats('data'), one.mask && await floats('mask')].map((array) => array || undefined);
  const samples = await sampler.sample(one.batch, ...arrays);
  const player = await sampler.play(one.batch, true, ...arrays);
  while (!player.isSettled) {
    player.advance(8);
    await new Promise((resolve) => { requestAnimationFrame(resolve); });
  }
  const [start, played] = [await player.read(0), await player.read(player.done)];
  const found = { kernel: sampler.kernel, samples: [...samples], played: [...played], start: [...start] };
  player.free();
  sampler.free();
  return found;
}

// Both formats of pictures, by value.
async function pictures(page, device) {
  const off = await page.evaluate(async () => {
    const { ddim, device, models } = globalThis.test;
    const sampler = await ddim.Sampler.create(device, models.get('digits'), { steps: 3 }, {});
    const player = await sampler.play({ count: 5, seed: 1 }, false);
    while (!player.isSettled) {
      player.advance(8);
      await new Promise((resolve) => { requestAnimationFrame(resolve); });
    }
    const values = await player.read(player.done);
    const bytes = await player.picture(3, 'rgba8');
    const halves = new Float16Array((await player.picture(3, 'rgba16f')).buffer);
    let [wrong, unlike] = [0, 0];
    for (let y = 0; y < 56; y++) {
      for (let x = 0; x < 84; x++) {
        const index = 3 * Math.floor(y / 28) + Math.floor(x / 28), at = 4 * (84 * y + x);
        const value = index < 5 ? values[784 * index + 28 * (y % 28) + x % 28] : null;
        const byte = value === null ? 0 : Math.min(255, Math.floor(127.5 * Math.min(Math.max(value, -1), 1) + 128));
        const half = value === null ? 0 : Math.f16round(0.5 * value + 0.5);
        for (let channel = 0; channel < 4; channel++) {
          const [b, h] = channel < 3 ? [byte, half] : value === null ? [0, 0] : [255, 1];
          if (bytes[at + channel] !== b) wrong++;
          // A GPU rounds a half to either side.
          if (!(Math.abs(halves[at + channel] - h) <= 2 ** -11)) unlike++;
        }
      }
    }
    return [bytes.length === 56 * 84 * 4 && halves.length === bytes.length, wrong, unlike];
  });
  check(`${device}: pictures of 8 bits`, off[0] && off[1] === 0, `${off[1]} wrong`);
  check(`${device}: pictures of 16 bits`, off[0] && off[2] === 0, `${off[2]} wrong`);
}

// A caller's WGSL that does not compile is an error, with the compiler's words.
async function broken(page) {
  const message = await page.evaluate(async () => {
    const { ddim, device } = globalThis.test;
    const scheduler = await (await fetch('/models/dino/scheduler_config.json')).text();
    const text = 'fn predict(x: Sample, at: Evaluation) -> Sample {\n  return x * nonsense;\n}';
    const network = ddim.Network.wgsl(new Uint32Array([2]), text, undefined, scheduler);
    return ddim.Sampler.create(device, network, { steps: 3 }, {}).then(() => 'it compiled', (error) => error.message);
  });
  check('gpu: broken WGSL brings the compiler\'s message', /nonsense/.test(message), message.split('\n')[0]);
}

export async function verification(browser, server) {
  const page = await open(browser, `${server.url}/test/blank.html`);
  const report = JSON.parse(await page.evaluate(async () => {
    const ddim = await import('/pkg/ddim.js');
    await ddim.default();
    return (await ddim.Device.open('gpu')).verify();
  }));
  const failed = report.checks.filter((one) => one.passed === false).map((one) => one.name);
  check('verify passes', report.passed && report.noise_hash === HASH, failed.join(', ') || `${report.checks.length} checks`);
  // What only a caller's program reaches is in it: external networks, thresholds, masks, both pictures.
  const passed = new Set(report.checks.filter((one) => one.passed === true).map((one) => one.name));
  for (const name of ['noise hash', 'mlp_step', 'mlp_step_serial', 'mlp_step_split', 'predict_step', 'update_step', 'threshold_step', 'mask_step', 'to_rgba8', 'to_rgba16f']) {
    check(`verify has ${name}`, passed.has(name));
  }
  await page.context().close();
  return report;
}

function numbers(file) {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}
