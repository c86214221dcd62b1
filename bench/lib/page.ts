import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import vue from '@vitejs/plugin-vue';
import { aliasesFor } from '../../.ci/house/aliases.ts';
import { root, scratch } from './paths';

/** Bundles `bench/page` with the phone's engine, minified and for the browsers of the real build. */
export async function bundlePage(): Promise<{ folder: string; remove(): void }> {
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, 'page-'));
  await build({
    root: join(root, 'bench/page'),
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    plugins: [vue()],
    resolve: { alias: aliasesFor(root) },
    define: { __BUILD__: JSON.stringify('bench') },
    build: {
      target: ['chrome87', 'safari14'],
      outDir: folder,
      emptyOutDir: true,
      reportCompressedSize: false,
    },
  });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
