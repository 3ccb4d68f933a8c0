// The example of docs/web.md, as it stands there.

import { readFileSync } from 'node:fs';
import { check } from './checks.mjs';
import { open } from './browser.mjs';

export function example(file) {
  const [, html] = readFileSync(file, 'utf8').match(/```html\n([\s\S]*?)```/) ?? [];
  if (!html) throw new Error(`${file} has no example in HTML`);
  return html;
}

export async function embed(browser, server) {
  const page = await open(browser, `${server.url}/example.html`);
  await page.waitForFunction(() => document.title === 'done');
  const ink = await page.evaluate(() => {
    const canvas = document.querySelector('canvas');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((byte, index) => index % 4 === 0 && byte > 128).length / (data.length / 4);
  });
  check('docs/web.md: its example runs', ink > 0.05 && ink < 0.4 && page.faults.length === 0, page.faults.join('; ') || `${(100 * ink).toFixed(0)} % ink`);
  await page.context().close();
}
