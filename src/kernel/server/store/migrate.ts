import type { Kysely, Migration, Transaction } from 'kysely';
import { sql } from 'kysely';
import { Refused } from '../ops/exit';
import { migrations } from './migrations';
import type { Tables } from './tables';

export type Dialect = 'sqlite' | 'postgres';

export interface MigrateOptions {
  /** The steps, by name; those of this build when left out. */
  readonly steps?: Readonly<Record<string, Migration>>;
  /** The last step wanted: how a backup of an older build is read in. All of them when left out. */
  readonly upTo?: string;
  /** Called once before the first step on a database that already holds data, with the last step it has. A throw stops the start. */
  before?(last: string): void | Promise<void>;
}

/** Any number: the same on every app server, and nobody else's in this database. */
const ADVISORY = 7_120_391_544;

/**
 * A change of the schema: all of it or nothing, and by one process at a time. Kysely's own migrator leaves SQLite without a
 * transaction, and a library's statements come one by one on both (reliability.md D9).
 */
export function inSchemaChange<T>(
  db: Kysely<Tables>,
  dialect: Dialect,
  work: (trx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    if (dialect === 'postgres') {
      await sql`set local lock_timeout = 0`.execute(trx);
      await sql`set local statement_timeout = 0`.execute(trx);
      await sql`select pg_advisory_xact_lock(${sql.lit(ADVISORY)})`.execute(trx);
    }
    return work(trx);
  });
}

/**
 * Brings the schema forward step by step, each step in a transaction of its own with the note that it was made. Run again it does
 * nothing; killed anywhere it goes on at the step that was not finished.
 * @returns the names of the steps made now
 * @throws Refused when the database was written by a newer build
 */
export async function migrate(
  db: Kysely<Tables>,
  dialect: Dialect,
  options: MigrateOptions = {},
): Promise<string[]> {
  const steps = options.steps ?? migrations(dialect);
  const names = Object.keys(steps).sort();
  const done = await appliedSteps(db, dialect);
  if (done.some((name, i) => names[i] !== name))
    throw new Refused(
      `数据库是另一个版本写的（${done.at(-1)}），请用那个版本或更新的版本启动；数据没有动。` +
        ` The database was written by another version (${done.at(-1)}); start that version or a newer one. Nothing was changed.`,
    );
  const wanted = options.upTo === undefined ? names : names.slice(0, names.indexOf(options.upTo) + 1);
  const pending = wanted.slice(done.length);
  const last = done.at(-1);
  if (pending.length > 0 && last !== undefined) await options.before?.(last);
  const made: string[] = [];
  for (const name of pending) {
    const first = await inSchemaChange(db, dialect, async (trx) => {
      if ((await appliedSteps(trx, dialect)).includes(name)) return false; // another server was first
      await trx.schema
        .createTable('kernel_migration')
        .ifNotExists()
        .addColumn('name', 'text', (c) => c.primaryKey())
        .addColumn('timestamp', 'text', (c) => c.notNull())
        .execute();
      await steps[name]!.up(trx);
      await trx
        .insertInto('kernel_migration')
        .values({ name, timestamp: new Date().toISOString() })
        .execute();
      return true;
    });
    if (first) made.push(name);
  }
  return made;
}

/** The steps a database has, in order; none when it is empty. */
export async function appliedSteps(db: Kysely<Tables>, dialect: Dialect): Promise<string[]> {
  // Asked of the catalogue's rows: the name lookup of PostgreSQL (`to_regclass`) may still remember what was before a lock was had.
  const there =
    dialect === 'sqlite'
      ? sql<{ n: number }>`select count(*) as n from sqlite_master where name = 'kernel_migration'`
      : sql<{ n: number }>`select count(*) as n from pg_class
          where relname = 'kernel_migration' and relnamespace = current_schema()::regnamespace`;
  if (Number((await there.execute(db)).rows[0]?.n) === 0) return [];
  const rows = await db.selectFrom('kernel_migration').select('name').execute();
  // By code unit: a database's own order would differ between machines.
  return rows.map((r) => r.name).sort();
}

/** Every step this build knows, in order. */
export const knownSteps = (dialect: Dialect): string[] => Object.keys(migrations(dialect)).sort();
