/**
 * Five kinds of tests, cheap first. They differ in what they need, so each has its own patience. `LONG=1` (npm run test:long) raises
 * the counts of the random ones and adds the files that are only worth their time before a release: `*.long.test.ts`.
 */
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';
import { aliasesFor } from './.ci/house/aliases.ts';

const root = dirname(fileURLToPath(import.meta.url));
// Left alone, Vitest keeps one core of two for itself and the tests take twice as long.
const workers = Math.max(2, availableParallelism() - 1);
// Before any worker starts: a test that depends on the desk's time zone passes only at that desk.
process.env['TZ'] = 'UTC';

const long = process.env['LONG'] === '1';
const patience = (ms: number): number => (long ? 6 * 3_600_000 : ms);
// What measures time over a whole database gets the machine to itself, with the processes.
const alone = ['tests/ops/process/**/*.test.ts', ...(long ? ['tests/{ops,proof}/*.long.test.ts'] : [])];
const onlyLong = long ? [] : ['**/*.long.test.ts', '**/*.long.browser.test.ts'];

const common = {
  root,
  plugins: [vue()],
  resolve: { alias: aliasesFor(root) },
  define: { __BUILD__: JSON.stringify('0.0.0+test') },
};

export default defineConfig({
  test: {
    // Counted, not forgiven: a run that finds no test is a failure in .ci/test.mjs.
    passWithNoTests: true,
    projects: [
      {
        ...common,
        test: {
          name: 'unit',
          maxWorkers: workers,
          environment: 'node',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/{rooms,sim,browser,ops/process}/**', '**/*.long.test.ts'],
          testTimeout: patience(60_000),
          hookTimeout: 60_000,
        },
      },
      {
        ...common,
        test: {
          name: 'rooms',
          maxWorkers: workers,
          environment: 'node',
          include: ['tests/rooms/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        ...common,
        test: {
          name: 'sim',
          maxWorkers: workers,
          sequence: { groupOrder: 1 },
          environment: 'node',
          include: ['tests/sim/**/*.test.ts'],
          exclude: onlyLong,
          testTimeout: patience(300_000),
          hookTimeout: 60_000,
        },
      },
      {
        ...common,
        test: {
          name: 'browser',
          environment: 'node',
          include: ['tests/browser/**/*.browser.test.ts'],
          exclude: onlyLong,
          // One browser at a time: journeys measure waiting, and two of them on a small machine measure each other.
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
          testTimeout: patience(300_000),
          hookTimeout: 180_000,
        },
      },
      {
        ...common,
        test: {
          // The built server as processes that are killed, paused and filled up: needs `npm run build`, and the machine to itself.
          name: 'ops',
          environment: 'node',
          include: alone,
          exclude: onlyLong,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
          testTimeout: patience(300_000),
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
