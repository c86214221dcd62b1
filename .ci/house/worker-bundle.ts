/** The worker's two scripts, bundled like the client and for the same browsers; written as classic scripts. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Rollup } from 'vite';
import { aliasesFor } from './aliases.ts';
import { roomGuard } from './room-guard.ts';

export const TARGETS = ['chrome87', 'safari14'];

/** What a phone keeps to open without a network. Icons are fetched by the system when somebody installs. */
const SHELL = /\.(js|css|svg|woff2|webmanifest)$/;

export interface WorkerScripts {
  readonly worker: string;
  readonly kill: string;
}

/** @param root of the repository */
export async function bundleWorkers(root: string): Promise<WorkerScripts> {
  return { worker: await bundle(root, 'sw'), kill: await bundle(root, 'kill') };
}

async function bundle(root: string, name: string): Promise<string> {
  const { output } = (await build({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    resolve: { alias: aliasesFor(root) },
    plugins: [roomGuard({ root, side: 'client' })],
    build: {
      write: false,
      target: TARGETS,
      modulePreload: false,
      rolldownOptions: { input: join(root, `src/app/worker/${name}.ts`), output: { format: 'iife' } },
    },
  })) as Rollup.RollupOutput;
  return output[0].code;
}

/**
 * Writes sw.js and sw-kill.js for the client that lies complete in `folder`. The list of its files stands in front of the
 * worker, so another build is another worker even when nothing else in it changed.
 */
export function writeWorkers(folder: string, name: string, scripts: WorkerScripts): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => SHELL.test(file) && !/^sw(-kill)?\.js$/.test(file))
    .sort();
  const shell = {
    build: name,
    files: ['index.html', ...files].map((file) => [`/${file}`, hash(folder, file)]),
  };
  writeFileSync(join(folder, 'sw.js'), `self.__SHELL__=${JSON.stringify(shell)};\n${scripts.worker}`);
  writeFileSync(join(folder, 'sw-kill.js'), scripts.kill);
}

const hash = (folder: string, file: string): string =>
  `sha256-${createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('base64')}`;
