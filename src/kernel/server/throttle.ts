import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Clock } from '@kernel/shared/clock';
import { DAY_MS, HOUR } from '@kernel/shared/time';
import { ProblemError } from './problem';
import type { Tables } from './store/tables';

/**
 * Failures that cost nothing: a teacher mistypes. After them each failure doubles the wait, from 8 seconds up to 15 minutes: ten
 * tries in a quarter of an hour (reliability.md A1). Never a lock.
 */
const FREE = 3;
const FIRST = 8_000;
const LONGEST = 15 * 60_000;
const DOUBLINGS = 7;

/**
 * Slows guessing down by account and by device, never by address: a school is behind one (reliability.md rule 57). A phone that has
 * been signed in on counts for itself alone, see `known-device.ts`. Kept in the
 * database, so that it holds over restarts and several servers. A try counts as failed before it is made: a thousand at once
 * find the same few free ones, not a thousand.
 */
export function openThrottle(db: Kysely<Tables>, clock: Clock) {
  const keyOf = (what: string): string => createHash('sha256').update(what).digest('base64url');
  let swept = -Infinity;

  const waitOf = async (keys: readonly string[]): Promise<number> => {
    const rows = await db.selectFrom('throttle').select('until').where('key', 'in', keys).execute();
    return Math.max(0, ...rows.map((r) => r.until - clock.now()));
  };
  const slowDown = (wait: number): ProblemError => {
    const seconds = Math.max(1, Math.ceil(wait / 1000));
    return new ProblemError(429, 'kernel.slowDown', `试得太快了，请 ${seconds} 秒后再试`, undefined, {
      'retry-after': String(seconds),
    });
  };
  /** One more failure, unless the key is slowed down at this moment; answers whether it was counted. One statement: no gap. */
  const count = async (key: string, now: number): Promise<boolean> => {
    const recent = sql<boolean>`throttle.updated_at > cast(${now - DAY_MS} as bigint)`;
    const wait = sql`case when throttle.failures >= ${FREE + DOUBLINGS} then cast(${LONGEST} as bigint)
      else cast(${FIRST} as bigint) << (throttle.failures - ${FREE}) end`;
    const rows = await db
      .insertInto('throttle')
      .values({ key, failures: 1, until: 0, updated_at: now })
      .onConflict((c) =>
        c
          .column('key')
          .doUpdateSet({
            failures: sql`case when ${recent} then throttle.failures + 1 else 1 end`,
            until: sql`case when ${recent} and throttle.failures >= ${FREE} then cast(${now} as bigint) + ${wait} else 0 end`,
            updated_at: now,
          })
          .where('throttle.until', '<=', now),
      )
      .returning('key')
      .execute();
    return rows.length > 0;
  };

  return {
    /** Call before a try. Throws 429 with the seconds to wait while a key is slowed down. */
    async begin(whats: readonly string[]): Promise<void> {
      const now = clock.now();
      const keys = whats.map(keyOf);
      const wait = await waitOf(keys);
      if (wait > 0) throw slowDown(wait);
      for (const key of keys) if (!(await count(key, now))) throw slowDown(await waitOf(keys));
      if (now - swept < HOUR) return;
      swept = now;
      await db
        .deleteFrom('throttle')
        .where('updated_at', '<', now - DAY_MS)
        .execute();
    },
    async succeeded(whats: readonly string[]): Promise<void> {
      await db.deleteFrom('throttle').where('key', 'in', whats.map(keyOf)).execute();
    },
  };
}
export type Throttle = ReturnType<typeof openThrottle>;
