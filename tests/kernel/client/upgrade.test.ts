import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { Dexie } from 'dexie';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import { PersonDb } from '@kernel/client/person-db';
import type { StorageTrouble } from '@kernel/client/trouble';
import { openInTime } from '@kernel/client/trouble';
import { useDraft } from '@kernel/client/use-draft';
import { Browser, until } from './browser';
import { FakeServer, SCHOOL } from './fake-server';
import { write } from './notes-registry';
import { mended } from './storage-faults';

const NAME = 'qing-yucai-lin';
const TABS = Number(process.env['QING_TABS'] ?? 100);

/** The next build's database: one table more, one index less. */
class NextDb extends PersonDb {
  constructor(name: string) {
    super(name);
    this.version(2).stores({
      outbox: 'seq, &id, state, createdAt',
      measures: '[name+scope+day], gen',
      extra: 'id',
    });
  }
}

let factory: IDBFactory;
beforeEach(() => {
  factory = new IDBFactory();
  Dexie.dependencies.indexedDB = factory;
  Dexie.dependencies.IDBKeyRange = IDBKeyRange;
});
afterEach(mended);

const versionOf = async (name: string): Promise<number | undefined> =>
  (await factory.databases()).find((d) => d.name === name)?.version;

describe('a newer build in another window', () => {
  test(`gets the database of ${TABS} old windows, and every draft in them is saved first (B5)`, async () => {
    const old = await Promise.all(
      Array.from({ length: TABS }, async (_, i) => {
        const db = new PersonDb(NAME);
        await db.open();
        db.beforeYield = async () => {
          await db.drafts.put({ key: `tab ${i}`, json: `写到一半 ${i}`, updatedAt: i });
          return true;
        };
        const told = vi.fn();
        db.onYielded = told;
        return { db, told };
      }),
    );
    await old[0]!.db.write('nextSeq', 7);
    const next = new NextDb(NAME);
    const began = performance.now();
    await openInTime(next, 10_000);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await next.drafts.count()).toBe(TABS);
    expect(await next.read('nextSeq')).toBe(7);
    for (const { db, told } of old) {
      expect(told).toHaveBeenCalledWith(true);
      expect(db.ended && db.yielded).toBe(true);
      await expect(db.read('nextSeq')).rejects.toMatchObject({ name: 'DatabaseClosedError' });
    }
    next.end();
  });

  test('does not wait for ever for a draft that cannot be saved, and the old window says which', async () => {
    const old = new PersonDb(NAME);
    await old.open();
    old.beforeYield = () => new Promise(() => undefined);
    const told = vi.fn();
    old.onYielded = told;
    const next = new NextDb(NAME);
    await openInTime(next, 5_000);
    expect(told).toHaveBeenCalledWith(false);
    next.end();
  });

  /** A window that hears nothing: it neither answers nor gives the database back. */
  async function frozenWindow(): Promise<IDBDatabase> {
    const made = new PersonDb(NAME);
    await made.open();
    made.end();
    return new Promise<IDBDatabase>((done) => {
      const asked = factory.open(NAME, 10);
      asked.onsuccess = () => done(asked.result);
    });
  }
  /** Chromium asks every window to give way before it says `blocked`, and a frozen one does not even hear the question. */
  function neverSaysBlocked(): void {
    const open = factory.open.bind(factory);
    factory.open = (name, version) => {
      const asked = open(name, version);
      asked.addEventListener('blocked', (event) => event.stopImmediatePropagation());
      return asked;
    };
  }

  test.each([
    ['is told', () => undefined],
    ['finds out from the list of databases', neverSaysBlocked],
  ])(
    '%s within its patience that a window stands in the way, and goes on when that one is closed',
    async (_, as) => {
      const frozen = await frozenWindow();
      as();
      const next = new NextDb(NAME);
      const began = performance.now();
      const trouble = await openInTime(next, 200).catch((error: unknown) => error as StorageTrouble);
      expect(performance.now() - began).toBeLessThan(1_000);
      expect(trouble).toMatchObject({ kind: 'blocked' });
      frozen.close();
      await (trouble as StorageTrouble).later;
      expect(await next.outbox.count()).toBe(0);
      next.end();
    },
  );

  test.each([
    ['keeps no list', undefined],
    ['does not answer', () => new Promise<never>(() => undefined)],
    ['has no older version', async () => [{ name: NAME, version: 20 }]],
  ])('is called slow, and no window is blamed, where the browser %s', async (_, databases) => {
    const frozen = await frozenWindow();
    neverSaysBlocked();
    Object.assign(factory, { databases });
    const next = new NextDb(NAME);
    const trouble = await openInTime(next, 200).catch((error: unknown) => error as StorageTrouble);
    expect(trouble).toMatchObject({ kind: 'slow' });
    frozen.close();
    await (trouble as StorageTrouble).later;
    next.end();
  });
});

describe('an older build', () => {
  async function leftByNext(): Promise<void> {
    const next = new NextDb(NAME);
    await next.open();
    await next.write('nextSeq', 3);
    next.end();
  }

  test('does not open what a newer one has written, and leaves it as it is (B9)', async () => {
    await leftByNext();
    const old = new PersonDb(NAME);
    await expect(openInTime(old, 1_000)).rejects.toMatchObject({ kind: 'newer', later: null });
    await expect(old.outbox.count()).rejects.toThrow();
    expect(await versionOf(NAME)).toBe(20);
    const next = new NextDb(NAME);
    expect(await next.read('nextSeq')).toBe(3);
    next.end();
  });

  test('would otherwise: Dexie alone opens it and adds to it', async () => {
    await leftByNext();
    const plain = new Dexie(NAME);
    plain.version(1).stores({
      records: '[kind+id], *keys, *pendingBy, gen',
      measures: '[name+scope+day], [scope+day], gen',
      outbox: 'seq, &id, state',
      drafts: 'key',
      meta: 'key',
    });
    await plain.open();
    expect(await versionOf(NAME)).toBeGreaterThan(20);
    plain.close();
  });
});

describe('a person', () => {
  const opened = async (patienceMs = 200): Promise<Browser> => {
    const server = new FakeServer();
    server.person('lin', ['red']);
    const b = new Browser(server, { patienceMs });
    await b.loads();
    await b.app.sessions.signIn('lin', 'right');
    await b.app.device.person.value!.sync.now();
    return b;
  };
  const nextBuild = (b: Browser): NextDb => {
    Dexie.dependencies.indexedDB = b.factory;
    return new NextDb(`qing-${SCHOOL}-lin`);
  };

  test('whose window was overtaken keeps what was typed and is asked to reload', async () => {
    const b = await opened();
    const { device } = b.app;
    const form = b.uses(() => useDraft('k', () => ''));
    await until(() => form.ready.value, 'loaded');
    form.draft.value = '写到一半';
    const next = nextBuild(b);
    await openInTime(next, 5_000);
    expect(device.trouble.value).toBe('yielded');
    expect(device.savedBeforeYield.value).toBe(true);
    expect((await next.drafts.get('k'))?.json).toBe('写到一半');
    // What is done in this window now is not kept, and says so at once.
    const outcome = await device.person.value!.outbox.enqueue(write, { team: 'red', text: '早' });
    expect(isRefusal(outcome) && outcome.details.reason).toBe('yielded');
    expect(device.person.value!.outbox.unkept.list).toHaveLength(1);
    expect(await device.person.value!.sync.now()).toBe('failing');
    expect(device.trouble.value).toBe('yielded');
    next.end();
  });

  test('with the older build is asked to update, and nothing is touched', async () => {
    const b = await opened();
    await b.app.device.person.value!.outbox.enqueue(write, { team: 'red', text: '早' });
    const next = nextBuild(b);
    await openInTime(next, 5_000);
    next.end();
    await b.loads();
    expect(b.app.device.trouble.value).toBe('newer');
    expect(b.app.device.person.value).toBeNull();
    expect(await b.app.sessions.signIn('lin', 'right')).toMatchObject({
      code: 'kernel.notOpened',
      details: { reason: 'newer' },
    });
    const again = nextBuild(b);
    expect(await again.outbox.toArray()).toMatchObject([{ state: 'waiting' }]);
    again.end();
  });

  test('whose phone is blocked sees why within the time, and the app goes on by itself', async () => {
    const b = await opened();
    await b.app.device.close();
    Dexie.dependencies.indexedDB = b.factory;
    // A newer window is in the middle of an upgrade that another, frozen one holds up: our open waits behind it.
    const frozen = await new Promise<IDBDatabase>((done) => {
      const asked = b.factory.open(`qing-${SCHOOL}-lin`, 10);
      asked.onsuccess = () => done(asked.result);
    });
    const upgrade = b.factory.open(`qing-${SCHOOL}-lin`, 11);
    const began = performance.now();
    await b.loads();
    expect(performance.now() - began).toBeLessThan(1_500);
    expect(b.app.device.trouble.value).toBe('slow');
    expect(b.app.device.person.value).toBeNull();
    upgrade.onupgradeneeded = () => upgrade.transaction!.abort();
    frozen.close();
    await until(() => b.app.device.person.value !== null, 'opened after all');
    expect(b.app.device.trouble.value).toBeNull();
    expect(b.app.device.state.value).toBe('in');
  });
});
