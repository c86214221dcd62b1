import pg from 'pg';
import { Kysely, PostgresDialect } from 'kysely';
import { prepare } from './prepare';
import { coldQueries } from './cold-queries';
import type { AudienceSet, Counter, KnownCommand, Store, StoredRecord, WriteBody, WriteTx } from './store';
import type { Tables } from './tables';

// bigint columns hold ms and counters, all below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** PostgreSQL by connection string. The per-school lock is the counter row, so any number of app servers may write. */
export async function openPostgres(url: string): Promise<Store> {
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  pool.on('error', () => undefined); // an idle connection that dies is replaced; the next query reports what matters
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const { epoch, secret } = await prepare(db, 'postgres');
  return {
    dialect: 'postgres',
    epoch,
    secret,
    db,
    lane: (school) => school,
    async write<T>(body: WriteBody<T>): Promise<T> {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const steps = body(writeTx(client));
        let step = steps.next();
        while (!step.done) {
          let value: unknown;
          try {
            value = await step.value;
          } catch (error) {
            step = steps.throw(error);
            continue;
          }
          step = steps.next(value);
        }
        await client.query('commit');
        return step.value;
      } catch (error) {
        await client.query('rollback').catch((e: unknown) => {
          broken = e instanceof Error ? e : new Error('rollback failed');
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    ...coldQueries(db),
    close: () => db.destroy(),
  };
}

function writeTx(client: pg.PoolClient): WriteTx {
  const rows = async <T>(name: string, text: string, values: unknown[]): Promise<T[]> =>
    (await client.query({ name, text, values })).rows as T[];
  return {
    lock: async (school) =>
      (
        await rows<Counter>('lock', 'select seq, log, head from school where id = $1 for update', [school])
      )[0] ?? null,
    known: (school, ids) =>
      rows<KnownCommand>(
        'known',
        'select id, digest, outcome, code, details, log from command where school = $1 and id = any($2)',
        [school, ids],
      ),
    load: (school, refs) =>
      rows<StoredRecord>(
        'load',
        `select r.kind, r.id, r.version, r.seq, r.body, r.audience
         from unnest($2::text[], $3::text[]) as w(kind, id) join record r on r.school = $1 and r.kind = w.kind and r.id = w.id`,
        [school, refs.map((r) => r.kind), refs.map((r) => r.id)],
      ),
    audiences: async (school, after): Promise<AudienceSet[]> =>
      (
        await rows<{ id: number; tags: string }>(
          'audiences',
          'select id, tags from audience where school = $1 and id > $2 order by id',
          [school, after],
        )
      ).map((r) => ({ id: r.id, tags: r.tags.split('\n') })),
    async write(school, b) {
      // One statement, one round trip, whatever the batch holds: empty lists insert nothing.
      const values: unknown[] = [school, b.counter.seq, b.counter.log, b.counter.head];
      for (const column of LOG) values.push(b.log.map((c) => c[column]));
      values.push(
        b.audiences.map((a) => a.id),
        b.audiences.map((a) => a.tags.join('\n')),
      );
      for (const column of RECORD) values.push(b.records.map((r) => r[column]));
      for (const column of GONE) values.push(b.gone.map((g) => g[column]));
      for (const column of MEASURE) values.push(b.measures.map((m) => m[column]));
      const result = await client.query({ name: 'write', text: WRITE, values });
      // Every write is counted (reliability.md rule 30): a lost lock would otherwise let two writers share a number.
      if (result.rowCount !== 1) throw new Error(`defect: counter of school ${school} not updated`);
    },
  };
}

const LOG = [
  'id',
  'log',
  'device',
  'deviceSeq',
  'actor',
  'name',
  'args',
  'at',
  'earliest',
  'received',
  'digest',
  'outcome',
  'code',
  'details',
  'hash',
] as const;
const RECORD = ['kind', 'id', 'version', 'seq', 'audience', 'body'] as const;
const GONE = ['audience', 'seq', 'kind', 'id'] as const;
const MEASURE = ['name', 'scope', 'day', 'delta', 'seq'] as const;

const WRITE = `
with log_rows as (
  insert into command (school, id, log, device, device_seq, actor, name, args, at, earliest, received, digest, outcome, code, details, hash)
  select $1, * from unnest($5::text[], $6::bigint[], $7::text[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::bigint[],
    $13::bigint[], $14::bigint[], $15::text[], $16::text[], $17::text[], $18::text[], $19::text[])
), audience_rows as (
  insert into audience (school, id, tags) select $1, * from unnest($20::int[], $21::text[])
), record_rows as (
  insert into record (school, kind, id, version, seq, audience, body)
  select $1, * from unnest($22::text[], $23::text[], $24::int[], $25::bigint[], $26::int[], $27::text[])
  on conflict (school, kind, id) do update
  set version = excluded.version, seq = excluded.seq, audience = excluded.audience, body = excluded.body
), gone_rows as (
  insert into gone (school, audience, seq, kind, id)
  select $1, * from unnest($28::int[], $29::bigint[], $30::text[], $31::text[])
), measure_rows as (
  insert into measure (school, name, scope, day, value, seq)
  select $1, * from unnest($32::text[], $33::text[], $34::text[], $35::bigint[], $36::bigint[])
  on conflict (school, day, scope, name) do update set value = measure.value + excluded.value, seq = excluded.seq
)
update school set seq = $2, log = $3, head = $4 where id = $1`;
