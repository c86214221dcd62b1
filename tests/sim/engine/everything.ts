import { expect, test } from 'vitest';
import { lives, seedsFrom, told } from './lives';
import { count, FIRST_SEED } from './report';

/** One share of S1, so that each core has its own file. */
export function everythingTest(share: number, of: number): void {
  const total = count('SIM_SCHEDULES', 2_000, 50_000);
  test(
    `S1, part ${share + 1} of ${of}: whatever goes wrong, nothing is lost, doubled, apart or stuck`,
    { timeout: 60_000 + total * 4_000 },
    async () => {
      const from = performance.now();
      const sums = await lives('everything', seedsFrom(FIRST_SEED, total, share, of));
      console.log(told(`S1 ${share + 1}/${of}, seeds from ${FIRST_SEED}`, sums, performance.now() - from));
      expect(sums.reports.join('\n')).toBe('');
      // A school in which little happens proves little.
      expect(sums.accepted).toBeGreaterThan(5 * sums.schedules);
      expect(sums.refused).toBeGreaterThan(sums.schedules / 2);
    },
  );
}
