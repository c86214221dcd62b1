import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildHttp } from '@kernel/server/http';
import type { Kernel } from '@kernel/server/kernel';
import { faultOf, WrongCount } from '@kernel/server/ops/store-faults';
import { StoreHealth } from '@kernel/server/ops/store-health';
import type { Store } from '@kernel/server/store/store';
import { dialects } from '../support/databases';
import { aSync, anEnvelope, HEADERS } from '../support/http-world';
import { times } from './support/counts';
import type { Place } from './support/places';
import { dropModels, livedIn } from './support/model';
import type { Said, Town } from './support/town';
import { openKernel, TIERS, wrongWith } from './support/town';

const failing = (code: string): Error =>
  Object.assign(new Error(`as the database says it: ${code}`), { code });

describe('what an error of the database means', () => {
  test.each([
    ['SQLITE_FULL', 'space'],
    ['ENOSPC', 'space'],
    ['53100', 'space'],
    ['SQLITE_IOERR_WRITE', 'readOnly'],
    ['SQLITE_READONLY_DBMOVED', 'readOnly'],
    ['25006', 'readOnly'],
    ['EROFS', 'readOnly'],
    ['SQLITE_IOERR_FSYNC', 'fatal'],
    ['SQLITE_IOERR_DIR_FSYNC', 'fatal'],
    ['SQLITE_CORRUPT_INDEX', 'fatal'],
    ['57P01', 'away'],
    ['55P03', 'away'],
    ['08006', 'away'],
    ['ECONNREFUSED', 'away'],
    ['SQLITE_CONSTRAINT_PRIMARYKEY', null],
    ['23505', null],
    ['FST_ERR_VALIDATION', null],
  ])('%s: %s', (code, fault) => {
    expect(faultOf(failing(code))).toBe(fault);
    expect(faultOf(new Error('a batch', { cause: failing(code) }))).toBe(fault);
  });
  test('a write that touched another number of rows is a defect of the ground', () => {
    expect(faultOf(new WrongCount('counter'))).toBe('fatal');
    expect(faultOf('text')).toBeNull();
    expect(faultOf(new Error('ours'))).toBeNull();
  });
});

describe('a disk that is full', () => {
  test('is tried again by itself until there is space', async () => {
    vi.useFakeTimers();
    try {
      let space = false;
      const probe = vi.fn(() => (space ? Promise.resolve() : Promise.reject(failing('SQLITE_FULL'))));
      const health = new StoreHealth(probe, 10_000, () => 5);
      const seen: unknown[] = [];
      health.events = { onChange: (state) => void seen.push(state?.cause ?? null) };
      health.notice(failing('SQLITE_FULL'));
      health.notice(failing('SQLITE_FULL'));
      expect(health.readOnly).toMatchObject({ cause: 'space', since: 5 });
      await vi.advanceTimersByTimeAsync(25_000);
      expect(probe).toHaveBeenCalledTimes(2);
      expect(health.readOnly).not.toBeNull();
      space = true;
      await vi.advanceTimersByTimeAsync(10_000);
      expect(health.readOnly).toBeNull();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(probe).toHaveBeenCalledTimes(3);
      expect(seen).toEqual(['space', null]);
      await health.stop();
    } finally {
      vi.useRealTimers();
    }
  });
});

afterAll(dropModels);

describe.each(dialects)('a server on %s', (dialect) => {
  let at: Place;
  let store: Store;
  let kernel: Kernel;
  let town: Town;
  let already: readonly Said[];
  let http: Awaited<ReturnType<typeof buildHttp>>;

  beforeEach(async () => {
    const lived = await livedIn(dialect);
    ({ at, town } = lived);
    already = lived.said;
    store = await at.open();
    kernel = await openKernel(store);
    http = await buildHttp({ kernel, modules: [], clientFolder: null, health: () => ({ note: 'for here' }) });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await http.close();
    await kernel.dispatcher.settled();
    await at.drop();
  });

  const device = randomUUID();
  const assign = (day: string) =>
    anEnvelope(Date.now(), 'homework.v1.assign', {
      classes: ['c-2026-1'],
      subject: 'math',
      date: day,
      form: 'written',
      tiers: TIERS,
      copiedFrom: null,
    });
  const sync = (commands: ReturnType<typeof anEnvelope>[]) =>
    http.inject({
      method: 'POST',
      url: '/api/sync',
      headers: { ...HEADERS, cookie: town.cookies.lin! },
      payload: aSync({ person: 'lin', device, commands }),
    });
  const signIn = (password: string) =>
    http.inject({
      method: 'POST',
      url: '/api/session',
      headers: HEADERS,
      payload: { account: `lin.${town.school.slice(0, 8)}`, password },
    });

  /** The database refuses every write from here on, with its own error. */
  async function fill(): Promise<() => Promise<void>> {
    if (dialect === 'sqlite') {
      // Both connections are told that this is all the space there is.
      const { page_count: n } = (await sql<{ page_count: number }>`pragma page_count`.execute(store.db))
        .rows[0]!;
      await sql`pragma max_page_count = ${sql.lit(n)}`.execute(store.db);
      const spy = vi.spyOn(store, 'commit').mockImplementation(() => {
        store.health.notice(failing('SQLITE_FULL'));
        return Promise.reject(failing('SQLITE_FULL'));
      });
      return async () => {
        spy.mockRestore();
        await sql`pragma max_page_count = 1000000`.execute(store.db);
      };
    }
    // Its own way of saying so: the database is given back read-only.
    const name = new URL(at.databaseUrl!).pathname.slice(1);
    const own = await at.open();
    await sql`alter database ${sql.id(name)} set default_transaction_read_only = on`.execute(own.db);
    await kick(own);
    return async () => {
      await sql`set transaction_read_only = off`.execute(own.db).catch(() => undefined);
      await sql`begin read write; alter database ${sql.raw(name)} set default_transaction_read_only = off; commit`.execute(
        own.db,
      );
      await kick(own);
    };
  }

  /** Ends every other connection: the next ones have the new setting. */
  const kick = (own: Store) =>
    sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`.execute(own.db);

  test('that cannot write says so in words, still shows everything, and goes on by itself', async () => {
    const first = assign(town.days[0]!);
    expect((await sync([first])).json().results[0]).toMatchObject({ outcome: 'accepted' });
    const undo = await fill();

    const second = assign(town.days[1]!);
    let answer = await sync([second]);
    // The first to notice may meet a connection that is just being closed.
    if (answer.statusCode === 503) answer = await sync([second]);
    expect(answer.statusCode).toBe(507);
    expect(answer.json()).toMatchObject({
      code: 'kernel.readOnly',
      title: expect.stringContaining('已写的都在手机上') as string,
    });
    expect(answer.headers['retry-after']).toBe('15');

    const pulled = await sync([]);
    expect(pulled.statusCode).toBe(200);
    expect(pulled.body).toContain(first.id);
    expect((await http.inject('/healthz')).json()).toMatchObject({
      ok: true,
      readOnly: expect.any(String) as string,
    });
    // Nobody hears that a password is wrong because a disk is full.
    for (const password of ['a long password', 'another one'])
      expect((await signIn(password)).statusCode).toBe(507);
    expect(await store.health.tryAgain()).toBe(false);

    await undo();
    for (let i = 0; i < 3 && store.health.readOnly; i++) await store.health.tryAgain();
    expect(store.health.readOnly).toBeNull();
    expect((await sync([second])).json().results[0]).toMatchObject({ outcome: 'accepted' });
    expect((await signIn('a long password')).statusCode).toBe(200);
    expect((await http.inject('/healthz')).json()).not.toHaveProperty('readOnly');
    const said = [first, second].map((c, i) => ({
      id: c.id,
      outcome: 'accepted',
      seq: already.length + 3 + i,
    }));
    expect(await wrongWith(store, town, [...already, ...said])).toEqual([]);
  });

  test('control: one that does not know what a full disk is calls it a defect', async () => {
    vi.spyOn(store.health, 'notice').mockReturnValue(null);
    vi.spyOn(store, 'commit').mockRejectedValue(failing('SQLITE_FULL'));
    expect((await sync([assign(town.days[0]!)])).statusCode).toBe(500);
  });

  test('whose disk lost what it had taken acknowledges nothing ever after (D6)', async () => {
    const fatal = vi.fn();
    store.health.events = { onFatal: fatal };
    expect((await sync([assign(town.days[0]!)])).statusCode).toBe(200);
    store.health.notice(failing('SQLITE_IOERR_FSYNC'));
    expect(fatal).toHaveBeenCalledTimes(1);
    for (let i = 0; i < times('D6', 100, 100); i++) {
      const answer = await sync([assign(town.days[1 + (i % 4)]!)]);
      expect(answer.statusCode).toBe(503);
      expect(answer.body).not.toContain('results');
    }
    const rows = await store.db.selectFrom('command').select('id').where('device', '=', device).execute();
    expect(rows).toHaveLength(1);
    expect(fatal).toHaveBeenCalledTimes(1);
  });

  test('whose engine writes another number of rows than it must is not believed again (D11)', async () => {
    const fatal = vi.fn();
    store.health.events = { onFatal: fatal };
    expect((await sync([assign(town.days[0]!)])).statusCode).toBe(200);
    if (dialect === 'sqlite')
      await sql`create trigger planted before update on school begin select raise(ignore); end`.execute(
        store.db,
      );
    else
      await sql`create function planted() returns trigger language plpgsql as 'begin return null; end'`
        .execute(store.db)
        .then(() =>
          sql`create trigger planted before update on school for each row execute function planted()`.execute(
            store.db,
          ),
        );
    expect((await sync([assign(town.days[1]!)])).statusCode).toBe(503);
    expect(fatal).toHaveBeenCalledTimes(1);
    const rows = await store.db.selectFrom('command').select('id').where('device', '=', device).execute();
    expect(rows).toHaveLength(1);
  });

  test('control: without that rule the same server goes on acknowledging', async () => {
    const blind = vi.spyOn(store.health, 'assertAlive').mockImplementation(() => undefined);
    store.health.notice(failing('SQLITE_IOERR_FSYNC'));
    expect((await sync([assign(town.days[0]!)])).statusCode).toBe(200);
    expect(blind).toHaveBeenCalled();
  });

  test('tells the operator on the machine more than the world', async () => {
    const here = await http.inject({ url: '/healthz', remoteAddress: '127.0.0.1' });
    expect(here.json()).toEqual({ ok: true, note: 'for here' });
    const proxied = await http.inject({
      url: '/healthz',
      remoteAddress: '127.0.0.1',
      headers: { 'x-forwarded-for': '203.0.113.7' },
    });
    expect(proxied.json()).toEqual({ ok: true });
    expect((await http.inject({ url: '/healthz', remoteAddress: '203.0.113.7' })).json()).toEqual({
      ok: true,
    });
  });
});
