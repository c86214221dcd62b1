import { describe, expect, test } from 'vitest';
import { bites, lives, seedsFrom, told } from './engine/lives';
import { onOutbox } from './engine/mutant-tools';
import { count, FIRST_SEED } from './engine/report';
// Loaded by the phone when it is needed, and loading a module takes no turns here.
import '@kernel/client/spare-back';

describe('S16: browsers that throw their databases away', () => {
  const total = count('SIM_THROWN', 100);
  test(
    `${total} schedules: whatever was kept and not delivered is in the second place`,
    { timeout: 60_000 + total * 4_000 },
    async () => {
      const from = performance.now();
      const sums = await lives('thrownAway', seedsFrom(FIRST_SEED, total));
      console.log(told('S16', sums, performance.now() - from));
      expect(sums.reports.join('\n')).toBe('');
    },
  );

  test('the test bites: acts that are only in one place are lost', { timeout: 300_000 }, async () => {
    let seen: string | null = null;
    for (const seed of seedsFrom(FIRST_SEED, 30))
      seen ??= await bites(
        'thrownAway',
        seed,
        onOutbox((engine) => void (engine.spare.keepAct = () => Promise.resolve())),
      );
    expect(seen).not.toBeNull();
  });
});
