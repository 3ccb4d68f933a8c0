// Drawn by WebGPU into a canvas, from the sampler's own buffers: the same picture as from values.

import { check } from './checks.mjs';
import { open, state } from './browser.mjs';

export async function canvas(browser, server) {
  for (const model of ['digits&steps=4&count=10', 'dino&steps=8&count=400']) {
    const shots = [];
    for (const draw of ['canvas', 'auto']) {
      const page = await open(browser, `${server.url}/#device=gpu&model=${model}&draw=${draw}`);
      await state(page, ['settled', 'failed', 'lost']);
      await page.waitForTimeout(300);
      shots.push(await pixels(page));
      check(`canvas: ${model} by ${draw}: no error`, page.faults.length === 0, page.faults.join('; '));
      await page.context().close();
    }
    const { share, ink } = compare(...shots);
    // Discs are not squares, and edges of images are rounded otherwise; the rest is the same.
    check(`canvas: ${model} drawn from the buffer as from values`, share < 0.04 && ink > 0.01, `${(100 * share).toFixed(1)} % of pixels differ, ${(100 * ink).toFixed(0)} % have ink`);
  }
}

// What the page shows there, decoded in a page, where there is a decoder.
async function pixels(page) {
  const png = await page.locator('#canvas-home').screenshot();
  return page.evaluate(async (bytes) => {
    const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    return { width: image.width, data: [...context.getImageData(0, 0, image.width, image.height).data] };
  }, [...png]);
}

function compare(one, other) {
  if (one.data.length !== other.data.length) return { share: 1, ink: 0 };
  let [different, ink] = [0, 0];
  const paper = one.data.slice(0, 3), total = one.data.length / 4;
  for (let at = 0; at < one.data.length; at += 4) {
    const off = (a, b) => Math.max(...[0, 1, 2].map((channel) => Math.abs(a[at + channel] - b(channel))));
    if (off(one.data, (channel) => other.data[at + channel]) > 48) different++;
    if (off(one.data, (channel) => paper[channel]) > 48) ink++;
  }
  return { share: different / total, ink: ink / total };
}
