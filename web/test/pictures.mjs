// Screenshots, for somebody to look at.

import { join } from 'node:path';
import { open, state } from './browser.mjs';

const SHOTS = [
  ['desktop-light', '#device=cpu', { width: 1280, height: 860 }],
  ['desktop-dark', '#device=cpu&model=dino&count=4000', { width: 1280, height: 860, scheme: 'dark' }],
  ['phone', '#device=cpu&seed=3', { width: 390, height: 844, touch: true }],
  ['phone-dark', '#device=cpu&model=swiss-roll&count=4000', { width: 390, height: 844, scheme: 'dark', touch: true }],
];

export async function pictures(browser, server, out) {
  for (const [name, hash, options] of SHOTS) {
    const page = await open(browser, `${server.url}/${hash}`, options);
    await state(page, ['settled', 'failed']);
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(out, `${name}.png`) });
    await page.context().close();
  }
}
