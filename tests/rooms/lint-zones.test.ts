import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { REPOSITORY, SOUND } from './fixture-house';
import { WRONG_IMPORTS } from './wrong-imports';

// The house's own config; only the list of module names is fixed, so that the test stands while modules come and go.
const eslint = new ESLint({
  cwd: REPOSITORY,
  overrideConfig: {
    files: ['src/**/*.{ts,vue}'],
    rules: { 'house/module-names': ['error', { modules: ['duty', 'homework'] }] },
  },
});

/** `rule: message` of everything the linter says about a file that exists only here. */
async function lint(at: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: join(REPOSITORY, at) });
  return (result?.messages ?? []).map(({ ruleId, message }) => `${ruleId}: ${message}`);
}

describe('the lint zones', () => {
  it.each(Object.entries(SOUND))('find nothing to say about %s', async (at, text) => {
    expect(await lint(at, text)).toEqual([]);
  });

  it.each(WRONG_IMPORTS)('refuse $title, and say why', async ({ at, imports, why }) => {
    const said = await lint(
      at,
      `import { planted } from '${imports}';\nexport const used: unknown = planted;\n`,
    );
    expect(said.find((message) => message.startsWith('house/rooms: '))).toMatch(why);
  });

  it.each([
    [
      'a type import',
      `import type { store } from '@kernel/server/store';\nexport type Used = typeof store;\n`,
    ],
    ['a re-export', `export { store } from '@kernel/server/store';\n`],
    ['an export of everything', `export * from '@kernel/server/store';\n`],
    ['a late import', `export const late = (): Promise<unknown> => import('@kernel/server/store');\n`],
    ['a type by import()', `export type Late = import('@kernel/server/store').Store;\n`],
  ])('see %s', async (_form, text) => {
    expect((await lint('src/kernel/client/planted.ts', text)).join()).toMatch(/can be downloaded by anyone/);
  });

  it('see the script of a Vue component', async () => {
    const text = `<script setup lang="ts">\nimport { store } from '@kernel/server/store';\nconst title = store;\n</script>\n\n<template>\n  <p>{{ title }}</p>\n</template>\n`;
    expect((await lint('src/kernel/client/PlantedPage.vue', text)).join()).toMatch(
      /can be downloaded by anyone/,
    );
  });

  it('refuse a relative import that climbs out of its tree', async () => {
    const text = `import { refusal } from '../../../kernel/shared/refusal';\nexport const used: string = refusal;\n`;
    expect((await lint('src/modules/homework/shared/planted.ts', text)).join()).toMatch(
      /Across trees use the alias/,
    );
  });
});

describe('the pure rooms', () => {
  it.each([
    ['the clock', 'Date.now()', /no clock/],
    ['the present day', 'new Date()', /no clock/],
    ['the stopwatch', 'performance.now()', /no clock/],
    ['a timer', 'setTimeout(() => undefined, 1)', /no clock/],
    ['dice', 'Math.random()', /no dice/],
    ['random bytes', 'crypto.randomUUID()', /no dice/],
    ['the screen', 'document.title', /no screen/],
    ['the phone’s storage', 'localStorage.length', /no screen/],
    ['the network', "fetch('/api')", /no I\/O/],
    ['the process', 'process.env', /no Node/],
    ['the time zone of the machine', 'new Date(0).getHours()', /time zone/],
    ['the log', "console.log('x')", /silent/],
    ['a new browser’s regular expression', '/(?<=a)b/', /Lookbehind/],
  ])('refuse %s', async (_what, expression, why) => {
    const text = `export const used: unknown = ${expression};\n`;
    expect((await lint('src/modules/homework/shared/planted.ts', text)).join()).toMatch(why);
    expect((await lint('src/kernel/shared/planted.ts', text)).join()).toMatch(why);
  });

  it('allow a date made from a given time', async () => {
    const text = `export const day = (at: number): number => new Date(at).getUTCDate();\n`;
    expect(await lint('src/kernel/shared/planted.ts', text)).toEqual([]);
  });
});

describe('module names', () => {
  const naming = `export const kind: string = 'homework.v1.assign';\n`;

  it.each(['src/kernel/shared/planted.ts', 'src/kernel/server/planted.ts', 'src/app/client/planted.ts'])(
    'are refused in %s',
    async (at) => {
      expect((await lint(at, naming)).join()).toMatch(/'homework' is a module/);
    },
  );

  it.each([
    'src/modules/homework/shared/planted.ts',
    'src/app/server/modules.ts',
    'tests/homework/planted.ts',
  ])('are at home in %s', async (at) => {
    expect(await lint(at, naming)).toEqual([]);
  });

  it('are seen in a template', async () => {
    const text = `<template>\n  <RouterLink to="/homework/today">x</RouterLink>\n</template>\n`;
    expect((await lint('src/kernel/client/PlantedPage.vue', text)).join()).toMatch(/'homework' is a module/);
  });

  it('are words like any other inside a longer word', async () => {
    expect(await lint('src/kernel/shared/planted.ts', `export const word: string = 'heavy-duty';\n`)).toEqual(
      [],
    );
  });
});

describe('leftovers', () => {
  // Spelled in pieces, so that this file does not find itself.
  it.each([
    ['unfinished work', `// ${'TO' + 'DO'} later\nexport const x = 1;\n`],
    ['a silenced compiler', `// ${'@ts-' + 'ignore'}\nexport const x = 1;\n`],
    ['a test that runs alone', `it${'.on' + 'ly'}('x', () => undefined);\n`],
    ['a test that does not run', `describe${'.sk' + 'ip'}('x', () => undefined);\n`],
  ])('are refused: %s', async (_what, text) => {
    expect((await lint('tests/homework/planted.test.ts', text)).join()).toMatch(/house\/no-leftovers/);
  });

  it('do not include a person named in a sentence', async () => {
    expect(
      await lint('src/kernel/shared/planted.ts', `// The todo list of a teacher.\nexport const x = 1;\n`),
    ).toEqual([]);
  });
});
