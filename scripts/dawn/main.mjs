// Repeats recordings of the kernels in Dawn and compares what they bring with what is expected.
//
//   node main.mjs RECORDINGS REPORT.json                    all of them; writes a report as `ddim verify --json` does
//   node main.mjs RECORDINGS --planted NAME FROM TO         one, with a fault planted in its texts: exit status 0 if it is found
//
// The package `webgpu` must be in a node_modules beside this file or above it. Exit status 1: something is not as expected, 3: no
// adapter.

import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, globals } from 'webgpu';
import { compare } from './compare.mjs';
import { Replay } from './replay.mjs';

Object.assign(globalThis, globals);

// Kept in a variable: the adapter does not keep it alive.
const gpu = create(['backend=vulkan']);
// What the adapter says of itself.
let info = null;

async function repeat(recordings, name, checks, rewrite) {
  // An adapter gives one device.
  const adapter = await gpu.requestAdapter();
  if (!adapter) {
    console.error('Dawn finds no Vulkan adapter');
    process.exit(3);
  }
  info ??= adapter.info;
  const device = await adapter.requestDevice();
  const directory = join(recordings, name);
  let lost = null;
  device.lost.then(({ reason, message }) => {
    if (reason !== 'destroyed') lost = message;
  });
  try {
    compare(directory, await new Replay(device, directory, rewrite).run(), checks);
  } catch (error) {
    throw new Error(`${name}: ${lost ?? error.message}`);
  }
  device.destroy();
}

function print(check, seconds) {
  const worst = check.bound === 0 ? `${check.worst} differ` : `${check.worst.toExponential(1)} of ${check.bound.toExponential(0)}`;
  console.log(`${check.passed ? 'passed' : 'FAILED'}  ${check.name.padEnd(24)} ${String(check.cases).padStart(5)} cases ${seconds.padStart(6)} s  ${worst}${check.hash ? `  ${check.hash}` : ''}`);
  if (check.detail) console.log(`        ${check.detail}`);
}

const [recordings, ...rest] = process.argv.slice(2);
const checks = new Map();
if (rest[0] === '--planted') {
  const [, name, from, to] = rest;
  let planted = 0;
  await repeat(recordings, name, checks, (text) => {
    planted += text.split(from).length - 1;
    return text.replaceAll(from, to);
  });
  const found = [...checks.values()].filter((check) => !check.passed);
  if (planted === 0) console.log(`${name} has no ${JSON.stringify(from)} to plant a fault in`);
  else if (found.length === 0) console.log(`${JSON.stringify(to)} for ${JSON.stringify(from)} in ${name} was not found`);
  else console.log(`planted ${JSON.stringify(to)} in ${name}: found, ${found[0].detail}`);
  process.exit(planted > 0 && found.length > 0 ? 0 : 1);
}

const names = readdirSync(recordings, { withFileTypes: true }).filter((entry) => entry.isDirectory());
for (const { name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
  const [before, started] = [new Set(checks.keys()), Date.now()];
  await repeat(recordings, name, checks);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  for (const check of checks.values()) if (!before.has(check.name)) print(check, seconds);
}
const { vendor, architecture, device, description } = info;
const report = {
  device: { name: 'Dawn', backend: 'vulkan', driver: device || description, driver_info: [description, vendor, architecture].filter(Boolean).join(', ') },
  noise_hash: checks.get('noise hash')?.hash ?? null,
  checks: [...checks.values()],
  passed: [...checks.values()].every((check) => check.passed),
};
writeFileSync(rest[0], JSON.stringify(report, null, 2));
console.log(`on ${report.device.driver_info}`);
process.exit(report.passed && names.length > 0 ? 0 : 1);
