// Compiles WGSL files with Tint, the compiler of Chromium, by way of Dawn's null backend: node tint.mjs FILE…
import { readFileSync } from 'node:fs';
import { create, globals } from 'webgpu';
Object.assign(globalThis, globals);

// Kept in a variable: the adapter does not keep it alive.
const gpu = create(['backend=null']);
const adapter = await gpu.requestAdapter();
const device = await adapter.requestDevice({ requiredFeatures: ['shader-f16'] });
let failed = 0;
for (const path of process.argv.slice(2)) {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code: readFileSync(path, 'utf8') });
  const { messages } = await module.getCompilationInfo();
  let errors = messages.filter((m) => m.type === 'error').map((m) => `${m.lineNum}:${m.linePos} ${m.message}`);
  if (errors.length === 0) {
    // The pipeline too: limits of workgroup memory, invocations and bindings are checked here.
    device.createComputePipeline({ layout: 'auto', compute: { module } });
  }
  const error = await device.popErrorScope();
  if (errors.length === 0 && error) errors = [error.message];
  if (errors.length > 0) {
    failed += 1;
    console.error(`${path}: ${errors.join('\n')}`);
  }
}
console.log(`${process.argv.length - 2 - failed} of ${process.argv.length - 2} compiled`);
process.exit(failed === 0 ? 0 : 1);
