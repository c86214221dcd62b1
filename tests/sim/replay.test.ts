import { describe, expect, test } from 'vitest';
import { profiles, type Kind } from './engine/profile';
import { run } from './engine/run';
import { failures } from './engine/wrong';
import { seeds } from './seeds';

describe('seeds that once broke a promise', () => {
  test.each(seeds)('$kind $seed: $was', async ({ kind, seed }) => {
    expect(failures((await run(seed, profiles[kind])).wrong)).toEqual([]);
  });
});

/** `SIM_KIND` and `SIM_SEED` name one more, whose trace is printed. */
const kind = process.env['SIM_KIND'] as Kind | undefined;
describe.each(kind ? [kind] : [])('one seed of %s, looked at closely', (kind) => {
  test(`${process.env['SIM_SEED']}`, async () => {
    const verdict = await run(Number(process.env['SIM_SEED']), profiles[kind]);
    const grep = new RegExp(process.env['SIM_GREP'] ?? '');
    console.log(verdict.lines.filter((line) => grep.test(line)).join('\n'));
    console.log(verdict.trace);
    expect(failures(verdict.wrong)).toEqual([]);
  });
});
