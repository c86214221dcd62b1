import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Tables } from '@kernel/server/store/tables';
import { itemRecord } from '@modules/homework';
import { running } from './server';

/** Commands for every record of their own: the others sign, return or revise what is there. */
const PER_RECORD = 4;
/** Commands of one transaction. */
const CHUNK = 50_000;
/** They were said one a minute, from here on. */
const BEGIN = Date.UTC(2000, 0, 1);

type Db = Kysely<Tables>;
interface School {
  readonly id: string;
  /** Places already taken in the log and in the feed. */
  readonly log: number;
  readonly seq: number;
}
/** Column → expression over a row of the series, `n`, and the row that is copied, `t`. */
type Changes = Readonly<Record<string, string>>;

/**
 * Gives the schools a past: so many commands in the log, evenly among them, and a record for every fourth. All are copies of what
 * the school has already, under ids and places of their own; the school's counter then stands behind them. The hashes are no chain
 * in this part. The server must be opened anew afterwards.
 */
export async function fillLog(o: { commands: number }): Promise<{ seconds: number; bytes: number }> {
  const from = performance.now();
  const { db, dialect } = running().kernel.store;
  const schools = await db.selectFrom('school').select(['id', 'log', 'seq']).orderBy('id').execute();
  const each = Math.ceil(o.commands / schools.length);
  for (const school of schools)
    for (let first = 1; first <= each; first += CHUNK)
      await fill(db, dialect, school, first, Math.min(each, first + CHUNK - 1));
  if (dialect === 'postgres') {
    // What a quiet night would have done.
    for (const statement of ['vacuum (analyze) command', 'vacuum (analyze) record', 'checkpoint'])
      await sql.raw(statement).execute(db);
  }
  const size =
    dialect === 'sqlite'
      ? sql<{
          bytes: number;
        }>`select page_count * page_size as bytes from pragma_page_count, pragma_page_size`
      : sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`;
  const bytes = Number((await size.execute(db)).rows[0]?.bytes);
  return { seconds: (performance.now() - from) / 1000, bytes };
}

async function fill(db: Db, dialect: 'sqlite' | 'postgres', school: School, first: number, last: number) {
  const hex = (value: string, digits: number): string =>
    dialect === 'sqlite' ? `printf('%0${digits}x', ${value})` : `lpad(to_hex(${value}), ${digits}, '0')`;
  const noise = dialect === 'sqlite' ? 'lower(hex(randomblob(32)))' : 'md5(random()::text) || md5(n::text)';
  const ms = `(${BEGIN} + n * 60000)`;
  // Both rows of one command must agree on its id, so what is random in it is arithmetic.
  const id = [
    hex(`${ms} >> 16`, 8),
    hex(`${ms} & 65535`, 4),
    `'7' || ${hex('(n * 2654435761) & 4095', 3)}`,
    `'8' || ${hex('(n * 40503) & 4095', 3)}`,
    hex('(n * 2654435761) & 281474976710655', 12),
  ].join(" || '-' || ");
  await db.transaction().execute(async (trx) => {
    await copies(trx, dialect, 'command', school.id, `name = 'homework.v1.assign'`, first, last, 1, {
      ...{ id, log: `${school.log} + n`, at: ms, earliest: ms, received: `${ms} + 900` },
      ...{ device_seq: 'n', digest: `substr(${noise}, 1, 43)`, hash: noise },
    });
    await copies(trx, dialect, 'record', school.id, `kind = '${itemRecord.kind}'`, first, last, PER_RECORD, {
      ...{ id, seq: `${school.seq} + n` },
    });
    const ends = { log: school.log + last, seq: school.seq + last };
    await trx.updateTable('school').set(ends).where('id', '=', school.id).execute();
  });
}

/** Every `step`th number from `first` to `last` becomes a copy of the school's first row of that sort. */
async function copies(
  db: Db,
  dialect: 'sqlite' | 'postgres',
  table: 'command' | 'record',
  school: string,
  which: string,
  first: number,
  last: number,
  step: number,
  changes: Changes,
): Promise<void> {
  const columns = await columnsOf(db, dialect, table);
  const values = columns.map((c) => changes[c] ?? `t."${c}"`);
  await sql
    .raw(
      `insert into ${table} (${columns.map((c) => `"${c}"`).join(', ')})
       with recursive s(n) as (
         select cast(${first} as bigint) union all select n + 1 from s where n < ${last}
       ), t as materialized (select * from ${table} where school = '${school}' and ${which} order by id limit 1)
       select ${values.join(', ')} from s cross join t where n % ${step} = 0`,
    )
    .execute(db);
}

async function columnsOf(db: Db, dialect: 'sqlite' | 'postgres', table: string): Promise<string[]> {
  const ask: RawBuilder<{ name: string }> =
    dialect === 'sqlite'
      ? sql`select name from pragma_table_info(${table})`
      : sql`select column_name as name from information_schema.columns where table_name = ${table}`;
  return (await ask.execute(db)).rows.map((r) => r.name);
}
