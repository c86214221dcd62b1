import Database from 'better-sqlite3';
import type { Dialect as KyselyDialect, Kysely } from 'kysely';
import { PostgresDialect, sql, SqliteDialect } from 'kysely';
import pg from 'pg';
import type { Dialect } from '../../support/databases';
import type { Place } from './places';

/** A connection of the test's own, past everything the store does. */
export function dialectOf(place: Place): KyselyDialect {
  if ('file' in place.from) {
    const file = new Database(place.from.file);
    file.pragma('journal_mode = WAL');
    return new SqliteDialect({ database: file });
  }
  return new PostgresDialect({ pool: poolOf(place) });
}

/** Its connections may be cut by a test; nobody is surprised. */
export function poolOf(place: Place): pg.Pool {
  const pool = new pg.Pool({ connectionString: place.databaseUrl!, max: 1 });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Tables, columns and indexes as text, one line each, and the steps that are noted: what "the same schema" means. */
export async function schemaOf<T>(db: Kysely<T>, dialect: Dialect): Promise<string[]> {
  const lines =
    dialect === 'sqlite'
      ? sql<{
          line: string;
        }>`select type || ' ' || name || ' ' || coalesce(sql, '') as line from sqlite_master`
      : sql<{ line: string }>`
          select c.table_name || '.' || c.column_name || ' ' || c.data_type || ' ' || c.is_nullable as line
          from information_schema.columns c where c.table_schema = current_schema()
          union all select indexdef from pg_indexes where schemaname = current_schema()
          union all select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
          where connamespace = current_schema()::regnamespace and contype <> 'n'`;
  const out = (await lines.execute(db)).rows.map((r) => r.line);
  const noted = out.some((l) => l.includes('kernel_migration'))
    ? (await sql<{ name: string }>`select name from kernel_migration`.execute(db)).rows.map(
        (r) => `step ${r.name}`,
      )
    : [];
  return [...out, ...noted].sort();
}
