// Unpacks Chromium beside the package, where tests/browser/chromium.py looks for it.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('node_modules/.unpacked', import.meta.url));
mkdirSync(folder, { recursive: true });
// The package unpacks into the temporary folder, so that has to be ours before it is loaded.
process.env.TMPDIR = folder;
const { default: chromium } = await import('@sparticuz/chromium');
console.log(await chromium.executablePath());
