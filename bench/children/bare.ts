import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import Database from 'better-sqlite3';
import Fastify from 'fastify';
import pg from 'pg';
import { LIMITS } from '@kernel/shared/protocol';
import { answer } from './answers';

/**
 * The floor: what the same library, database and batching do when nothing is decided. It parses, stores the command under its
 * id and says so: no session, no rules, no records, no audit chain, no measures, nothing to pull.
 */
interface Row {
  readonly school: string;
  readonly id: string;
  readonly device: string;
  readonly deviceSeq: number;
  readonly actor: string;
  readonly name: string;
  readonly args: string;
  readonly at: number;
  readonly received: number;
}
interface Waiting {
  readonly rows: readonly Row[];
  resolve(): void;
  reject(error: unknown): void;
}

/** As in the kernel's dispatcher: what waits while a transaction runs is merged into the next. */
const BATCH = 1_000;

class Lanes {
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly running = new Set<string>();

  constructor(private readonly insert: (rows: readonly Row[]) => void | Promise<void>) {}

  push(lane: string, rows: readonly Row[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.waiting.get(lane) ?? [];
      queue.push({ rows, resolve, reject });
      this.waiting.set(lane, queue);
      if (this.running.has(lane)) return;
      this.running.add(lane);
      setImmediate(() => void this.drain(lane));
    });
  }

  private async drain(lane: string): Promise<void> {
    for (;;) {
      const queue = this.waiting.get(lane) ?? [];
      if (queue.length === 0) break;
      const taken: Waiting[] = [];
      const rows: Row[] = [];
      while (queue.length > 0 && (taken.length === 0 || rows.length + queue[0]!.rows.length <= BATCH)) {
        const next = queue.shift()!;
        taken.push(next);
        rows.push(...next.rows);
      }
      try {
        await this.insert(rows);
        for (const w of taken) w.resolve();
      } catch (error) {
        for (const w of taken) w.reject(error);
      }
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.running.delete(lane);
    this.waiting.delete(lane);
  }
}

const COLUMNS = 'school, id, device, device_seq, actor, name, args, at, received';

interface Floor {
  insert(rows: readonly Row[]): void | Promise<void>;
  /** As the store: one writer for SQLite, one per school on PostgreSQL. */
  lane(school: string): string;
  count(): Promise<number>;
  close(): Promise<void>;
}

function sqliteFloor(dataDir: string): Floor {
  mkdirSync(dataDir, { recursive: true });
  const db = new Database(join(dataDir, 'bare.sqlite'));
  // The same settings as src/kernel/server/store/sqlite.ts.
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('cache_size = -65536');
  db.pragma('mmap_size = 268435456');
  db.exec(`create table bare (school text not null, id text not null, device text not null, device_seq integer not null,
    actor text not null, name text not null, args text not null, at integer not null, received integer not null, primary key (school, id))`);
  const put = db.prepare(
    `insert into bare (${COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  const begin = db.prepare('begin immediate');
  const commit = db.prepare('commit');
  return {
    insert(rows) {
      begin.run();
      for (const r of rows)
        put.run(r.school, r.id, r.device, r.deviceSeq, r.actor, r.name, r.args, r.at, r.received);
      commit.run();
    },
    lane: () => 'all',
    count: () => Promise.resolve((db.prepare('select count(*) as n from bare').get() as { n: number }).n),
    close: () => Promise.resolve(void db.close()),
  };
}

async function postgresFloor(url: string): Promise<Floor> {
  const pool = new pg.Pool({ connectionString: url, max: 20 });
  await pool.query(`create table bare (school text collate "C" not null, id text collate "C" not null, device text not null,
    device_seq bigint not null, actor text not null, name text not null, args text not null, at bigint not null,
    received bigint not null, primary key (school, id))`);
  const text = `insert into bare (${COLUMNS}) select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[],
    $6::text[], $7::text[], $8::bigint[], $9::bigint[]) on conflict do nothing`;
  return {
    async insert(rows) {
      // One statement is one transaction.
      const values = [
        rows.map((r) => r.school),
        rows.map((r) => r.id),
        rows.map((r) => r.device),
        rows.map((r) => r.deviceSeq),
        rows.map((r) => r.actor),
        rows.map((r) => r.name),
        rows.map((r) => r.args),
        rows.map((r) => r.at),
        rows.map((r) => r.received),
      ];
      await pool.query({ name: 'bare', text, values });
    },
    lane: (school) => school,
    count: async () => Number((await pool.query<{ n: string }>('select count(*) as n from bare')).rows[0]?.n),
    close: () => pool.end(),
  };
}

interface Push {
  readonly device: string;
  readonly person: string;
  readonly commands: readonly { id: string; seq: number; name: string; args: unknown; at: number }[];
}

let floor: Floor | undefined;
const http = Fastify({ logger: false, bodyLimit: LIMITS.bodyBytes });

async function open(options: { dataDir: string; databaseUrl: string | null }) {
  const made =
    options.databaseUrl === null ? sqliteFloor(options.dataDir) : await postgresFloor(options.databaseUrl);
  floor = made;
  const lanes = new Lanes((rows) => made.insert(rows));
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string));
    } catch (error) {
      done(error as Error);
    }
  });
  http.post('/api/sync', async (request, reply) => {
    const push = request.body as Push;
    // The school stands in a header here, where ours finds it in the session.
    const school = String(request.headers['x-school']);
    const received = Date.now();
    const rows = push.commands.map((c) => ({
      school,
      id: c.id,
      device: push.device,
      deviceSeq: c.seq,
      actor: push.person,
      name: c.name,
      args: JSON.stringify(c.args),
      at: c.at,
      received,
    }));
    await lanes.push(made.lane(school), rows);
    const results = rows.map((r) => ({ id: r.id, outcome: 'accepted' }));
    return reply.type('application/json; charset=utf-8').send(JSON.stringify({ results }));
  });
  await http.listen({ port: 0, host: '127.0.0.1' });
  return { port: (http.server.address() as AddressInfo).port };
}

answer({
  open,
  accepted: () => floor?.count(),
  async stop() {
    http.server.closeAllConnections();
    await http.close();
    await floor?.close();
  },
});
