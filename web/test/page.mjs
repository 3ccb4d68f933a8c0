// The page: its controls, by mouse and by keyboard, its link, what it says when something goes wrong.

import { join } from 'node:path';
import { check } from './checks.mjs';
import { open, state } from './browser.mjs';

const FRAME = 100; // milliseconds
// A tab that is frozen is silent for as long as it samples, which is longer; a busy machine, less.
const SILENCE = 2000;

const hash = (page) => page.evaluate(() => location.hash);
const text = (page, id) => page.locator(`#${id}`).innerText();
// A digest of what is on the canvas.
const picture = (page) => page.evaluate(() => {
  const canvas = document.querySelector('#canvas-home canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let digest = 0;
  for (const byte of data) digest = (Math.imul(digest, 31) + byte) | 0;
  return digest;
});
const samples = (page) => page.evaluate(async () => {
  const { player } = globalThis.ddimPage.run;
  return [...await player.read(player.done)];
});

// Changes a control and waits for the run that follows.
async function after(page, change) {
  const before = await page.evaluate(() => { globalThis.previous = globalThis.ddimPage.run; });
  await change();
  await page.waitForFunction(() => globalThis.ddimPage.run !== globalThis.previous && globalThis.ddimPage.run?.isSettled
    && !globalThis.ddimPage.run.playing && !document.querySelector('#scrub').disabled);
  return before;
}

export async function points(browser, server) {
  const page = await open(browser, `${server.url}/#device=gpu&model=dino`);
  await state(page, ['settled', 'failed', 'lost']);
  check('points: sampled', await page.evaluate(() => document.body.dataset.state) === 'settled', await text(page, 'alert-text'));
  const frames = [];
  for (const seed of ['5', '6']) {
    const gap = await server.watch(page, () => after(page, () => page.fill('#seed', seed)));
    frames.push(await page.evaluate(() => globalThis.ddimPage.longest), gap);
  }
  check(`points: no frame over ${FRAME} ms`, Math.max(frames[0], frames[2]) <= FRAME, `${Math.round(frames[0])} and ${Math.round(frames[2])} ms`);
  check('points: the server hears of the page all the time', Math.max(frames[1], frames[3]) <= SILENCE, `${frames[1]} and ${frames[3]} ms`);
  check('points: no error', page.faults.length === 0, page.faults.join('; '));
  await page.context().close();
}

export async function digits(browser, server) {
  const page = await open(browser, `${server.url}/#device=gpu&steps=25`);
  await state(page, ['settled', 'failed', 'lost']);
  const gap = await server.watch(page, () => after(page, () => page.fill('#seed', '7')));
  check('digits: the tab stays responsive', gap <= SILENCE, `${gap} ms`);
  check('digits: the device and its kernel are named', /swiftshader/i.test(await text(page, 'device-name')) && /^mlp_step/.test(await text(page, 'kernel')), await text(page, 'device-name'));
  check('digits: samples a second', Number((await text(page, 'rate')).replace(',', '')) > 0, await text(page, 'rate'));
  await page.context().close();
}

// On the CPU engine, which is quick enough to change everything.
export async function controls(browser, server) {
  const page = await open(browser, `${server.url}/#steps=8&count=10`);
  await state(page, ['settled', 'failed', 'lost']);
  check('controls: the link is read', await page.inputValue('#steps') === '8' && await page.inputValue('#count') === '10');
  const first = await samples(page);
  await after(page, () => page.fill('#seed', '123'));
  check('controls: another seed gives others', String(await samples(page)) !== String(first));
  await after(page, () => page.fill('#seed', '42'));
  check('controls: the seed gives the same again', String(await samples(page)) === String(first));
  await page.fill('#seed', 'seven');
  check('controls: a seed that is none is told', await page.getAttribute('#seed', 'aria-invalid') === 'true' && /whole number/.test(await text(page, 'seed-hint')));
  await page.fill('#seed', '42');
  await after(page, () => page.click('#dice'));
  check('controls: the dice bring a seed', await page.inputValue('#seed') !== '42');
  await after(page, () => page.locator('#classes label', { hasText: /^3$/ }).click());
  check('controls: class', /class=3/.test(await hash(page)));
  await after(page, () => slide(page, 'guidance', 2));
  check('controls: guidance', /guidance=2/.test(await hash(page)));
  await after(page, () => slide(page, 'eta', 1));
  check('controls: η', /eta=1/.test(await hash(page)));
  await after(page, () => page.selectOption('#sampler', 'heun'));
  check('controls: sampler', /sampler=heun/.test(await hash(page)) && await page.isDisabled('#eta'));
  await after(page, () => slide(page, 'steps', 5));
  check('controls: steps', await page.getAttribute('#scrub', 'max') === '5');
  await after(page, () => page.selectOption('#count', '60'));
  check('controls: count', await page.evaluate(() => globalThis.ddimPage.run.player.count) === 60);
  await trajectory(page);
  await link(page, browser, server);
  await after(page, () => page.locator('#models label', { hasText: 'Swiss roll' }).click());
  check('controls: another model', await page.isHidden('#class-field'));
  check('controls: no error', page.faults.length === 0, page.faults.join('; '));
  await page.context().close();
}

async function trajectory(page) {
  const end = await picture(page);
  await slide(page, 'scrub', 2);
  await page.waitForFunction(() => document.querySelector('#position').textContent.startsWith('2 /'));
  await page.waitForTimeout(100);
  check('trajectory: scrubbed', await picture(page) !== end);
  // By keyboard alone.
  await page.focus('#scrub');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector('#position').textContent.startsWith('3 /'));
  await page.focus('#play');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#position').textContent.startsWith('5 /'));
  await page.waitForTimeout(100);
  check('trajectory: played to its end by keyboard', await picture(page) === end);
}

async function link(page, browser, server) {
  await slide(page, 'scrub', 4);
  await page.click('#copy-link');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  await page.waitForTimeout(100);
  const [here, theirs] = [await picture(page), await open(browser, copied)];
  await state(theirs, ['settled']);
  await theirs.waitForFunction(() => document.querySelector('#position').textContent.startsWith('4 /'));
  await theirs.waitForTimeout(100);
  check('link: reproduces the state', await picture(theirs) === here, new URL(copied).hash);
  await theirs.context().close();
}

export async function drawing(browser, server) {
  const page = await open(browser, `${server.url}/#steps=5&count=10`);
  await state(page, ['settled']);
  await page.locator('#pad').scrollIntoViewIfNeeded();
  const pad = await page.locator('#pad').boundingBox();
  const at = (x, y) => [pad.x + x * pad.width, pad.y + y * pad.height];
  await page.mouse.move(...at(0.3, 0.2));
  await page.mouse.down();
  for (const point of [[0.7, 0.2], [0.6, 0.5], [0.45, 0.85]]) await page.mouse.move(...at(...point), { steps: 8 });
  await page.mouse.up();
  await page.selectOption('#drawn-class', '7');
  await after(page, () => page.click('#encode'));
  check('drawing: encoded and decoded as every class', /as every digit/.test(await text(page, 'draw-status')));
  // The same noise as a 7 is the 7 that was drawn: nearer to it than all others are.
  const nearest = await page.evaluate(async () => {
    const { player } = globalThis.ddimPage.run, values = await player.read(player.done);
    const start = await player.read(0);
    const same = start.subarray(0, 784).every((value, index) => value === start[784 + index]);
    const bars = [...Array(10).keys()].map((digit) => {
      const own = values.subarray(784 * digit, 784 * (digit + 1));
      // A 7 has its ink in the bar above and in the stroke below it.
      let [right, left] = [0, 0];
      for (let y = 14; y < 24; y++) for (let x = 0; x < 28; x++) (x < 12 ? (left += own[28 * y + x] + 1) : (right += own[28 * y + x] + 1));
      return [right, left];
    });
    return { same, count: player.count, distinct: new Set(bars.map(String)).size };
  });
  check('drawing: ten digits of one noise', nearest.same && nearest.count === 10 && nearest.distinct === 10, JSON.stringify(nearest));
  await page.click('#clear');
  await page.click('#encode');
  check('drawing: an empty pad is told', /Draw a digit first/.test(await text(page, 'draw-status')));
  await page.click('#take');
  await page.waitForFunction(() => /of seed/.test(document.querySelector('#draw-status').textContent));
  await after(page, () => page.click('#encode'));
  check('drawing: a generated digit instead, without a pointer', page.faults.length === 0, page.faults.join('; '));
  await page.context().close();
}

export async function own(browser, server, root) {
  const page = await open(browser, `${server.url}/#steps=5`);
  await state(page, ['settled']);
  const give = (name) => page.setInputFiles('#directory', join(root, 'models', name));
  await after(page, () => give('swiss-roll'));
  check('own model: sampled', /swiss-roll/.test(await text(page, 'own-name')) && await page.evaluate(() => globalThis.ddimPage.run.player.count) === 1000);
  // A directory without a model.
  await give('../scripts/dawn');
  await page.waitForSelector('#alert:not([hidden])');
  check('own model: what is missing is told', /There is no config.json/.test(await text(page, 'alert-text')), await text(page, 'alert-text'));
  await page.click('#alert-close');
  // Dropped, with a file that is no model's.
  await page.evaluate(async () => {
    const get = async (file) => new File([await (await fetch(`/models/dino/${file}`)).arrayBuffer()], file);
    const transfer = new DataTransfer();
    transfer.items.add(await get('config.json'));
    transfer.items.add(await get('scheduler_config.json'));
    transfer.items.add(new File(['no tensors'], 'model.safetensors'));
    dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  });
  await page.waitForSelector('#alert:not([hidden])');
  check('own model: broken weights are told', /safetensors/.test(await text(page, 'alert-text')), await text(page, 'alert-text'));
  await page.context().close();
}

export async function wgsl(browser, server) {
  const page = await open(browser, `${server.url}/#device=gpu&steps=10&model=dino&count=1000`);
  await state(page, ['settled', 'failed', 'lost']);
  await after(page, () => page.click('#wgsl-run'));
  check('WGSL: sampled', /model=wgsl/.test(await hash(page)) && await text(page, 'kernel') === 'predict_step');
  const written = await page.inputValue('#wgsl-text');
  await page.fill('#wgsl-text', written.replace('mean += weight', 'mean += wait'));
  await page.click('#wgsl-run');
  await page.waitForSelector('#wgsl-error:not([hidden])');
  const message = await text(page, 'wgsl-error');
  check('WGSL: the compiler\'s message and its line are shown', /network, line 24.*wait/s.test(message), message.split('\n')[0]);
  await page.fill('#wgsl-text', written);
  await after(page, () => page.click('#wgsl-run'));
  check('WGSL: mended, it samples again', await page.isHidden('#wgsl-error'));
  await page.context().close();
}

export async function lost(browser, server) {
  const page = await open(browser, `${server.url}/#device=gpu&model=dino&steps=10&count=1000`);
  await state(page, ['settled', 'failed', 'lost']);
  await page.evaluate(() => globalThis.ddimPage.device.close());
  await page.waitForSelector('#alert:not([hidden])');
  check('lost device: said', /GPU is gone/.test(await text(page, 'alert-text')), await text(page, 'alert-text'));
  await page.click('#alert-again');
  await state(page, ['settled', 'failed', 'lost']);
  check('lost device: opened again', await page.evaluate(() => globalThis.ddimPage.device.isGpu && document.body.dataset.state) === 'settled' && await page.isHidden('#alert'));
  await page.evaluate(() => globalThis.ddimPage.device.close());
  await page.waitForSelector('#alert:not([hidden])');
  await page.click('#alert-cpu');
  await state(page, ['settled', 'failed', 'lost']);
  check('lost device: gone on without it', await page.evaluate(() => !globalThis.ddimPage.device.isGpu && document.body.dataset.state) === 'settled');
  await page.context().close();
}

export async function withoutWebGpu(browser, server) {
  const page = await open(browser, `${server.url}/#steps=10`);
  await state(page, ['settled', 'failed', 'lost']);
  check('no WebGPU: sampled on the CPU engine', await text(page, 'kernel') === 'CPU engine' && await page.evaluate(() => document.body.dataset.state) === 'settled');
  check('no WebGPU: the page says so', /WebGPU is not used/.test(await text(page, 'status')), await text(page, 'status'));
  const gap = await server.watch(page, () => after(page, () => page.fill('#seed', '9')));
  check('no WebGPU: the tab stays responsive', gap <= SILENCE, `${gap} ms`);
  // What the watchdog is for: it must see a tab that is frozen.
  const frozen = await server.watch(page, () => page.evaluate((silence) => {
    for (const start = Date.now(); Date.now() - start < silence + 500;);
  }, SILENCE));
  check('the watchdog sees a frozen tab', frozen > SILENCE, `${frozen} ms`);
  await page.click('#verify-run');
  await page.waitForFunction(() => !document.querySelector('#verify-copy').disabled);
  check('no WebGPU: the engine is verified', /^All \d+ checks hold/.test(await text(page, 'verify-status')), await text(page, 'verify-status'));
  await page.click('#verify-copy');
  const report = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  check('verify button: the report is copied', report.passed && report.checks.length > 3 && /Chrom/.test(report.browser));
  // What the link asks for cannot be had: an error, and a way on.
  await page.selectOption('#device', 'gpu');
  await page.waitForSelector('#alert:not([hidden])');
  check('no WebGPU: asked for, it is an error', /WebGPU cannot be used/.test(await text(page, 'alert-text')), await text(page, 'alert-text'));
  await page.click('#alert-cpu');
  await state(page, ['settled']);
  check('no WebGPU: and the page goes on', await page.isHidden('#alert'));
  await page.context().close();
}

function slide(page, id, value) {
  return page.locator(`#${id}`).evaluate((input, value) => {
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }, value);
}
