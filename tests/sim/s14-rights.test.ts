import { describe, expect, test } from 'vitest';
import { bites, lives, seedsFrom, told } from './engine/lives';
import { count, FIRST_SEED } from './engine/report';
import { mutants } from './engine/mutants';

describe('S14: rights widened and narrowed while phones are away', () => {
  const total = count('SIM_RIGHTS', 1_200, 2_000);
  test(
    `${total} schedules: old rows arrive with a right, and go with it`,
    { timeout: 60_000 + total * 2_000 },
    async () => {
      const from = performance.now();
      const sums = await lives('rights', seedsFrom(FIRST_SEED, total));
      console.log(told('S14', sums, performance.now() - from));
      expect(sums.reports.join('\n')).toBe('');
      // Each whole pull was compared with what its reader might have, both ways.
      expect(sums.pulls).toBeGreaterThan(5 * sums.schedules);
    },
  );

  test.each(['a cursor that knows nothing of rights', 'rows that are gone are not told'])(
    'the test bites: %s',
    { timeout: 300_000 },
    async (name) => {
      let seen: string | null = null;
      for (const seed of seedsFrom(FIRST_SEED, 60)) seen ??= await bites('rights', seed, mutants[name]!());
      expect(seen).not.toBeNull();
    },
  );
});
