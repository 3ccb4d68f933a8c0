// A `var` without an initial value in a loop: run with Node and npm's `webgpu`, as docs/upstream/tint-var-in-loop.md says.
import { create, globals } from 'webgpu';
Object.assign(globalThis, globals);

const gpu = create(['backend=vulkan', ...process.argv.slice(2)]);
const adapter = await gpu.requestAdapter();
const device = await adapter.requestDevice();
for (const declaration of ['var acc: f32;', 'var acc = f32();']) {
  const code = `
@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(1) fn main() {
    for (var i = 0u; i < 4u; i++) {
        ${declaration}
        acc += 1.0;
        out[i] = acc;
    }
}`;
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
  const out = device.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const read = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: out } }] });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(out, 0, read, 0, 16);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(GPUMapMode.READ);
  console.log(`${declaration.padEnd(18)} ${[...new Float32Array(read.getMappedRange())].join(' ')}`);
}
device.destroy();
process.exit(0);
