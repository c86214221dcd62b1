import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { aliasesFor } from '../../.ci/house/aliases.ts';
import { root, scratch } from './paths';

export interface Bundle {
  /** The file of an entry. */
  file(entry: string): string;
  remove(): void;
}

/**
 * Bundles `bench/children/<entry>.ts` as the server's own build does, to be run by plain Node: a loader that compiles on the
 * fly keeps function names at a price, and would be measured with the rest.
 */
export async function bundleChildren(entries: readonly string[]): Promise<Bundle> {
  mkdirSync(scratch, { recursive: true });
  const folder = mkdtempSync(join(scratch, 'children-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    resolve: { alias: aliasesFor(root) },
    define: { __BUILD__: JSON.stringify('bench') },
    ssr: { external: true },
    build: {
      ssr: true,
      target: 'node20',
      outDir: folder,
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(entries.map((e) => [e, join(root, `bench/children/${e}.ts`)])),
        output: { entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' },
      },
    },
  }).catch((error: unknown) => {
    remove();
    throw error;
  });
  return {
    file: (entry) => join(folder, `${entry}.mjs`),
    remove,
  };
}
