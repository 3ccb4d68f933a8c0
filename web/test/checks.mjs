// What was found; a table in the end.

const all = [];

export function check(name, holds, found = '') {
  all.push({ name, holds });
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${name}${found === '' ? '' : `: ${found}`}`);
}

// Largest difference of two arrays; infinite if a value is no number or is missing.
export function distance(found, expected) {
  if (found.length !== expected.length) return Infinity;
  let worst = 0;
  for (let at = 0; at < found.length; at++) {
    const off = Math.abs(found[at] - expected[at]);
    if (!(off <= worst)) worst = Number.isNaN(off) ? Infinity : off;
  }
  return worst;
}

export function finish() {
  const failed = all.filter((one) => !one.holds);
  console.log(`web: ${all.length} checks, ${failed.length} failed`);
  return all.length > 0 && failed.length === 0 ? 0 : 1;
}
