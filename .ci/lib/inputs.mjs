/** One hash over many files: the question "is it still the same?" behind every stamp. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a run makes, at the root only: a folder named data deeper down is somebody's source. */
const MADE = new Set(['dist', 'data', '.cache']);
const NEVER = new Set(['node_modules', '.git']);

/** Paths (files or folders, missing ones too: their absence counts) → one hex digest. */
export const hashOf = (root, paths) => {
  const hash = createHash('sha256');
  for (const path of [...paths].sort()) {
    hash.update(`\n${path}\0`);
    if (existsSync(join(root, path))) addTo(hash, root, path);
  }
  return hash.digest('hex');
};

const addTo = (hash, root, path) => {
  const full = join(root, path);
  if (!statSync(full).isDirectory()) {
    hash.update(`\n${path}\0`).update(readFileSync(full));
    return;
  }
  for (const name of readdirSync(full).sort()) {
    if (!NEVER.has(name)) addTo(hash, root, `${path}/${name}`);
  }
};

/** Everything a build reads. package.json carries the version, the lock the libraries. */
export const BUILD_INPUTS = [
  'src',
  'public',
  'index.html',
  'vite.config.ts',
  'package.json',
  'package-lock.json',
  '.ci/house',
  '.ci/lib/inputs.mjs',
];

/** `version+hash`: the name a build carries in envelopes and logs. The same inputs give the same name. */
export const buildName = (root) =>
  `${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}+${hashOf(root, BUILD_INPUTS).slice(0, 10)}`;

export const readStamp = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
};

export const writeStamp = (file, value) => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value)}\n`);
};

/** Every file of the tree, and what else decides an outcome. */
export const treeHash = (root) => {
  const names = readdirSync(root).filter((name) => !NEVER.has(name) && !MADE.has(name));
  const world = [process.version, process.platform, process.env.TEST_DATABASE_URL, process.env.CHROMIUM_PATH];
  return createHash('sha256').update(hashOf(root, names)).update(JSON.stringify(world)).digest('hex');
};
