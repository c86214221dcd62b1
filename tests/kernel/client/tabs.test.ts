import { afterEach, describe, expect, test } from 'vitest';
import type { OpenPerson } from '@kernel/client/open-person';
import { PersonDb } from '@kernel/client/person-db';
import { alone } from '@kernel/client/sync-lock';
import { runs } from './dice';
import { FakeLocks } from './fake-locks';
import { FakeServer } from './fake-server';
import { write } from './notes-registry';
import { Phone } from './phone';

const TABS = runs('QING_TABS', 100);
/** Instead of ten seconds. */
const LOCK_PATIENCE_MS = 60;

interface Window {
  readonly tab: OpenPerson;
  readonly locks: ReturnType<FakeLocks['page']>;
}

/** One phone with many windows, and a server that notes how many pushes are under way at once. */
async function windows(count: number, parts: { locks: boolean }) {
  const server = new FakeServer();
  server.person('lin', ['red']);
  const lin = new Phone(server, 'lin');
  await lin.starts();
  await lin.open.sync.now();
  const locks = new FakeLocks();
  const pushes = { now: 0, most: 0 };
  /** Windows whose requests never come back. */
  const deaf = new Set<number>();
  const { fetch } = lin;
  const open: Window[] = [];
  for (let i = 0; i < count; i++) {
    const page = locks.page();
    lin.fetch = async (path, init) => {
      const pushing = (init.body as string).includes('"name"');
      if (deaf.has(i)) return new Promise(() => undefined);
      if (!pushing) return fetch(path, init);
      pushes.most = Math.max(pushes.most, ++pushes.now);
      await new Promise((done) => setTimeout(done, 2));
      return fetch(path, init).finally(() => pushes.now--);
    };
    // Each window keeps the way to the server it was opened with.
    const way = lin.fetch;
    const tab = await lin.opened('lin', {
      fetch: way,
      locks: parts.locks ? page : undefined,
      lockPatienceMs: LOCK_PATIENCE_MS,
    });
    open.push({ tab, locks: page });
  }
  lin.fetch = fetch;
  return { server, lin, open, pushes, deaf };
}

async function close(open: readonly Window[]): Promise<void> {
  for (const { tab, locks } of open) {
    locks.dies();
    void tab.sync.stop();
    tab.db.end();
  }
}

const acts = async (lin: Phone, n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await lin.does(write, { team: 'red', text: `${i}` });
};

afterEach(() => {
  PersonDb.prototype.read = read;
});
const { read } = PersonDb.prototype;

describe(`${TABS} windows of one phone (B6)`, () => {
  test('push one at a time and do everything once', { timeout: 60_000 }, async () => {
    const { server, lin, open, pushes } = await windows(TABS, { locks: true });
    await acts(lin, 20);
    await Promise.all(open.map(({ tab }) => tab.sync.now()));
    expect(pushes.most).toBe(1);
    expect(server.log).toHaveLength(20);
    expect(await lin.states()).toEqual(Array(20).fill('accepted'));
    await close(open);
  });

  test('go on at once when the one that delivers is closed or crashes', { timeout: 60_000 }, async () => {
    const { server, lin, open, deaf, pushes } = await windows(TABS, { locks: true });
    await acts(lin, 5);
    deaf.add(0);
    void open[0]!.tab.sync.now();
    await until(async () => (await lin.states()).includes('sent'));
    open[0]!.locks.dies();
    await Promise.all(open.slice(1).map(({ tab }) => tab.sync.now()));
    expect(server.log).toHaveLength(5);
    expect(pushes.most).toBe(1);
    await close(open);
  });

  test('take over from a frozen one, and still push one at a time', { timeout: 60_000 }, async () => {
    const { server, lin, open, deaf, pushes } = await windows(TABS, { locks: true });
    await acts(lin, 5);
    deaf.add(0);
    void open[0]!.tab.sync.now();
    await until(async () => (await lin.states()).includes('sent'));
    const others = open.slice(1);
    // Nobody knows yet that it is frozen: it said a moment ago that it delivers.
    await Promise.all(others.map(({ tab }) => tab.sync.now()));
    expect(server.log).toHaveLength(0);
    // It has not said so again.
    lin.clock.passes(10_001);
    await Promise.all(others.map(({ tab }) => tab.sync.now()));
    expect(server.log).toHaveLength(5);
    expect(pushes.most).toBe(1);
    expect(await lin.states()).toEqual(Array(5).fill('accepted'));
    await close(open);
  });

  test(
    'the suite objects when a frozen one is got round without asking who else delivers',
    { timeout: 60_000 },
    async () => {
      PersonDb.prototype.read = async function (this: PersonDb, key: 'lease') {
        return key === 'lease' ? null : read.call(this, key);
      } as unknown as typeof read;
      const { lin, open, deaf, pushes } = await windows(20, { locks: true });
      await acts(lin, 5);
      deaf.add(0);
      void open[0]!.tab.sync.now();
      await until(async () => (await lin.states()).includes('sent'));
      await Promise.all(open.slice(1).map(({ tab }) => tab.sync.now()));
      expect(pushes.most).toBeGreaterThan(1);
      await close(open);
    },
  );

  test('do everything once also where there are no locks', { timeout: 60_000 }, async () => {
    const { server, lin, open, pushes } = await windows(TABS, { locks: false });
    await acts(lin, 20);
    await Promise.all(open.map(({ tab }) => tab.sync.now()));
    expect(pushes.most).toBeGreaterThan(1);
    expect(server.log).toHaveLength(20);
    expect(await lin.states()).toEqual(Array(20).fill('accepted'));
    expect(await lin.shows()).toEqual(server.projection('lin'));
    await close(open);
  });
});

describe('a lock', () => {
  test('that is neither given nor refused is not waited for', async () => {
    const order: string[] = [];
    const mute = { request: () => new Promise(() => undefined) } as unknown as LockManager;
    await alone(mute, 'x', async (standing) => void order.push(standing), 20);
    expect(order).toEqual(['impatient']);
  });

  test('that comes after all does not start the work a second time', async () => {
    const order: string[] = [];
    let grant: () => Promise<void> = async () => undefined;
    const late = {
      request: (_n: string, _o: unknown, work: () => Promise<void>) =>
        new Promise((done) => {
          grant = async () => done(await work());
        }),
    } as unknown as LockManager;
    await alone(late, 'x', async (standing) => void order.push(standing), 20);
    await grant();
    expect(order).toEqual(['impatient']);
  });
});

async function until(is: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await is()) return;
    await new Promise((done) => setTimeout(done, 4));
  }
  throw new Error('never');
}
