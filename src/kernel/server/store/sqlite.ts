import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { WrongCount } from '../ops/store-faults';
import { healthOf, noticeErrors, watched } from '../ops/watch-store';
import { prepare } from './prepare';
import { coldQueries } from './cold-queries';
import { copyBeforeMigration, openSqliteFile, settleLog } from './sqlite-file';
import { sqliteReads } from './sqlite-reads';
import type { Batch, Counter, Decided, Store, Verdict, WriteBody, WriteTx } from './store';
import type { Tables } from './tables';

/**
 * SQLite in one file. WAL with `synchronous=FULL`: a commit that returned survives a power cut. A write transaction runs
 * on the call stack from BEGIN to COMMIT, so no other code of this process can come between.
 */
export async function openSqlite(file: string): Promise<Store> {
  const hot = open(file);
  settleLog(hot);
  const cold = open(file);
  const db = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: cold }),
    log: noticeErrors(() => health),
  });
  const health = healthOf(db, file);
  const { epoch, secret } = await prepare(db, 'sqlite', {
    before: (last) => void copyBeforeMigration(hot, file, last),
  });
  const { pull, measures, ...reads } = sqliteReads(hot);
  const write = batchWriter(hot);
  const tx: WriteTx = { ...reads, write: ({ school, batch }) => write(school, batch) };
  const begin = hot.prepare('begin immediate');
  const commit = hot.prepare('commit');
  const rollback = hot.prepare('rollback');

  const store: Omit<Store, 'health'> = {
    dialect: 'sqlite',
    epoch,
    secret,
    db,
    lane: () => 'all',
    reads,
    pull: (request) => pull(request),
    measures,
    commit(sections): Promise<Verdict> {
      begin.run();
      try {
        const moved = sections.some(({ school, expected }) => !stands(reads.counter(school), expected));
        if (!moved) for (const { school, batch } of sections) write(school, batch);
        (moved ? rollback : commit).run();
        return Promise.resolve(moved ? 'moved' : 'written');
      } catch (error) {
        if (hot.inTransaction) rollback.run();
        if (isRepeated(error)) return Promise.resolve('known');
        return Promise.reject(asError(error));
      }
    },
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
        return Promise.reject(asError(error));
      }
    },
    ...coldQueries(db),
    async close() {
      await db.destroy();
      hot.close();
    },
  };
  return watched(store, health);
}

function open(file: string): Database.Database {
  const db = openSqliteFile(file);
  db.pragma('cache_size = -65536');
  db.pragma('mmap_size = 268435456');
  return db;
}

/** Does the counter still stand where the batch was decided? The hash of the log's head says it all, numbers say it sooner. */
const stands = (now: Counter | null, expected: Decided['expected']): boolean =>
  now !== null && now.seq === expected.seq && now.log === expected.log && now.head === expected.head;

/** A command that is in the log already: its id is the key it may stand there under once. */
const isRepeated = (error: unknown): boolean =>
  error instanceof Database.SqliteError &&
  error.code.startsWith('SQLITE_CONSTRAINT') &&
  error.message.includes('command.id');

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('write failed', { cause: error });

function batchWriter(db: Database.Database): (school: string, batch: Batch) => void {
  const insertLog = db.prepare(
    `insert into command (school, id, log, device, device_seq, actor, name, args, at, earliest, received, digest, outcome, code, details, hash, evidence)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const upsertRecord = db.prepare(
    `insert into record (school, kind, id, version, seq, audience, body) values (?, ?, ?, ?, ?, ?, ?)
     on conflict (school, kind, id) do update set version = excluded.version, seq = excluded.seq, audience = excluded.audience, body = excluded.body`,
  );
  const insertFeed = db.prepare(
    'insert into feed (school, seq, audience, gone, kind, id) values (?, ?, ?, ?, ?, ?)',
  );
  const insertAudience = db.prepare('insert into audience (school, id, tags) values (?, ?, ?)');
  const upsertMeasure = db.prepare(
    `insert into measure (school, name, scope, day, value, seq) values (?, ?, ?, ?, ?, ?)
     on conflict (school, day, scope, name) do update set value = value + excluded.value, seq = excluded.seq`,
  );
  const upsertSender = db.prepare(
    `insert into sender (school, device, seq) values (?, ?, ?)
     on conflict (school, device) do update set seq = excluded.seq`,
  );
  const count = db.prepare('update school set seq = ?, log = ?, head = ? where id = ?');

  return (school, b) => {
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
        c.evidence,
      );
    for (const a of b.audiences) insertAudience.run(school, a.id, a.tags.join('\n'));
    for (const r of b.records) upsertRecord.run(school, r.kind, r.id, r.version, r.seq, r.audience, r.body);
    for (const f of b.feed) insertFeed.run(school, f.seq, f.audience, f.gone, f.kind, f.id);
    for (const m of b.measures) upsertMeasure.run(school, m.name, m.scope, m.day, m.delta, m.seq);
    for (const s of b.senders) upsertSender.run(school, s.device, s.seq);
    // Every write is counted (reliability.md rule 30): a lost lock would otherwise let two writers share a number.
    const changed = count.run(b.counter.seq, b.counter.log, b.counter.head, school).changes;
    if (changed !== 1) throw new WrongCount(`defect: counter of school ${school} not updated`);
  };
}
