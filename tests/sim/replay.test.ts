import { describe, expect, test } from 'vitest';
import { profiles, type Kind } from './engine/profile';
import { failures, run } from './engine/run';
import { seeds } from './seeds';

describe('seeds that once broke a promise', () => {
  test.each(seeds)('$kind $seed: $was', async ({ kind, seed }) => {
    expect(failures((await run(seed, profiles[kind])).wrong)).toEqual([]);
  });
});

const kind = process.env['SIM_KIND'] as Kind | undefined;
describe.runIf(kind)('one seed, looked at closely', () => {
  test(`${kind} ${process.env['SIM_SEED']}`, async () => {
    const verdict = await run(Number(process.env['SIM_SEED']), profiles[kind!]);
    const grep = new RegExp(process.env['SIM_GREP'] ?? '');
    console.log(verdict.lines.filter((line) => grep.test(line)).join('\n'));
    console.log(verdict.trace);
    expect(failures(verdict.wrong)).toEqual([]);
  });
});
