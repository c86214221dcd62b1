import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildHouse } from './fixture-house';
import { WRONG_IMPORTS } from './wrong-imports';

/** Walls of the library kind: no file is imported, but the room does not have the thing. */
const WRONG_WORLDS = [
  {
    title: 'the screen in shared',
    at: 'src/kernel/shared/screen.ts',
    text: 'document.title',
    error: /TS2584/,
  },
  { title: 'Node in shared', at: 'src/kernel/shared/node.ts', text: 'process.pid', error: /TS2580|TS2591/ },
  {
    title: 'Node in the client',
    at: 'src/kernel/client/node.ts',
    text: 'process.pid',
    error: /TS2580|TS2591/,
  },
  {
    title: 'the screen on the server',
    at: 'src/kernel/server/screen.ts',
    text: 'document.title',
    error: /TS2584/,
  },
  { title: 'what old browsers lack', at: 'src/kernel/shared/new.ts', text: '[1].at(-1)', error: /TS2550/ },
] as const;

const plantedAt = (index: number, at: string): string => at.replace('planted.ts', `planted-${index}.ts`);

/** The wrong imports of one kind of room, one file each: a compiler run for all of them instead of one for each. */
function plant(isHere: (at: string) => boolean): Record<string, string> {
  const imports = WRONG_IMPORTS.map(({ at, imports: from, types }, index) => ({
    at: plantedAt(index, at),
    text: `import * as planted from '${from}';\nexport const used: unknown = planted;\n`,
    types,
  })).filter(({ types }) => types);
  const worlds = WRONG_WORLDS.map(({ at, text }) => ({
    at,
    text: `export const used: unknown = ${text};\n`,
  }));
  const here = [...imports, ...worlds].filter(({ at }) => isHere(at));
  return Object.fromEntries(here.map(({ at, text }) => [at, text]));
}

/** The lines `vue-tsc --build` says about a house, with the real house's room projects. */
function typeCheck(planted: Record<string, string>): { lines: string[]; status: number | null } {
  const house = buildHouse(planted);
  try {
    // Own build info: node_modules is borrowed, and the real house's must not be overwritten.
    for (const room of ['shared', 'client', 'server']) {
      const options = { tsBuildInfoFile: `../.cache/${room}.tsbuildinfo` };
      const project = {
        extends: `./tsconfig.${room}.json`,
        compilerOptions: options,
        files: [`../.ci/house/env/${room}.d.ts`],
      };
      writeFileSync(join(house.root, `src/planted.${room}.json`), JSON.stringify(project));
    }
    const references = ['shared', 'client', 'server'].map((room) => ({ path: `./src/planted.${room}.json` }));
    writeFileSync(join(house.root, 'tsconfig.json'), JSON.stringify({ files: [], references }));
    const script = join(house.root, 'node_modules/vue-tsc/bin/vue-tsc.js');
    const done = spawnSync(process.execPath, [script, '--build', '--pretty', 'false'], {
      cwd: house.root,
      encoding: 'utf8',
    });
    return { lines: done.stdout.split('\n').filter(Boolean), status: done.status };
  } finally {
    house.tearDown();
  }
}

describe('the type projects', () => {
  let wrong: string[] = [];
  beforeAll(() => {
    // Apart, because a wall broken in shared is broken for every project that lists shared, and is reported once.
    const shared = typeCheck(plant((at) => at.includes('/shared/')));
    const sides = typeCheck(plant((at) => !at.includes('/shared/')));
    wrong = [...shared.lines, ...sides.lines];
  });

  it('let a sound house through', () => {
    expect(typeCheck({})).toEqual({ lines: [], status: 0 });
  });

  it.each(
    WRONG_IMPORTS.map((wrongImport, index) => ({ ...wrongImport, index })).filter(({ types }) => types),
  )('refuse $title', ({ at, index, types }) => {
    const said = wrong.filter((line) => line.startsWith(plantedAt(index, at)));
    expect(said.join('\n')).toMatch(types ?? /never/);
  });

  it.each(WRONG_WORLDS)('refuse $title', ({ at, error }) => {
    expect(wrong.filter((line) => line.startsWith(at)).join('\n')).toMatch(error);
  });
});
