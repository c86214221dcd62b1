import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformWithOxc } from 'vite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const OUT_OF_HOUSE = /(^|\/)(node_modules|dist|data|\.git|\.cache)(\/|$)/;
const all = readdirSync(repository, { recursive: true, encoding: 'utf8' })
  .map((f) => f.replaceAll('\\', '/'))
  .filter((f) => !OUT_OF_HOUSE.test(f));

/**
 * A first build of a fresh clone once failed with “Failed to load tsconfig '../../src/tsconfig.base.json'”, a path no file of
 * ours says. The bundler asks for each file which project it belongs to; a file that is in none (a .vue file, unless a project
 * names that ending) makes it look on above the repository, and there lay a stranger's tsconfig.json.
 */
describe('a stranger’s tsconfig above the repository', () => {
  let home: string;
  beforeEach(() => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'qing-stray-')));
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ extends: '../nowhere/tsconfig.base.json' }));
    for (const file of all.filter((f) => /(^|\/)tsconfig[\w.]*\.json$/.test(f))) {
      mkdirSync(dirname(join(home, 'clone', file)), { recursive: true });
      cpSync(join(repository, file), join(home, 'clone', file));
    }
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const asks = async (file: string): Promise<string> =>
    transformWithOxc('const one: number = 1', join(home, 'clone', file), { lang: 'ts' }).then(
      () => 'ours',
      (error: Error) => error.message,
    );

  test('is asked about no file that we build', async () => {
    const built = all.filter((f) => /^(src|tests|bench)\/.*\.(ts|vue)$/.test(f));
    expect(built.filter((f) => f.endsWith('.vue')).length).toBeGreaterThan(40);
    for (const file of built) expect([file, await asks(file)]).toEqual([file, 'ours']);
  });

  test('control: it is asked about a file that stands in no project', async () => {
    expect(await asks('src/stray.vue')).toMatch(/Failed to load tsconfig/);
  });
});
