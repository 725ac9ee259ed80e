// Compresses what was built, in place, and holds the bounds on its size.
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';

// gzip, for browsers take brotli by HTTPS and from their own machine only.
const FIRST_LOAD = 300_000;
const ALL = 450_000;

const dist = new URL('../dist', import.meta.url).pathname;
const manifest = JSON.parse(await readFile(join(dist, '.vite/manifest.json'), 'utf8'));
await rm(join(dist, '.vite'), { recursive: true });

const sizes = new Map();
for (const name of ['index.html', ...(await readdir(join(dist, 'assets'))).map((file) => `assets/${file}`)]) {
  const packed = gzipSync(await readFile(join(dist, name)), { level: constants.Z_BEST_COMPRESSION });
  await writeFile(join(dist, `${name}.gz`), packed);
  await rm(join(dist, name));
  sizes.set(name, packed.length);
}

/** The files that a part needs before it runs. */
function needed(part, files = new Set()) {
  const { file, css = [], assets = [], imports = [] } = manifest[part];
  if (!files.has(file)) {
    [file, ...css, ...assets].forEach((name) => files.add(name));
    imports.forEach((name) => needed(name, files));
  }
  return files;
}

const total = (names) => [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
const entry = needed('index.html').add('index.html');
const pages = Object.entries(manifest).filter(([, part]) => part.isDynamicEntry);
const loads = pages.map(([name]) => ({ name, bytes: total(new Set([...entry, ...needed(name)])) }));
const most = loads.reduce((a, b) => (b.bytes > a.bytes ? b : a), { name: 'index.html', bytes: total(entry) });
const all = total(sizes.keys());
console.log(`first load: at most ${most.bytes} bytes compressed, of ${FIRST_LOAD} (${most.name})`);
console.log(`all files: ${all} bytes compressed, of ${ALL}`);
if (most.bytes > FIRST_LOAD || all > ALL) {
  console.error('That is more than may be built in.');
  process.exit(1);
}
