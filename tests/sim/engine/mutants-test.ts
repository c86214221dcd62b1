import { describe, expect, test } from 'vitest';
import { bites, seedsFrom } from './lives';
import { mutants } from './mutants';
import { count, FIRST_SEED } from './report';

/** One share of S2: each planted mistake has to be found within so many seeds. */
export function mutantsTest(share: number, of: number): void {
  const most = count('SIM_MUTANT_SEEDS', 200);
  const mine = Object.entries(mutants).filter((_, i) => i % of === share);
  describe(`S2, part ${share + 1} of ${of}: the simulator objects when`, () => {
    test.each(mine)('%s', { timeout: 60_000 + most * 6_000 }, async (name, mutant) => {
      let seen: string | null = null;
      let seeds = 0;
      for (const seed of seedsFrom(FIRST_SEED, most)) {
        seeds++;
        seen = await bites(mutant.kind ?? 'everything', seed, mutant());
        if (seen) break;
      }
      console.log(
        `S2 ${name}: ${seen ? `seed ${seeds}: ${seen.slice(0, 160)}` : `not seen in ${most} seeds`}`,
      );
      expect(seen).not.toBeNull();
    });
  });
}
