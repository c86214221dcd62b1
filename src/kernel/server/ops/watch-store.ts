import type { Kysely, Logger } from 'kysely';
import { dirname } from 'node:path';
import type { Store } from '../store/store';
import type { Tables } from '../store/tables';
import { freeBytes } from './files';
import { StoreHealth } from './store-health';

/** Below this a disk counts as full: the log alone wants room. */
const LEAST_FREE = 8_000_000;
const PROBE_KEY = 'kernel.probe';
const PROBE_SIZE = 64 * 1024;

/** A health with a probe that writes and removes 64 KB, on a disk that has room at all. `file` is null on PostgreSQL. */
export function healthOf(db: Kysely<Tables>, file: string | null): StoreHealth {
  return new StoreHealth(async () => {
    if (file !== null && freeBytes(dirname(file)) < LEAST_FREE) throw new Error('the disk is still full');
    const value = 'x'.repeat(PROBE_SIZE);
    await db
      .insertInto('meta')
      .values({ key: PROBE_KEY, value })
      .onConflict((c) => c.column('key').doUpdateSet({ value }))
      .execute();
    await db.deleteFrom('meta').where('key', '=', PROBE_KEY).execute();
  });
}

/** Kysely's log, asked only for what failed. */
export const noticeErrors =
  (health: () => StoreHealth): Logger =>
  (event) => {
    if (event.level === 'error') health().notice(event.error);
  };

/** A store whose writes are refused once the disk lost something, and whose failures are noticed. */
export function watched(store: Omit<Store, 'health'>, health: StoreHealth): Store {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    health.assertAlive();
    try {
      return await work();
    } catch (error) {
      health.notice(error);
      throw error;
    }
  };
  return {
    ...store,
    health,
    write: (body) => guarded(() => store.write(body)),
    commit: (sections) => guarded(() => store.commit(sections)),
    async close() {
      await health.stop();
      await store.close();
    },
  };
}
