/**
 * From a finished build in a folder of its own to the folder that is served. Files with a hash in their name are only ever
 * added, whole, and taken away when no kept build needs them; the page comes last. So a server that runs meanwhile, and
 * the pages it has given out, never meet half a release.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { filesToDrop, keptBuilds, type Build } from './kept-builds.ts';
import { compress } from './precompress.ts';

const LIST = '.builds.json';
const PACKED = /\.(br|gz)$/;

export interface Publishing {
  /** The complete client of one build. Is gone afterwards. */
  readonly from: string;
  /** The folder that is served. */
  readonly to: string;
  readonly build: string;
  readonly now?: number;
  /** Make the packed forms. @default true */
  readonly pack?: boolean;
}

export async function publish({ from, to, build, now = Date.now(), pack = true }: Publishing): Promise<void> {
  const files = listed(from);
  const hashed = files.filter((f) => f.startsWith('assets/'));
  const fixed = files.filter((f) => !f.startsWith('assets/'));
  // What lies there already is the same file; its packed forms were made with it.
  for (const file of hashed) if (sameBytes(join(from, file), join(to, file))) rmSync(join(from, file));
  if (pack) await compress(from);

  for (const file of listed(from).sort((a, b) => turn(a) - turn(b))) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    renameSync(join(from, file), join(to, file));
  }

  const before = readBuilds(to);
  const builds = [{ build, at: now, files: hashed }, ...before.filter((b) => b.build !== build)];
  const kept = keptBuilds(builds, now);
  writeWhole(join(to, LIST), `${JSON.stringify({ builds: kept })}\n`);
  tidy(to, fixed, kept, builds, now);
  rmSync(from, { recursive: true, force: true });
}

/** A hashed file follows its packed forms: where it lies, they lie too. The page that names all others comes last. */
const turn = (file: string): number =>
  file === 'index.html' ? 4 : !file.startsWith('assets/') ? 3 : PACKED.test(file) ? 1 : 2;

function tidy(
  to: string,
  fixed: readonly string[],
  kept: readonly Build[],
  known: readonly Build[],
  now: number,
): void {
  const plain = listed(to).filter((f) => !PACKED.test(f) && f !== LIST);
  const present = plain
    .filter((f) => f.startsWith('assets/'))
    .map((file) => ({ file, changed: statSync(join(to, file)).mtimeMs }));
  const stray = plain.filter((f) => !f.startsWith('assets/') && !fixed.includes(f));
  for (const file of [...filesToDrop(present, kept, now, known), ...stray])
    for (const ending of ['', '.br', '.gz']) rmSync(join(to, `${file}${ending}`), { force: true });
}

/** @returns newest first; nothing when the folder was never published to */
export function readBuilds(folder: string): Build[] {
  try {
    return (JSON.parse(readFileSync(join(folder, LIST), 'utf8')) as { builds: Build[] }).builds;
  } catch {
    return [];
  }
}

const listed = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .map((f) => f.replaceAll('\\', '/'))
        .filter((f) => statSync(join(folder, f)).isFile())
    : [];

const sameBytes = (a: string, b: string): boolean => existsSync(b) && readFileSync(a).equals(readFileSync(b));

function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
