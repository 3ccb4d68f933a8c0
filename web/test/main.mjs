// Tests the site in headless Chromium.
//
//   node main.mjs SITE REFERENCE ROOT OUT [PART…]    ROOT is the project's; screenshots and the report go to OUT
//
// WEB_CHROMIUM is the browser, WEB_TOOLS a directory with node_modules/playwright-core. Parts are values,
// verify, page, fallback, canvas, embed and pictures. Exit status 1: something is not as expected.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './browser.mjs';
import { canvas } from './canvas.mjs';
import { check, finish } from './checks.mjs';
import { embed, example } from './embed.mjs';
import * as page from './page.mjs';
import { pictures } from './pictures.mjs';
import { serve } from './server.mjs';
import { values, verification } from './values.mjs';

const [site, reference, root, out, ...parts] = process.argv.slice(2);
const places = { '/': site, '/reference/': reference, '/test/': join(root, 'web/test') };
const server = await serve(places, { '/example.html': example(join(root, 'docs/web.md')) });
const cases = JSON.parse(readFileSync(join(root, 'web/test/cases.json')));

// Runs a part with a browser of its own. One that does not end is an error: a tab may hang for ever.
async function part(name, kind, minutes, work) {
  if (parts.length && !parts.includes(name)) return;
  const started = performance.now();
  const browser = await launch(kind);
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${minutes} minutes`)), minutes * 60_000);
  });
  try {
    await Promise.race([work(browser), late]);
  } catch (error) {
    check(name, false, error.stack ?? error);
  }
  clearTimeout(timer);
  await Promise.race([browser.close(), new Promise((resolve) => { setTimeout(resolve, 10_000); })]);
  console.log(`       ${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

const bytes = statSync(join(site, 'pkg/ddim_bg.wasm')).size;
check('the module is below 2 MB', bytes < 2e6, `${bytes} bytes`);
await part('values', 'webgpu', 15, async (browser) => {
  await values(browser, server, reference, cases, { device: 'gpu', kernels: ['mlp_step', 'mlp_step_serial', 'mlp_step_split'] });
  await values(browser, server, reference, cases, { device: 'cpu', kernels: [null] });
});
await part('verify', 'webgpu', 15, async (browser) => {
  writeFileSync(join(out, 'verify.json'), `${JSON.stringify(await verification(browser, server), null, 2)}\n`);
});
await part('page', 'webgpu', 10, async (browser) => {
  for (const test of [page.points, page.digits, page.controls, page.drawing, page.wgsl, page.lost]) await test(browser, server);
  await page.own(browser, server, root);
});
await part('fallback', 'none', 5, (browser) => page.withoutWebGpu(browser, server));
await part('canvas', 'canvas', 5, (browser) => canvas(browser, server));
await part('embed', 'none', 2, (browser) => embed(browser, server));
await part('pictures', 'webgpu', 5, (browser) => pictures(browser, server, out));
server.close();
process.exit(finish());
