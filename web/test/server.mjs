// Serves the site, and watches from outside whether a page is alive: a page that hangs cannot say so.

import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm',
  '.json': 'application/json', '.svg': 'image/svg+xml',
};

// `places` are directories by the beginning of a path; `pages` are texts by path.
export async function serve(places, pages) {
  const beats = [];
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    if (path === '/favicon.ico') {
      response.writeHead(204).end();
      return;
    }
    if (path === '/alive') {
      beats.push(performance.now());
      response.writeHead(204).end();
      return;
    }
    try {
      const body = pages[path] ?? await readFile(fileOf(places, path));
      response.writeHead(200, { 'content-type': TYPES[extname(path) || '.html'] ?? 'application/octet-stream', 'cache-control': 'no-store' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => server.close(),
    // The longest time, in milliseconds, that a page was not heard of while `work` was done. The page says
    // that it is alive every 50 ms; one that is not heard of for `limit` is given up.
    async watch(page, work, limit = 60_000) {
      await page.evaluate(() => {
        globalThis.heart = setInterval(() => fetch('/alive'), 50);
      });
      beats.length = 0;
      const started = performance.now();
      let timer;
      const silent = new Promise((_, reject) => {
        timer = setInterval(() => {
          if (performance.now() - (beats.at(-1) ?? started) > limit) reject(new Error(`the page was silent for ${limit} ms`));
        }, 500);
      });
      try {
        await Promise.race([work(), silent]);
      } finally {
        clearInterval(timer);
      }
      // Also before the first: a tab may be frozen from the beginning.
      const times = [started, ...beats, performance.now()];
      await page.evaluate(() => clearInterval(globalThis.heart));
      return Math.round(Math.max(...times.slice(1).map((time, index) => time - times[index])));
    },
  };
}

function fileOf(places, path) {
  const clean = normalize(path).replace(/^(\.\.[/\\])+/, '');
  const begin = Object.keys(places).filter((one) => clean.startsWith(one)).sort((a, b) => b.length - a.length)[0];
  return join(places[begin], clean.slice(begin.length) || 'index.html');
}
