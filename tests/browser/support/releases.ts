import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publish, readBuilds } from '../../../.ci/house/publish.ts';
import { bundleWorkers, writeWorkers, type WorkerScripts } from '../../../.ci/house/worker-bundle.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const built = join(process.env.DIST_FOLDER ?? join(root, 'dist'), 'client');

export interface Change {
  /** Raises the version of the phone's databases by so much, as a release with a new schema does. */
  readonly schema?: number;
  /** Changes a file's text after its names are in place. A path as served, e.g. `sw.js`. */
  readonly edit?: (file: string, text: string) => string;
}

/**
 * Releases made from the one real build: every hashed file gets another name and other bytes, the page names them, and the
 * worker is written for them by the code that writes the real one. To a browser that is another release.
 */
export class Releases {
  private readonly folder = mkdtempSync(join(tmpdir(), 'qing-releases-'));

  private constructor(
    private readonly scripts: WorkerScripts,
    private readonly files: readonly string[],
  ) {}

  static async fromBuild(): Promise<Releases> {
    const [newest] = readBuilds(built);
    if (!newest) throw new Error(`${built} is not a published build: run \`npm run build\` first`);
    const fixed = readdirSync(built, { withFileTypes: true }).flatMap((e) => (e.isFile() ? [e.name] : []));
    const own = fixed.filter((f) => !f.startsWith('.') && !/\.(br|gz)$|^sw/.test(f));
    return new Releases(await bundleWorkers(root), [...newest.files, ...own]);
  }

  /** The name of the n-th release. */
  static nameOf = (n: number): string => `0.1.${n}+test${n}`;

  /** Makes release `n` and publishes it into `served`, as `vite build` does. @returns its name */
  async publish(n: number, served: string, change: Change = {}, now?: number): Promise<string> {
    const build = Releases.nameOf(n);
    const from = mkdtempSync(join(this.folder, 'next-'));
    const names = new Map(this.files.map((file) => [file, renamed(file, n)]));
    for (const [file, name] of names) {
      const to = join(from, name);
      mkdirSync(dirname(to), { recursive: true });
      if (/\.(js|css|html)$/.test(file)) writeFileSync(to, changed(file, names, n, build, change));
      else cpSync(join(built, file), to);
    }
    writeFileSync(join(from, 'version.json'), JSON.stringify({ build }));
    writeWorkers(from, build, this.scripts);
    for (const file of ['sw.js', 'sw-kill.js'])
      if (change.edit) rewrite(join(from, file), (text) => change.edit!(file, text));
    await publish({ from, to: served, build, pack: false, ...(now === undefined ? {} : { now }) });
    return build;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Eight letters of hash before the ending; the last two become the release's number. */
const renamed = (file: string, n: number): string =>
  file.startsWith('assets/')
    ? file.replace(/-([\w-]{6})[\w-]{2}(\.\w+)$/, (_, hash: string, end: string) => `-${hash}${pad(n)}${end}`)
    : file;
const pad = (n: number): string => n.toString(36).padStart(2, '0');

function changed(
  file: string,
  names: ReadonlyMap<string, string>,
  n: number,
  build: string,
  { schema = 0, edit }: Change,
): string {
  let text = readFileSync(join(built, file), 'utf8');
  for (const [old, name] of names)
    if (old !== name) text = text.replaceAll(old.slice('assets/'.length), name.slice('assets/'.length));
  if (file === 'index.html') text = text.replace(/data-build="[^"]*"/, `data-build="${build}"`);
  else if (/\.(js|css)$/.test(file)) text += `\n/* release ${n} */`;
  if (schema > 0) {
    text = text.replace(
      /\.version\((\d+)\)\.stores\(/g,
      (_, v: string) => `.version(${Number(v) + schema}).stores(`,
    );
  }
  return edit ? edit(names.get(file) ?? file, text) : text;
}

function rewrite(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}
