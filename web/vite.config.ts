import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressAssets, earlyTheme } from './scripts/build-plugins.ts';

const server = process.env.PULSEBOARD_URL ?? 'http://127.0.0.1:8000';
const served = ['/api', '/health', '/metrics', '/docs', '/badge', '/wall'];

/** What every page needs: the floors below the features, and the frame around the pages. */
const everyPage =
  /src\/((lib|api|ui)\/(?!overlays)|features\/(live|filters|shell)\/(?!FilterSheet|Help))/;

export default defineConfig({
  plugins: [react(), tailwindcss(), earlyTheme(), compressAssets()],
  resolve: { alias: { '~': fileURLToPath(new URL('src', import.meta.url)) } },
  build: {
    outDir: fileURLToPath(new URL('../src/pulseboard/screen/built', import.meta.url)),
    emptyOutDir: true,
    target: ['chrome111', 'firefox114', 'safari16.4'],
    manifest: true,
    modulePreload: { polyfill: false },
    // Inlined files would need data: addresses, which the content security policy refuses.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Without groups every module that two parts share becomes a file of its own, and the first
        // page would wait for forty of them.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler|@tanstack|clsx)\// },
            { name: 'shared', test: everyPage },
          ],
        },
      },
    },
  },

  server: {
    port: 5173,
    proxy: Object.fromEntries(
      served.map((path) => [path, { target: server, ws: path === '/api' }]),
    ),
  },
});
