import pg from 'pg';
import type { Cell, Snapshot } from './format';
import { OWN_TABLES, parentsFirst } from './format';
import { quoted } from './snapshot-sqlite';

const PORTION = 1_000;

export interface PgColumn {
  readonly table: string;
  readonly name: string;
  /** As PostgreSQL writes it: `bigint`, `timestamp with time zone`, `boolean`, `uuid`. */
  readonly type: string;
}

/** Tables of the schema in use with their columns in order. */
export async function pgColumns(client: pg.ClientBase): Promise<PgColumn[]> {
  const { rows } = await client.query<PgColumn>(
    `select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
     order by c.relname, a.attnum`,
  );
  return rows;
}

/** A snapshot of a PostgreSQL database: one REPEATABLE READ transaction, read through a cursor. Writers are not held up. */
export async function postgresSnapshot(url: string): Promise<Snapshot> {
  const client = new pg.Client({ connectionString: url, application_name: 'qing-backup' });
  await client.connect();
  try {
    await client.query('set idle_in_transaction_session_timeout = 0; set statement_timeout = 0');
    await client.query('begin isolation level repeatable read read only');
    const columns = (await pgColumns(client)).filter((c) => !OWN_TABLES.includes(c.table));
    const { rows: parents } = await client.query<{ child: string; parent: string }>(
      `select conrelid::regclass::text as child, confrelid::regclass::text as parent from pg_constraint
       where contype = 'f' and connamespace = current_schema()::regnamespace`,
    );
    const plain = (name: string): string => name.replace(/^"(.*)"$/, '$1');
    const tables = parentsFirst([...new Set(columns.map((c) => c.table))], (name) =>
      parents.filter((p) => plain(p.child) === name).map((p) => plain(p.parent)),
    ).map((name) => ({ name, columns: columns.filter((c) => c.table === name).map((c) => c.name) }));
    const one = async (sql: string): Promise<string[]> =>
      (await client.query<{ v: string }>(sql)).rows.map((r) => r.v);
    const [epoch = ''] = await one("select value as v from meta where key = 'epoch'");
    const steps = await one('select name as v from kernel_migration');
    return {
      head: { qing: 'backup', format: 1, dialect: 'postgres', epoch, steps: steps.sort() },
      tables,
      async *rows(table) {
        const wanted = columns.filter((c) => c.table === table);
        const list = wanted.map(readable).join(', ');
        await client.query(`declare portion no scroll cursor for select ${list} from ${quoted(table)}`);
        for (;;) {
          const { rows } = await client.query<unknown[]>({
            text: `fetch ${PORTION} from portion`,
            rowMode: 'array',
          });
          if (rows.length > 0) yield rows.map((row) => row.map((value, i) => cellOf(value, wanted[i]!.type)));
          if (rows.length < PORTION) break;
        }
        await client.query('close portion');
      },
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** What the driver would turn into something of its own is asked for as text. */
function readable({ name, type }: PgColumn): string {
  const column = quoted(name);
  if (type.startsWith('timestamp with'))
    return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  return ['text', 'bigint', 'integer', 'smallint', 'boolean', 'bytea'].includes(type)
    ? column
    : `${column}::text`;
}

function cellOf(value: unknown, type: string): Cell {
  if (Buffer.isBuffer(value)) return { b: value.toString('base64') };
  return type === 'bigint' && typeof value === 'string' ? Number(value) : (value as Cell);
}
