import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { publish, readBuilds } from '../../../.ci/house/publish.ts';

const DAY = 86_400_000;
const LONG = 'x'.repeat(600);
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'qing-publish-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const served = (): string => join(home, 'client');
async function publishes(build: string, files: Record<string, string>, now?: number): Promise<void> {
  const from = join(home, `next-${build}`);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(from, name)), { recursive: true });
    writeFileSync(join(from, name), text);
  }
  await publish({ from, to: served(), build, ...(now === undefined ? {} : { now }) });
}
const here = (): string[] =>
  readdirSync(served(), { recursive: true, encoding: 'utf8' })
    .filter((f) => /\.\w+$/.test(f) && !/\.(br|gz)$/.test(f))
    .sort();

describe('publishing a build', () => {
  test('adds its files to those of the builds before, and replaces what has a fixed name', async () => {
    await publishes('b1', {
      'index.html': 'one',
      'gone.txt': 'x',
      'assets/a-1.js': LONG,
      'assets/l-0.js': LONG,
    });
    await publishes('b2', { 'index.html': 'two', 'assets/a-2.js': LONG, 'assets/l-0.js': LONG });
    expect(here()).toEqual(['.builds.json', 'assets/a-1.js', 'assets/a-2.js', 'assets/l-0.js', 'index.html']);
    expect(readFileSync(join(served(), 'index.html'), 'utf8')).toBe('two');
    for (const file of ['a-1.js.br', 'a-2.js.gz', 'l-0.js.br'])
      expect(existsSync(join(served(), 'assets', file))).toBe(true);
    expect(readBuilds(served()).map((b) => b.build)).toEqual(['b2', 'b1']);
    expect(readdirSync(home)).toEqual(['client']);
  });

  test('takes old files away after three more builds and thirty days, with their packed forms', async () => {
    const from = Date.now() - 200 * DAY;
    for (const n of [1, 2, 3, 4, 5, 6])
      await publishes(`b${n}`, { 'index.html': `${n}`, [`assets/a-${n}.js`]: LONG + n }, from + n * 31 * DAY);
    expect(here().filter((f) => f.startsWith('assets'))).toEqual([3, 4, 5, 6].map((n) => `assets/a-${n}.js`));
    expect(readdirSync(join(served(), 'assets')).filter((f) => f.startsWith('a-1'))).toEqual([]);
  });

  test('going back to an earlier build makes it the newest one again', async () => {
    await publishes('b1', { 'index.html': 'one', 'assets/a-1.js': LONG });
    await publishes('b2', { 'index.html': 'two', 'assets/a-2.js': LONG });
    await publishes('b1', { 'index.html': 'one', 'assets/a-1.js': LONG });
    expect(readBuilds(served()).map((b) => b.build)).toEqual(['b1', 'b2']);
    expect(here()).toContain('assets/a-2.js');
  });

  test('does not touch a hashed file that is being served, nor one that was put there by hand', async () => {
    await publishes('b1', { 'index.html': 'one', 'assets/l-0.js': LONG });
    writeFileSync(join(served(), 'assets/brought-9.js'), 'an old release');
    const file = join(served(), 'assets/l-0.js');
    const before = statSync(file);
    await publishes('b2', { 'index.html': 'two', 'assets/l-0.js': LONG });
    expect([statSync(file).ino, statSync(file).mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    expect(here()).toContain('assets/brought-9.js');
  });

  test('two builds published at the same time leave one whole release', async () => {
    const build = (n: number): Record<string, string> => ({
      'index.html': `page ${n}`,
      'sw.js': `worker ${n}`,
      [`assets/a-${n}.js`]: LONG + n,
      'assets/l-0.js': LONG,
    });
    await Promise.all([1, 2].map((n) => publishes(`b${n}`, build(n))));
    const n = readFileSync(join(served(), 'index.html'), 'utf8').slice(-1);
    expect(here()).toContain(`assets/a-${n}.js`);
    expect(here()).toContain('assets/l-0.js');
  });
});
