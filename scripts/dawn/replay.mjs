// Repeats on a WebGPU device what wgpu's tracing has recorded of one, and gives each copy that went to the host.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from './ron.mjs';

export class Replay {
  // `rewrite(text)` may change what is compiled: to plant a fault.
  constructor(device, directory, rewrite = (text) => text) {
    this.device = device;
    this.directory = directory;
    this.rewrite = rewrite;
    // Recorded objects by their recorded addresses. wgpu reuses an address only after what was there is gone, and then makes
    // another object known by it.
    this.objects = new Map();
    // Bytes that came to the host, in order, and where each came from.
    this.copies = [];
  }

  async run() {
    for (const action of parse(readFileSync(join(this.directory, 'trace.ron'), 'utf8'))) {
      const { variant, of } = action;
      if (variant === 'Init' || variant.startsWith('Drop')) continue;
      const repeat = this[variant];
      if (!repeat) throw new Error(`${variant} is not known here`);
      this.device.pushErrorScope('out-of-memory');
      this.device.pushErrorScope('validation');
      await repeat.call(this, of);
      const error = (await this.device.popErrorScope()) ?? (await this.device.popErrorScope());
      if (error) throw new Error(`${variant} ${of.desc?.label ?? of[1]?.label ?? ''}: ${error.message}`);
    }
    return this.copies;
  }

  // A recorded `PointerId(…)`.
  object(id) {
    const object = this.objects.get(id.of[0]);
    if (!object) throw new Error(`nothing was made at ${id.of[0]}`);
    return object;
  }

  keep(id, object) {
    this.objects.set(id.of[0], object);
  }

  data({ of: [file] }) {
    return readFileSync(join(this.directory, file));
  }

  CreateBuffer([id, desc]) {
    const names = desc.usage.split(' | ');
    const toHost = names.includes('MAP_READ');
    // Buffers that the host maps to write are written by the queue here; the recording has what it wrote.
    const usage = names.filter((name) => name !== 'MAP_WRITE').reduce((bits, name) => bits | GPUBufferUsage[name], GPUBufferUsage.COPY_DST);
    this.keep(id, { toHost, buffer: this.device.createBuffer({ label: desc.label, size: desc.size, usage }) });
  }

  WriteBuffer({ id, data, offset }) {
    this.device.queue.writeBuffer(this.object(id).buffer, offset, this.data(data));
  }

  CreateTexture([id, desc]) {
    const usage = desc.usage.split(' | ').reduce((bits, name) => bits | GPUTextureUsage[name], 0);
    this.keep(id, this.device.createTexture({ label: desc.label, size: desc.size, format: desc.format, dimension: desc.dimension, usage }));
  }

  CreateTextureView({ id, parent }) {
    this.keep(id, this.object(parent).createView());
  }

  CreateBindGroupLayout([id, desc]) {
    const entries = desc.entries.map(({ binding, ty }) => {
      const visibility = GPUShaderStage.COMPUTE;
      if (ty.variant === 'StorageTexture') {
        return { binding, visibility, storageTexture: { access: ty.of.access, format: ty.of.format, viewDimension: ty.of.view_dimension } };
      }
      if (ty.variant !== 'Buffer') throw new Error(`a binding of kind ${ty.variant} is not known here`);
      const { ty: kind, has_dynamic_offset: hasDynamicOffset, min_binding_size: size } = ty.of;
      const type = kind === 'Uniform' ? 'uniform' : kind.of.read_only ? 'read-only-storage' : 'storage';
      return { binding, visibility, buffer: { type, hasDynamicOffset, minBindingSize: size ?? 0 } };
    });
    this.keep(id, this.device.createBindGroupLayout({ label: desc.label, entries }));
  }

  CreatePipelineLayout([id, desc]) {
    const bindGroupLayouts = desc.bind_group_layouts.map((layout) => this.object(layout));
    this.keep(id, this.device.createPipelineLayout({ label: desc.label, bindGroupLayouts }));
  }

  CreateBindGroup([id, desc]) {
    const entries = desc.entries.map(({ binding, resource: { variant, of } }) => {
      if (variant === 'TextureView') return { binding, resource: this.object(of[0]) };
      if (variant !== 'Buffer') throw new Error(`a binding to ${variant} is not known here`);
      const [{ buffer, offset, size }] = of;
      return { binding, resource: { buffer: this.object(buffer).buffer, offset, size: size ?? undefined } };
    });
    this.keep(id, this.device.createBindGroup({ label: desc.label, layout: this.object(desc.layout), entries }));
  }

  CreateShaderModule({ id, desc, data }) {
    const code = this.rewrite(this.data(data).toString('utf8'), desc.label);
    this.keep(id, this.device.createShaderModule({ label: desc.label, code }));
  }

  CreateComputePipeline({ id, desc }) {
    const { module, entry_point: entryPoint } = desc.stage;
    const compute = { module: this.object(module), entryPoint };
    this.keep(id, this.device.createComputePipeline({ label: desc.label, layout: this.object(desc.layout), compute }));
  }

  async Submit([, commands]) {
    const encoder = this.device.createCommandEncoder();
    const read = [];
    for (const { variant, of } of commands) {
      if (variant === 'CopyBufferToBuffer') {
        const [src, dst] = [this.object(of.src), this.object(of.dst)];
        encoder.copyBufferToBuffer(src.buffer, of.src_offset, dst.buffer, of.dst_offset, of.size);
        if (dst.toHost) read.push([dst.buffer, of.size]);
      } else if (variant === 'CopyTextureToBuffer') {
        const { buffer, layout } = of.dst;
        const to = { buffer: this.object(buffer).buffer, offset: layout.offset, bytesPerRow: layout.bytes_per_row };
        encoder.copyTextureToBuffer({ texture: this.object(of.src.texture) }, to, of.size);
        read.push([to.buffer, layout.bytes_per_row * of.size.height]);
      } else if (variant === 'RunComputePass') {
        this.pass(encoder, of.pass);
      } else {
        throw new Error(`${variant} is not known here`);
      }
    }
    this.device.queue.submit([encoder.finish()]);
    for (const [buffer, size] of read) {
      await buffer.mapAsync(GPUMapMode.READ, 0, buffer.size);
      this.copies.push(Buffer.from(buffer.getMappedRange(0, buffer.size).slice(0, size)));
      buffer.unmap();
    }
  }

  pass(encoder, { label, commands, dynamic_offsets: offsets }) {
    const pass = encoder.beginComputePass({ label });
    let next = 0;
    for (const { variant, of } of commands) {
      if (variant === 'SetPipeline') {
        pass.setPipeline(this.object(of[0]));
      } else if (variant === 'SetBindGroup') {
        const dynamic = offsets.slice(next, (next += of.num_dynamic_offsets));
        pass.setBindGroup(of.index, of.bind_group && this.object(of.bind_group), dynamic);
      } else if (variant === 'DispatchWorkgroups') {
        pass.dispatchWorkgroups(...of[0]);
      } else {
        throw new Error(`${variant} in a pass is not known here`);
      }
    }
    pass.end();
  }
}
