import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Clock } from '@kernel/shared/clock';
import { ProblemError } from './problem';
import type { Tables } from './store/tables';

/** Failures that cost nothing: a teacher mistypes. After them each failure doubles the wait, up to 15 minutes. Never a lock. */
const FREE = 5;
const LONGEST = 15 * 60_000;

/**
 * Slows guessing down by account and by device, never by address: a school is behind one (reliability.md rule 57). Kept in the
 * database, so that it holds over restarts and several servers.
 */
export function openThrottle(db: Kysely<Tables>, clock: Clock) {
  const keyOf = (what: string): string => createHash('sha256').update(what).digest('base64url');
  return {
    /** Throws 429 with the seconds to wait while a key is slowed down. */
    async check(whats: readonly string[]): Promise<void> {
      const rows = await db
        .selectFrom('throttle')
        .select('until')
        .where('key', 'in', whats.map(keyOf))
        .execute();
      const wait = Math.max(0, ...rows.map((r) => r.until - clock.now()));
      if (wait > 0) {
        const seconds = Math.ceil(wait / 1000);
        throw new ProblemError(429, 'kernel.slowDown', `试得太快了，请 ${seconds} 秒后再试`, undefined, {
          'retry-after': String(seconds),
        });
      }
    },
    async failed(whats: readonly string[]): Promise<void> {
      const now = clock.now();
      for (const what of whats) {
        const key = keyOf(what);
        const old = await db.selectFrom('throttle').selectAll().where('key', '=', key).executeTakeFirst();
        const failures = (old && now - old.updated_at < 24 * 3_600_000 ? old.failures : 0) + 1;
        const until = failures <= FREE ? 0 : now + Math.min(LONGEST, 1000 * 2 ** (failures - FREE));
        const values = { failures, until, updated_at: now };
        await db
          .insertInto('throttle')
          .values({ key, ...values })
          .onConflict((c) => c.column('key').doUpdateSet(values))
          .execute();
      }
    },
    async succeeded(whats: readonly string[]): Promise<void> {
      await db.deleteFrom('throttle').where('key', 'in', whats.map(keyOf)).execute();
    },
  };
}
export type Throttle = ReturnType<typeof openThrottle>;
