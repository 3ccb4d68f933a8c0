// The verification of this browser, and its report.

import { version } from './pkg/ddim.js';

export async function verify(device, list) {
  list.replaceChildren();
  const add = (line) => {
    const item = document.createElement('li');
    item.textContent = line.replace(/: passed$/, '');
    item.className = line.endsWith('passed') ? 'passed' : line.endsWith('FAILED') ? 'failed' : 'other';
    list.append(item);
  };
  const started = performance.now();
  const report = JSON.parse(await device.verify(add));
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
  return { page: version(), browser: navigator.userAgent, adapter: await adapterInfo(), seconds, ...report };
}

// What the browser says of its adapter, of which the library is told the description alone.
export async function adapterInfo() {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter?.info) return null;
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  return { vendor, architecture, device, description, isFallbackAdapter: isFallbackAdapter ?? adapter.isFallbackAdapter };
}

// A name for people, of what a browser is willing to say.
export async function deviceName(device) {
  if (!device.isGpu) return 'the CPU, in WebAssembly';
  const info = await adapterInfo();
  const said = info?.description || [info?.vendor, info?.architecture].filter(Boolean).join(' ');
  return `${said || 'a GPU that the browser does not name'}, WebGPU${device.isSoftware ? ', software' : ''}`;
}
