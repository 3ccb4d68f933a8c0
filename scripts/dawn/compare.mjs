// What came to the host beside what was expected of it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// 64-bit FNV-1a of bytes, as src/noise/fingerprint.rs has it.
export function fingerprint(bytes) {
  const prime = 0x100000001b3n;
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * prime) & 0xffffffffffffffffn;
  return `0x${hash.toString(16).toUpperCase().padStart(16, '0')}`;
}

function half(bits) {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

function values(form, bytes) {
  if (form === 'u8') return bytes;
  const array = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return form === 'f16' ? Array.from(new Uint16Array(array), half) : new Float32Array(array);
}

// A copied picture without what its lines are padded with.
function unpadded(bytes, { bytes: line, stride }) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += stride) lines.push(bytes.subarray(at, at + line));
  return Buffer.concat(lines);
}

// How far `found` is from one entry of expected.json: { worst, place }. With a bound of 0: how many values differ in their bits.
function difference(entry, found, expected) {
  if (found.length !== expected.length) return { worst: Infinity, place: `${found.length} bytes, not ${expected.length}` };
  const [a, b] = [values(entry.form, found), values(entry.form, expected)];
  const place = (i) => `value ${i}: ${a[i]}, not ${b[i]}`;
  let [worst, at] = [0, -1];
  if (entry.bound === 0) {
    const size = found.length / b.length;
    for (let i = 0; i < b.length; i++) {
      if (found.compare(expected, i * size, (i + 1) * size, i * size, (i + 1) * size) !== 0) {
        if (at < 0) at = i;
        worst += 1;
      }
    }
  } else {
    let largest = 1;
    for (const value of b) largest = Math.max(largest, Math.abs(value));
    for (let i = 0; i < b.length; i++) {
      let error = Math.abs(a[i] - b[i]) / (largest * entry.gain);
      if (Number.isNaN(error)) error = Infinity;
      if (error > worst) [worst, at] = [error, i];
    }
  }
  return { worst, place: at < 0 ? '' : place(at) };
}

// Adds to `checks` (by name) what the copies of one recording come to. Every copy belongs to an entry, in order; a large one may have
// come in several.
export function compare(directory, copies, checks) {
  const left = [...copies];
  for (const entry of JSON.parse(readFileSync(join(directory, 'expected.json'), 'utf8'))) {
    const expected = readFileSync(join(directory, entry.file));
    const wanted = entry.lines ? (expected.length / entry.lines.bytes) * entry.lines.stride : expected.length;
    const parts = [];
    while (left.length > 0 && parts.reduce((sum, part) => sum + part.length, 0) < wanted) parts.push(left.shift());
    let found = Buffer.concat(parts);
    if (entry.lines) found = unpadded(found, entry.lines);
    const { worst, place } = difference(entry, found, expected);
    let check = checks.get(entry.check);
    if (!check) {
      check = { name: entry.check, bound: entry.bound, worst: 0, passed: true, cases: 0, detail: null };
      checks.set(entry.check, check);
    }
    check.cases += 1;
    if (worst > check.worst) Object.assign(check, { worst, detail: `${entry.case}, ${place}` });
    if (!(worst <= check.bound)) check.passed = false;
    if (entry.hash) {
      check.hash = fingerprint(found);
      if (check.hash !== entry.hash) Object.assign(check, { passed: false, detail: `hash ${check.hash}, not ${entry.hash}` });
    }
  }
  if (left.length > 0) throw new Error(`${directory}: ${left.length} copies that nothing is expected of`);
}
