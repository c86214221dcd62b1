import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Kysely, PostgresDialect } from 'kysely';
import type { Tables } from '../../store/tables';
import { Refused } from '../exit';
import type { Contents } from './read-archive';
import type { Cell } from './format';
import type { Restored, RestoreOptions } from './restore';
import { fill, occupied, stampOf } from './restore';
import type { PgColumn } from './snapshot-postgres';
import { pgColumns } from './snapshot-postgres';
import { quoted } from './snapshot-sqlite';

const STAGING = 'qing_restoring';
const ADVISORY = 7_120_391_545;
const PATIENCE_MS = 2_000;
const LOOK_MS = 100;

/**
 * Restores into a PostgreSQL database: read into a schema of its own, then moved to its place in one transaction. The former tables
 * stay in a schema with a dated name.
 */
export async function intoPostgres(
  url: string,
  contents: Contents,
  options: RestoreOptions,
): Promise<Restored> {
  const client = new pg.Client({ connectionString: url, application_name: 'qing-restore' });
  await client.connect();
  try {
    const lock = await client.query<{ ok: boolean }>(`select pg_try_advisory_lock(${ADVISORY}) as ok`);
    if (!lock.rows[0]!.ok) throw new Refused('另一个恢复正在进行。Another restore is running.');
    await serversAreGone(client);
    const holds = await holdsSchool(client);
    if (holds && !options.replace) throw occupied('DATABASE_URL');
    await client.query(`drop schema if exists ${STAGING} cascade; create schema ${STAGING}`);
    const epoch = await load(url, contents, options);
    const kept = holds ? `before_restore_${stampOf(options.now).replace('-', '_')}` : null;
    await changeOver(client, kept);
    return { ...contents, epoch, kept };
  } finally {
    await client.query(`drop schema if exists ${STAGING} cascade`).catch(() => undefined);
    await client.end();
  }
}

async function load(url: string, contents: Contents, options: RestoreOptions): Promise<string> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'qing-restore',
    options: `-c search_path=${STAGING} -c synchronous_commit=off`,
    max: 1,
  });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    const columns = new Map<string, PgColumn[]>();
    const columnsOf = async (table: string): Promise<PgColumn[]> => {
      if (!columns.has(table)) {
        const client = await pool.connect();
        try {
          columns.set(
            table,
            (await pgColumns(client)).filter((c) => c.table === table),
          );
        } finally {
          client.release();
        }
      }
      return columns.get(table)!;
    };
    const epoch = await fill(
      {
        db,
        dialect: 'postgres',
        columns: async (table) => (await columnsOf(table)).map((c) => c.name),
        async insert(table, names, rows) {
          const types = new Map((await columnsOf(table)).map((c) => [c.name, c.type]));
          const arrays = names.map((name, i) => rows.map((row) => forPostgres(row[i]!, types.get(name)!)));
          const list = names.map((name, i) => `$${i + 1}::${types.get(name)}[]`).join(', ');
          await pool.query(
            `insert into ${quoted(table)} (${names.map(quoted).join(', ')}) select * from unnest(${list})`,
            arrays,
          );
        },
      },
      contents,
      options,
    );
    await pool.query('analyze');
    return epoch;
  } finally {
    await db.destroy();
  }
}

function forPostgres(cell: Cell, type: string): unknown {
  if (type === 'boolean' && typeof cell === 'number') return cell !== 0;
  if (cell !== null && typeof cell === 'object') return Buffer.from(cell.b, 'base64');
  return cell;
}

/** Moves the former tables away and the new ones to their place: all of it or nothing. */
async function changeOver(client: pg.Client, kept: string | null): Promise<void> {
  await client.query('begin');
  try {
    const main = await value(client, 'select quote_ident(current_schema())');
    const { rows: fresh } = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = '${STAGING}'::regnamespace and relkind in ('r', 'p')`,
    );
    const { rows: old } = await client.query<{ name: string }>(
      `select relname as name from pg_class
       where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') and relname = any($1) order by relname`,
      [fresh.map((t) => t.name)],
    );
    // Locked first: whoever serves from here is seen, and whoever comes reads the new tables.
    for (const { name } of old)
      await client.query(`lock table ${main}.${quoted(name)} in access exclusive mode`);
    await refuseServers(client);
    if (kept !== null) await client.query(`create schema ${quoted(kept)}`);
    for (const { name } of old)
      await client.query(
        kept === null
          ? `drop table ${main}.${quoted(name)} cascade`
          : `alter table ${main}.${quoted(name)} set schema ${quoted(kept)}`,
      );
    for (const { name } of fresh)
      await client.query(`alter table ${STAGING}.${quoted(name)} set schema ${main}`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** A server that was just stopped is still listed for a moment: PostgreSQL has to notice that it hung up. */
async function serversAreGone(client: pg.Client): Promise<void> {
  for (let left = PATIENCE_MS; left > 0 && (await servers(client)) > 0; left -= LOOK_MS) await sleep(LOOK_MS);
  await refuseServers(client);
}

async function refuseServers(client: pg.Client): Promise<void> {
  if ((await servers(client)) > 0)
    throw new Refused(
      '还有服务器连着这个数据库，请先停掉再恢复。Servers are still connected to this database; stop them first.',
    );
}

async function servers(client: pg.Client): Promise<number> {
  const count = await value(
    client,
    `select count(*) from pg_stat_activity where datname = current_database() and application_name = 'qing-server'`,
  );
  return Number(count);
}

async function holdsSchool(client: pg.Client): Promise<boolean> {
  if ((await value(client, `select to_regclass('school')`)) === null) return false;
  return Number(await value(client, 'select count(*) from school')) > 0;
}

async function value(client: pg.Client, text: string): Promise<unknown> {
  return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows[0]?.[0] ?? null;
}
