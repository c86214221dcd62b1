import { describe, expect, test } from 'vitest';
import { bites, lives, seedsFrom, told } from './engine/lives';
import { count, FIRST_SEED } from './engine/report';
import type { SyncResponse } from '@kernel/shared/protocol';

describe('S13: a server restored from an older backup', () => {
  const total = count('SIM_RESTORES', 200);
  test(
    `${total} schedules with histories taken back: every phone offers again what was lost`,
    { timeout: 60_000 + total * 4_000 },
    async () => {
      const from = performance.now();
      const sums = await lives('restores', seedsFrom(FIRST_SEED, total));
      console.log(told('S13', sums, performance.now() - from));
      expect(sums.reports.join('\n')).toBe('');
    },
  );

  test(
    'the test bites: phones that do not look at the epoch lose what the backup had not',
    { timeout: 300_000 },
    async () => {
      // Every answer claims the history the phone has always known.
      const answer = (reply: { status: number; headers: Readonly<Record<string, string>>; body: string }) =>
        reply.status === 200
          ? {
              ...reply,
              body: JSON.stringify({ ...(JSON.parse(reply.body) as SyncResponse), epoch: 'for ever' }),
            }
          : reply;
      let seen: string | null = null;
      for (const seed of seedsFrom(FIRST_SEED, 30))
        seen ??= await bites('restores', seed, { server: { answer } });
      expect(seen).not.toBeNull();
    },
  );
});
