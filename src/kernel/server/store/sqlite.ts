import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { prepare } from './prepare';
import { coldQueries } from './cold-queries';
import type { AudienceSet, Counter, KnownCommand, Store, StoredRecord, WriteBody, WriteTx } from './store';
import type { Tables } from './tables';

/**
 * SQLite in one file. WAL with `synchronous=FULL`: a commit that returned survives a power cut. A write transaction runs
 * on the call stack from BEGIN to COMMIT, so no other code of this process can come between.
 */
export async function openSqlite(file: string): Promise<Store> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const hot = open(file);
  const cold = open(file);
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: cold }) });
  const { epoch, secret } = await prepare(db, 'sqlite');
  const tx = writeTx(hot);
  const begin = hot.prepare('begin immediate');
  const commit = hot.prepare('commit');
  const rollback = hot.prepare('rollback');

  return {
    dialect: 'sqlite',
    epoch,
    secret,
    db,
    lane: () => 'all',
    write<T>(body: WriteBody<T>): Promise<T> {
      begin.run();
      try {
        const steps = body(tx);
        let step = steps.next();
        while (!step.done) step = steps.next(step.value);
        commit.run();
        return Promise.resolve(step.value);
      } catch (error) {
        if (hot.inTransaction) rollback.run();
        return Promise.reject(error instanceof Error ? error : new Error('write failed', { cause: error }));
      }
    },
    ...coldQueries(db),
    async close() {
      await db.destroy();
      hot.close();
    },
  };
}

function open(file: string): Database.Database {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('busy_timeout = 5000');
  db.pragma('cache_size = -65536');
  db.pragma('mmap_size = 268435456');
  return db;
}

function writeTx(db: Database.Database): WriteTx {
  const lock = db.prepare<[string], Counter>('select seq, log, head from school where id = ?');
  const known = db.prepare<[string, string], KnownCommand>(
    'select id, digest, outcome, code, details, log from command where school = ? and id = ?',
  );
  const load = db.prepare<[string, string, string], StoredRecord>(
    'select kind, id, version, seq, body, audience from record where school = ? and kind = ? and id = ?',
  );
  const audiences = db.prepare<[string, number], { id: number; tags: string }>(
    'select id, tags from audience where school = ? and id > ? order by id',
  );
  const insertLog = db.prepare(
    `insert into command (school, id, log, device, device_seq, actor, name, args, at, earliest, received, digest, outcome, code, details, hash)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const upsertRecord = db.prepare(
    `insert into record (school, kind, id, version, seq, audience, body) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (school, kind, id) do update set version = excluded.version, seq = excluded.seq, audience = excluded.audience, body = excluded.body`,
  );
  const insertGone = db.prepare('insert into gone (school, audience, seq, kind, id) values (?, ?, ?, ?, ?)');
  const insertAudience = db.prepare('insert into audience (school, id, tags) values (?, ?, ?)');
  const upsertMeasure = db.prepare(
    `insert into measure (school, name, scope, day, value, seq) values (?, ?, ?, ?, ?, ?)
     on conflict (school, day, scope, name) do update set value = value + excluded.value, seq = excluded.seq`,
  );
  const count = db.prepare('update school set seq = ?, log = ?, head = ? where id = ?');

  return {
    lock: (school) => lock.get(school) ?? null,
    known: (school, ids) => {
      const out: KnownCommand[] = [];
      for (const id of ids) {
        const row = known.get(school, id);
        if (row) out.push(row);
      }
      return out;
    },
    load: (school, refs) => {
      const out: StoredRecord[] = [];
      for (const r of refs) {
        const row = load.get(school, r.kind, r.id);
        if (row) out.push(row);
      }
      return out;
    },
    audiences: (school, after): AudienceSet[] =>
      audiences.all(school, after).map((r) => ({ id: r.id, tags: r.tags.split('\n') })),
    write: (school, b) => {
      for (const c of b.log)
        insertLog.run(
          school,
          c.id,
          c.log,
          c.device,
          c.deviceSeq,
          c.actor,
          c.name,
          c.args,
          c.at,
          c.earliest,
          c.received,
          c.digest,
          c.outcome,
          c.code,
          c.details,
          c.hash,
        );
      for (const a of b.audiences) insertAudience.run(school, a.id, a.tags.join('\n'));
      for (const r of b.records) upsertRecord.run(school, r.kind, r.id, r.version, r.seq, r.audience, r.body);
      for (const g of b.gone) insertGone.run(school, g.audience, g.seq, g.kind, g.id);
      for (const m of b.measures) upsertMeasure.run(school, m.name, m.scope, m.day, m.delta, m.seq);
      // Every write is counted (reliability.md rule 30): a lost lock would otherwise let two writers share a number.
      const changed = count.run(b.counter.seq, b.counter.log, b.counter.head, school).changes;
      if (changed !== 1) throw new Error(`defect: counter of school ${school} not updated`);
    },
  };
}
