// Chromium, with its WebGPU on SwiftShader or without any.

import { createRequire } from 'node:module';

const { chromium } = createRequire(`${process.env.WEB_TOOLS}/`)('playwright-core');

const QUIET = [
  '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-gpu-watchdog',
];
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
// Composes the page by Vulkan as well, without which a canvas cannot have a WebGPU context here.
const CANVAS = ['--use-angle=vulkan', '--enable-features=Vulkan', '--use-vulkan=swiftshader'];

export async function launch(kind) {
  const args = { webgpu: WEBGPU, canvas: [...WEBGPU, ...CANVAS], none: [] }[kind];
  return chromium.launch({
    executablePath: process.env.WEB_CHROMIUM, headless: true, args: [...QUIET, ...args],
  });
}

// A page whose errors are kept, as nothing may raise one.
export async function open(browser, url, { width = 1280, height = 900, scheme = 'light', touch = false } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: scheme, hasTouch: touch, deviceScaleFactor: touch ? 2 : 1,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.stack ?? String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') page.faults.push(message.text());
  });
  await page.goto(url);
  return page;
}

export function state(page, wanted) {
  return page.waitForFunction((wanted) => wanted.includes(document.body.dataset.state) && !globalThis.ddimPage.run?.playing, wanted);
}
