import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';

/** One command as the floor keeps it. */
export interface Row {
  readonly school: string;
  readonly id: string;
  readonly device: string;
  readonly deviceSeq: number;
  readonly actor: string;
  readonly name: string;
  readonly args: string;
  readonly at: number;
  readonly received: number;
  /** With rows: what else an assignment stores, as kind, id and body. Empty on the bare floor. */
  readonly records: readonly { readonly kind: string; readonly id: string; readonly body: string }[];
}

export interface FloorStore {
  /** All in one transaction. */
  insert(rows: readonly Row[]): void | Promise<void>;
  /** Writers that do not run at once, as in the real store: one for SQLite, one per school on PostgreSQL. */
  lane(school: string): string;
  count(): Promise<number>;
  close(): Promise<void>;
}

const COLUMNS = 'school, id, device, device_seq, actor, name, args, at, received';
const UPSERT = `on conflict (school, kind, id) do update set seq = excluded.seq, audience = excluded.audience, body = excluded.body`;

export function sqliteFloor(dataDir: string): FloorStore {
  mkdirSync(dataDir, { recursive: true });
  const db = new Database(join(dataDir, 'bare.sqlite'));
  // The same settings as src/kernel/server/store/sqlite.ts.
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('cache_size = -65536');
  db.pragma('mmap_size = 268435456');
  db.exec(`
    create table bare (school text not null, id text not null, device text not null, device_seq integer not null, actor text not null,
      name text not null, args text not null, at integer not null, received integer not null, primary key (school, id));
    create table record (school text not null, kind text not null, id text not null, seq integer not null, audience integer not null,
      body text not null, primary key (school, kind, id));
    create index record_feed on record (school, audience, seq)`);
  const put = db.prepare(
    `insert into bare (${COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  const upsert = db.prepare(
    `insert into record (school, kind, id, seq, audience, body) values (?, ?, ?, ?, ?, ?) ${UPSERT}`,
  );
  const begin = db.prepare('begin immediate');
  const commit = db.prepare('commit');
  let seq = 0;
  return {
    insert(rows) {
      begin.run();
      for (const r of rows) {
        put.run(r.school, r.id, r.device, r.deviceSeq, r.actor, r.name, r.args, r.at, r.received);
        for (const { kind, id, body } of r.records)
          upsert.run(r.school, kind, id, ++seq, audienceOf(id), body);
      }
      commit.run();
    },
    lane: () => 'all',
    count: () => Promise.resolve((db.prepare('select count(*) as n from bare').get() as { n: number }).n),
    close: () => Promise.resolve(void db.close()),
  };
}

export async function postgresFloor(url: string): Promise<FloorStore> {
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  await pool.query(`
    create table bare (school text collate "C" not null, id text collate "C" not null, device text not null, device_seq bigint not null,
      actor text not null, name text not null, args text not null, at bigint not null, received bigint not null, primary key (school, id));
    create table record (school text collate "C" not null, kind text collate "C" not null, id text collate "C" not null,
      seq bigint not null, audience int not null, body text not null, primary key (school, kind, id));
    create index record_feed on record (school, audience, seq)`);
  const bare = `insert into bare (${COLUMNS}) select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[],
    $6::text[], $7::text[], $8::bigint[], $9::bigint[]) on conflict do nothing`;
  const withRows = `with commands as (${bare}) insert into record (school, kind, id, seq, audience, body)
    select * from unnest($10::text[], $11::text[], $12::text[], $13::bigint[], $14::int[], $15::text[]) ${UPSERT}`;
  let seq = 0;
  return {
    async insert(rows) {
      // One statement is one transaction.
      const values: unknown[] = (
        ['school', 'id', 'device', 'deviceSeq', 'actor', 'name', 'args', 'at', 'received'] as const
      ).map((column) => rows.map((r) => r[column]));
      // The last body of a record wins, as in the real writer: one statement may touch a row once.
      const last = new Map(
        rows.flatMap((r) =>
          r.records.map((x) => [`${r.school} ${x.kind} ${x.id}`, { ...x, school: r.school }]),
        ),
      );
      const records = [...last.values()];
      if (records.length === 0) {
        await pool.query({ name: 'bare', text: bare, values });
        return;
      }
      values.push(
        records.map((r) => r.school),
        records.map((r) => r.kind),
        records.map((r) => r.id),
        records.map(() => ++seq),
        records.map((r) => audienceOf(r.id)),
        records.map((r) => r.body),
      );
      await pool.query({ name: 'rows', text: withRows, values });
    },
    lane: (school) => school,
    count: async () => Number((await pool.query<{ n: string }>('select count(*) as n from bare')).rows[0]?.n),
    close: () => pool.end(),
  };
}

/** A few dozen audiences in a school, as there are classes and teachers. */
const audienceOf = (id: string): number =>
  (id.charCodeAt(id.length - 1) * 7 + id.charCodeAt(id.length - 3)) % 60;
