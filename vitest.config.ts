/** Four kinds of tests, cheap first. They differ in what they need, so each has its own patience. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';
import { aliasesFor } from './.ci/house/aliases.ts';

const root = dirname(fileURLToPath(import.meta.url));
// Before any worker starts: a test that depends on the desk's time zone passes only at that desk.
process.env['TZ'] = 'UTC';

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
          environment: 'node',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/{rooms,sim,browser}/**'],
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        ...common,
        test: {
          name: 'rooms',
          environment: 'node',
          include: ['tests/rooms/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...common,
        test: {
          name: 'sim',
          sequence: { groupOrder: 1 },
          environment: 'node',
          include: ['tests/sim/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...common,
        test: {
          name: 'browser',
          environment: 'node',
          include: ['tests/browser/**/*.browser.test.ts'],
          // One browser at a time: journeys measure waiting, and two of them on a small machine measure each other.
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
