/**
 * The last steps of the client's build: the page is given the build's name, the worker the list of its files, and the
 * whole is published into the folder that is served, beside the files of the builds before (`publish.ts`).
 */
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Plugin } from 'vite';
import { publish } from './publish.ts';
import { bundleWorkers, writeWorkers } from './worker-bundle.ts';

export interface ReleaseOptions {
  readonly root: string;
  /** `version+hash`. */
  readonly build: string;
  /** Where this build is made. Its own: two builds at once must not write into one folder. */
  readonly staging: string;
  readonly served: string;
}

export function release({ root, build, staging, served }: ReleaseOptions): Plugin {
  return {
    name: 'house:release',
    apply: 'build',
    enforce: 'post',
    buildStart: () => dropAbandoned(staging),
    // In the page and not in the scripts: what did not change keeps its name, and phones need not fetch it again.
    transformIndexHtml: (html) => html.replace('<html ', `<html data-build="${build}" `),
    // Around the build and not a hook inside it: those also run for a build that fails.
    async buildApp(builder) {
      await builder.build(builder.environments['client']!);
      writeFileSync(join(staging, 'version.json'), `${JSON.stringify({ build })}\n`);
      writeWorkers(staging, build, await bundleWorkers(root));
      await publish({ from: staging, to: served, build });
    },
  };
}

const HOUR = 3_600_000;

/** What builds that were cut off have left beside ours. */
function dropAbandoned(staging: string): void {
  const [folder, prefix] = [dirname(staging), basename(staging).replace(/\d+$/, '')];
  for (const name of safeList(folder)) {
    const path = join(folder, name);
    if (name.startsWith(prefix) && path !== staging && Date.now() - statSync(path).mtimeMs > HOUR)
      rmSync(path, { recursive: true, force: true });
  }
}

function safeList(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
