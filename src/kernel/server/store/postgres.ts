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
      (await rows<Counter>('lock', 'select seq, log, head from school where id = $1 for update', [school]))[0] ?? null,
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
      // All statements are sent before the first answer is awaited: one round trip instead of six.
      const sent: Promise<pg.QueryResult>[] = [];
      const send = (name: string, text: string, values: unknown[]): void => {
        sent.push(client.query({ name, text, values }));
      };
      if (b.log.length > 0)
        send(
          'log',
          `insert into command (school, id, log, device, device_seq, actor, name, args, at, earliest, received, digest, outcome, code, details, hash)
           select $1, * from unnest($2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])`,
          [
            school,
            b.log.map((c) => c.id),
            b.log.map((c) => c.log),
            b.log.map((c) => c.device),
            b.log.map((c) => c.deviceSeq),
            b.log.map((c) => c.actor),
            b.log.map((c) => c.name),
            b.log.map((c) => c.args),
            b.log.map((c) => c.at),
            b.log.map((c) => c.earliest),
            b.log.map((c) => c.received),
            b.log.map((c) => c.digest),
            b.log.map((c) => c.outcome),
            b.log.map((c) => c.code),
            b.log.map((c) => c.details),
            b.log.map((c) => c.hash),
          ],
        );
      if (b.audiences.length > 0)
        send('audience', 'insert into audience (school, id, tags) select $1, * from unnest($2::int[], $3::text[])', [
          school,
          b.audiences.map((a) => a.id),
          b.audiences.map((a) => a.tags.join('\n')),
        ]);
      if (b.records.length > 0)
        send(
          'records',
          `insert into record (school, kind, id, version, seq, audience, body)
           select $1, * from unnest($2::text[], $3::text[], $4::int[], $5::bigint[], $6::int[], $7::text[])
           on conflict (school, kind, id) do update set version = excluded.version, seq = excluded.seq, audience = excluded.audience, body = excluded.body`,
          [
            school,
            b.records.map((r) => r.kind),
            b.records.map((r) => r.id),
            b.records.map((r) => r.version),
            b.records.map((r) => r.seq),
            b.records.map((r) => r.audience),
            b.records.map((r) => r.body),
          ],
        );
      if (b.gone.length > 0)
        send(
          'gone',
          'insert into gone (school, audience, seq, kind, id) select $1, * from unnest($2::int[], $3::bigint[], $4::text[], $5::text[])',
          [school, b.gone.map((g) => g.audience), b.gone.map((g) => g.seq), b.gone.map((g) => g.kind), b.gone.map((g) => g.id)],
        );
      if (b.measures.length > 0)
        send(
          'measures',
          `insert into measure (school, name, scope, day, value, seq)
           select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
           on conflict (school, day, scope, name) do update set value = measure.value + excluded.value, seq = excluded.seq`,
          [
            school,
            b.measures.map((m) => m.name),
            b.measures.map((m) => m.scope),
            b.measures.map((m) => m.day),
            b.measures.map((m) => m.delta),
            b.measures.map((m) => m.seq),
          ],
        );
      const counted = client.query({
        name: 'count',
        text: 'update school set seq = $2, log = $3, head = $4 where id = $1',
        values: [school, b.counter.seq, b.counter.log, b.counter.head],
      });
      sent.push(counted);
      await Promise.all(sent);
      if ((await counted).rowCount !== 1) throw new Error(`defect: counter of school ${school} not updated`);
    },
  };
}
