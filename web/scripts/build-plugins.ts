/** The two steps our build adds to Vite's: the theme before the first paint, and compression. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const compressible = /\.(js|css|svg)$/;
const worthIt = 1024;

/**
 * Put `src/early-theme.js` into the head as a file of its own.
 *
 * Modules run after the first paint, and the content security policy allows no inline script; a
 * small classic script in the head is what keeps a dark page from flashing white.
 */
export function earlyTheme(): Plugin {
  const source = fileURLToPath(new URL('../src/early-theme.js', import.meta.url));
  let fileName = '';
  return {
    name: 'early-theme',
    buildStart() {
      if (this.meta.watchMode || this.environment.mode === 'dev') return;
      const code = readFileSync(source, 'utf8');
      const hash = createHash('sha256').update(code).digest('base64url').slice(0, 8);
      fileName = `assets/theme-${hash}.js`;
      this.emitFile({ type: 'asset', fileName, source: code });
    },
    transformIndexHtml() {
      const src = fileName === '' ? '/src/early-theme.js' : `/${fileName}`;
      return [{ tag: 'script', attrs: { src }, injectTo: 'head' }];
    },
  };
}

/** Write a `.br` and a `.gz` beside every built text file, for the server to send as they are. */
export function compressAssets(): Plugin {
  return {
    name: 'compress-assets',
    apply: 'build',
    async writeBundle(options) {
      const folder = join(options.dir ?? '', 'assets');
      const names = (await readdir(folder)).filter((name) => compressible.test(name));
      await Promise.all(names.map((name) => compress(join(folder, name))));
    },
  };
}

async function compress(path: string): Promise<void> {
  const content = await readFile(path);
  if (content.length < worthIt) return;
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  const [small, smaller] = await Promise.all([
    promisify(gzip)(content, { level: 9 }),
    promisify(brotliCompress)(content, { params: quality }),
  ]);
  await Promise.all([writeFile(`${path}.gz`, small), writeFile(`${path}.br`, smaller)]);
}
