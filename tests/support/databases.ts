import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openPostgres } from '@kernel/server/store/postgres';
import { openSqlite } from '@kernel/server/store/sqlite';
import type { Store } from '@kernel/server/store/store';
import { databaseFolder } from './folders';

const url = process.env.TEST_DATABASE_URL;
if (!url && process.env.CI)
  throw new Error('CI must give TEST_DATABASE_URL: both databases are tested or none is');

export type Dialect = 'sqlite' | 'postgres';

/** Every database the suite can reach: both in `npm test`, SQLite alone when run by hand without a server. */
export const dialects: readonly Dialect[] = url ? ['sqlite', 'postgres'] : ['sqlite'];

export interface TestDatabase {
  readonly store: Store;
  /** Opens the same database once more, as a restarted server would. */
  reopen(): Promise<Store>;
  drop(): Promise<void>;
}

/** A fresh, empty database of its own. */
export async function freshDatabase(dialect: Dialect): Promise<TestDatabase> {
  const open: Store[] = [];
  const keep = async (made: Promise<Store>): Promise<Store> => {
    const store = await made;
    open.push(store);
    return store;
  };
  if (dialect === 'sqlite') {
    const folder = databaseFolder('qing-test-');
    const file = join(folder, 'qing.sqlite');
    return {
      store: await keep(openSqlite(file)),
      reopen: () => keep(openSqlite(file)),
      async drop() {
        for (const s of open) await s.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }
  const name = `qing_test_${randomBytes(6).toString('hex')}`;
  await admin(`create database ${name}`);
  const own = new URL(url!);
  own.pathname = `/${name}`;
  return {
    store: await keep(openPostgres(own.href)),
    reopen: () => keep(openPostgres(own.href)),
    async drop() {
      for (const s of open) await s.close();
      await admin(`drop database ${name} with (force)`);
    },
  };
}

/** The address of a fresh PostgreSQL database, for servers that open it themselves. */
async function admin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url! });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
