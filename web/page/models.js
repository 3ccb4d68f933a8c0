// Models: fetched by name, or read from a directory that somebody drops.

import { Network } from './pkg/ddim.js';

const FILES = ['config.json', 'scheduler_config.json', 'model.safetensors'];
const fetched = new Map();
const written = {};

// A model of this site.
export function fetchModel(name) {
  if (!fetched.has(name)) {
    const loaded = load(name);
    fetched.set(name, loaded);
    // So that the next attempt is one.
    loaded.catch(() => fetched.delete(name));
  }
  return fetched.get(name);
}

async function load(name) {
  const parts = await Promise.all(FILES.map(async (file) => {
    const response = await fetch(`models/${name}/${file}`);
    if (!response.ok) throw new Error(`models/${name}/${file}: ${response.status} ${response.statusText}`);
    return response.arrayBuffer();
  }));
  return network(name, parts);
}

function network(name, [config, scheduler, weights]) {
  const text = new TextDecoder();
  return Network.fromFiles(name, text.decode(config), text.decode(scheduler), new Uint8Array(weights));
}

// A network in WGSL for points; its scheduler is the one of the points' models.
export async function wgslNetwork(source) {
  if (written.source !== source) {
    const response = await fetch('models/dino/scheduler_config.json');
    const network = Network.wgsl(new Uint32Array([2]), source, undefined, await response.text());
    Object.assign(written, { source, network });
  }
  return written.network;
}

// A model among files, each with a path.
export async function readModel(files) {
  const found = FILES.map((name) => files.find((file) => file.name === name));
  const missing = FILES.filter((_, index) => !found[index]);
  if (missing.length) throw new Error(`There is no ${missing.join(' and no ')} among the ${files.length} files.`);
  const path = found[0].webkitRelativePath || found[0].path || '';
  const name = path.split('/').filter(Boolean).at(-2) ?? 'Yours';
  return { name, network: network(name, await Promise.all(found.map((file) => file.arrayBuffer()))) };
}

// The files that were dropped, also those in directories.
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return [...transfer.files];
  return (await Promise.all(entries.map((entry) => filesOf(entry, 3)))).flat();
}

async function filesOf(entry, depth) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    file.path = entry.fullPath;
    return [file];
  }
  if (depth === 0) return [];
  const reader = entry.createReader(), all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    all.push(...some);
  }
  return (await Promise.all(all.map((inner) => filesOf(inner, depth - 1)))).flat();
}
