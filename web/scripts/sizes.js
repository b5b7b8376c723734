/** Weighs the built dashboard against its budgets; prints a table and fails when one is broken. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const built = fileURLToPath(new URL('../../src/pulseboard/screen/built', import.meta.url));
/** @type {Record<string, {file: string, src?: string, name?: string, isEntry?: boolean, imports?: string[], dynamicImports?: string[], css?: string[]}>} */
const manifest = JSON.parse(readFileSync(join(built, '.vite/manifest.json'), 'utf8'));

/** Files that the browser asks for before it can draw the first page, the page itself among them. */
const mostFiles = 8;

/** Kilobytes after gzip. */
const budgets = {
  'first page, JavaScript': 180,
  'first page, CSS': 20,
  'first page, HTML': 6,
  'charts': 32,
  'palette': 25,
  'settings': 45,
  'any other part': 40,
  'all JavaScript': 430,
};

/** @param {string} file */
function weigh(file) {
  return gzipSync(readFileSync(join(built, file)), { level: 9 }).length / 1024;
}

/** Everything a part needs before it can run. @param {string} key @param {Set<string>} found */
function closure(key, found = new Set()) {
  if (found.has(key)) return found;
  found.add(key);
  for (const next of manifest[key]?.imports ?? []) closure(next, found);
  return found;
}

const entryKey = Object.keys(manifest).find((key) => manifest[key]?.isEntry);
if (entryKey === undefined) throw new Error('The dashboard is not built: make setup builds it.');
const first = closure(entryKey);
const parts = Object.keys(manifest).filter((key) => manifest[key]?.file.endsWith('.js'));

/** @param {Iterable<string>} keys */
const sum = (keys) => [...keys].reduce((total, key) => total + weigh(manifest[key]?.file ?? ''), 0);
/** What is loaded besides when the part is first wanted. @param {string} key */
const own = (key) => sum([...closure(key)].filter((one) => !first.has(one)));

/** @param {RegExp} name */
const heaviest = (name) => Math.max(0, ...parts.filter((key) => name.test(key)).map(own));
const special = /DurationLines|Palette|SettingsPage/;
const css = [...first].flatMap((key) => manifest[key]?.css ?? []);

/** @type {Record<keyof typeof budgets, number>} */
const measured = {
  'first page, JavaScript': sum(first),
  'first page, CSS': css.reduce((total, file) => total + weigh(file), 0),
  'first page, HTML': weigh('index.html'),
  'charts': heaviest(/DurationLines/),
  'palette': heaviest(/Palette\.tsx/),
  'settings': heaviest(/SettingsPage/),
  'any other part': Math.max(
    ...parts.filter((key) => !first.has(key) && !special.test(key) && !key.startsWith('_')).map(own),
  ),
  'all JavaScript': sum(parts),
};

let broken = 0;
for (const [name, budget] of Object.entries(budgets)) {
  const size = measured[/** @type {keyof typeof budgets} */ (name)];
  const fits = size <= budget;
  if (!fits) broken += 1;
  console.log(
    `${fits ? 'ok  ' : 'OVER'} ${name.padEnd(24)} ${size.toFixed(1).padStart(7)} KB of ${budget}`,
  );
}
// The page and the theme's script are in no manifest.
const files = first.size + css.length + 2;
if (files > mostFiles) broken += 1;
console.log(
  `${files <= mostFiles ? 'ok  ' : 'OVER'} ${'first page, files'.padEnd(24)} ${String(files).padStart(7)} of ${mostFiles}`,
);
process.exit(broken === 0 ? 0 : 1);
