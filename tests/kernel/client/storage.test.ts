import { afterEach, describe, expect, test } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import { listRows } from '@kernel/client/row';
import { sendNow } from '@kernel/client/send-now';
import { FakeServer } from './fake-server';
import { note, write } from './notes-registry';
import type { PhoneParts } from './phone';
import { Phone, json } from './phone';
import { faults, mended, smallDisk } from './storage-faults';

afterEach(mended);

async function lin(parts: PhoneParts = {}): Promise<{ server: FakeServer; lin: Phone }> {
  const server = new FakeServer();
  server.person('lin', ['red']);
  const phone = await new Phone(server, 'lin', { patienceMs: 300, ...parts }).starts();
  await phone.open.sync.now();
  return { server, lin: phone };
}
const early = { team: 'red', text: '早' };

describe('“已存本机” is said', () => {
  test('only of what was committed with strict durability (rule 39)', async () => {
    const { lin: phone } = await lin();
    faults.seen = [];
    const commits: string[] = [];
    faults.strike = (call) => {
      if (call.what === 'commit') commits.push('commit');
      return null;
    };
    await phone.does(write, early);
    commits.push('said');
    const writing = faults.seen.filter((tx) => tx.mode === 'readwrite');
    expect(writing.some((tx) => tx._scope.has('outbox'))).toBe(true);
    expect(writing.map((tx) => tx.durability)).toEqual(writing.map(() => 'strict'));
    expect(commits).toEqual(['commit', 'said']);
  });

  test('never of a write whose transaction failed after it (Dexie#840)', async () => {
    const { lin: phone } = await lin();
    faults.strike = ({ what, stores }) =>
      what === 'commit' && stores?.includes('outbox') ? 'QuotaExceededError' : null;
    expect(await phone.does(write, early)).toMatchObject({
      code: 'kernel.notKept',
      details: { reason: 'full' },
    });
    mended();
    expect(await phone.states()).toEqual([]);
    expect(await listRows(phone.open.db, note, null)).toEqual([]);
  });

  test.each(['transaction', 'request', 'commit'] as const)(
    'or not within five seconds, when a %s never ends',
    async (what) => {
      const { lin: phone } = await lin();
      let struck = false;
      faults.strike = (call) => {
        const here =
          call.what === what && call.mode === 'readwrite' && call.stores?.includes('outbox') === true;
        struck ||= here;
        return here ? 'stuck' : null;
      };
      const began = performance.now();
      const outcome = await phone.does(write, early);
      expect(performance.now() - began).toBeLessThan(2_000);
      expect(outcome).toMatchObject({ code: 'kernel.notKept', details: { reason: 'slow' } });
      expect(struck).toBe(true);
      expect(phone.open.outbox.unkept.list).toMatchObject([{ name: write.name, args: early, why: 'slow' }]);
      // Called off, so nothing of it comes back later behind the person's back.
      mended();
      await new Promise((done) => setTimeout(done, 20));
      expect(await phone.states()).toEqual([]);
    },
  );
});

describe('what could not be kept', () => {
  test('stays in memory, is kept by a second try, and is done once', async () => {
    const { server, lin: phone } = await lin();
    faults.strike = ({ what }) => (what === 'transaction' ? 'connectionLost' : null);
    const outcome = await phone.does(write, early);
    expect(outcome).toMatchObject({ code: 'kernel.notKept', details: { reason: 'lost' } });
    const [act] = phone.open.outbox.unkept.list;
    expect(act).toMatchObject({ name: write.name, args: early });
    expect(await phone.open.outbox.keepAgain(act!.id)).toMatchObject({ refused: true });
    mended();
    expect(await phone.open.outbox.keepAgain(act!.id)).toEqual({ kept: true, id: act!.id });
    expect(phone.open.outbox.unkept.list).toEqual([]);
    await phone.open.sync.now();
    expect(server.log).toHaveLength(1);
  });

  test('is the same act when the person taps the form’s own button again', async () => {
    const { server, lin: phone } = await lin();
    faults.strike = ({ what }) => (what === 'transaction' ? 'UnknownError' : null);
    await phone.does(write, early);
    mended();
    expect(await phone.does(write, early)).toMatchObject({ kept: true });
    expect(phone.open.outbox.unkept.list).toEqual([]);
    // And a third time is another act.
    expect(await phone.does(write, early)).toMatchObject({ kept: true });
    await phone.open.sync.now();
    expect(server.log).toHaveLength(2);
  });

  test('and was committed after all, too late to be called off, is found and not done twice', async () => {
    const { server, lin: phone } = await lin();
    let held: (() => void) | null = null;
    faults.seen = [];
    faults.strike = (call) => {
      if (call.what !== 'commit' || !call.stores?.includes('outbox') || held) return null;
      held = () => undefined;
      return 'stuck';
    };
    const outcome = phone.does(write, early);
    await new Promise((done) => setTimeout(done, 50));
    const tx = faults.seen!.find((t) => t.mode === 'readwrite' && t._scope.has('outbox'))!;
    // From here on it cannot be called back.
    const { abort } = tx as unknown as { abort(): void };
    (tx as unknown as { abort(): void }).abort = () => {
      throw new DOMException('too late', 'InvalidStateError');
    };
    expect(await outcome).toMatchObject({ code: 'kernel.notKept' });
    expect(phone.open.outbox.unkept.list).toHaveLength(1);
    (tx as unknown as { abort(): void }).abort = abort;
    tx._start();
    await new Promise((done) => setTimeout(done, 50));
    expect(await phone.states()).toEqual(['waiting']);
    expect(await phone.does(write, early)).toMatchObject({ kept: true });
    await phone.open.sync.now();
    expect(server.log).toHaveLength(1);
  });

  test('is given up only when the person says so', async () => {
    const { lin: phone } = await lin();
    faults.strike = ({ what }) => (what === 'transaction' ? 'UnknownError' : null);
    await phone.does(write, early);
    await phone.open.outbox.prune().catch(() => undefined);
    await phone.open.sync.now();
    expect(phone.open.outbox.unkept.list).toHaveLength(1);
    await phone.open.outbox.discard(phone.open.outbox.unkept.list[0]!.id);
    expect(phone.open.outbox.unkept.list).toEqual([]);
  });
});

describe('sent straight to the server', () => {
  async function unkept() {
    const { server, lin: phone } = await lin();
    faults.strike = ({ what }) => (what === 'transaction' ? 'UnknownError' : null);
    await phone.does(write, early);
    return { server, phone, id: phone.open.outbox.unkept.list[0]!.id };
  }

  test('it has arrived when the answer names it', async () => {
    const { server, phone, id } = await unkept();
    expect(await sendNow(phone.open, id)).toMatchObject({ id, outcome: 'accepted' });
    expect(phone.open.outbox.unkept.list).toEqual([]);
    expect(server.applied(id)).toMatchObject({ outcome: 'accepted' });
    expect(phone.requests.at(-1)).toMatchObject({ person: 'lin', commands: [{ id, seq: 1 }] });
  });

  test.each(['portal', 'portalJson', 'foreignIds', 'serverError', 'requestLost', 'ackLost'] as const)(
    'a %s is no such answer: it stays, and a later try does it once',
    async (weather) => {
      const { server, phone, id } = await unkept();
      phone.weather = weather;
      expect(isRefusal(await sendNow(phone.open, id))).toBe(true);
      expect(phone.open.outbox.unkept.list).toHaveLength(1);
      mended();
      expect(await phone.open.outbox.keepAgain(id)).toMatchObject({ kept: true });
      await phone.open.sync.now();
      expect(server.log).toHaveLength(1);
      expect(await phone.states()).toEqual(['accepted']);
    },
  );

  test('nobody else’s session takes it', async () => {
    const { server, phone, id } = await unkept();
    phone.cookie = null;
    expect(await sendNow(phone.open, id)).toMatchObject({ code: 'kernel.signedOut' });
    phone.fetch = async () => json(200, null);
    expect(phone.open.outbox.unkept.list).toHaveLength(1);
    expect(server.log).toHaveLength(0);
  });
});

describe('a full phone', () => {
  const long = (n: number) => ({ team: 'red', text: `${n} ${'长'.repeat(2_000)}` });

  test('gives its reserve back, so that words still find room (B2)', async () => {
    const { server, lin: phone } = await lin({ reserveBytes: 60_000 });
    expect(await phone.open.reserve.fill()).toBe(true);
    smallDisk(100_000);
    const outcomes: boolean[] = [];
    for (let n = 0; n < 12; n++) outcomes.push(!isRefusal(await phone.does(write, long(n))));
    // Each takes about 8 KB: without the reserve five of them would find room.
    expect(outcomes.filter(Boolean).length).toBeGreaterThan(8);
    const firstNo = outcomes.indexOf(false);
    expect(outcomes.slice(0, firstNo < 0 ? undefined : firstNo)).not.toContain(false);
    expect(phone.open.outbox.unkept.list).toHaveLength(outcomes.filter((kept) => !kept).length);
    mended();
    for (const { id } of [...phone.open.outbox.unkept.list]) await phone.open.outbox.keepAgain(id);
    await phone.open.sync.now();
    expect(server.log).toHaveLength(12);
  });

  test('without a reserve says so, clearly and at once', async () => {
    const { lin: phone } = await lin({ reserveBytes: 0 });
    smallDisk(20_000);
    const outcomes = [];
    for (let n = 0; n < 4; n++) outcomes.push(await phone.does(write, long(n)));
    expect(outcomes.filter(isRefusal)).toMatchObject([
      { code: 'kernel.notKept', details: { reason: 'full' } },
      {},
    ]);
  });

  test('still learns what became of its own work when there is no room for the school’s', async () => {
    const { server, lin: phone } = await lin({ reserveBytes: 0 });
    await phone.does(write, early);
    for (let i = 0; i < 20; i++)
      server.store([
        {
          kind: note.kind,
          id: `n${i}`,
          body: { team: 'red', author: 'mei', text: '长'.repeat(2_000), edits: 0 },
        },
      ]);
    const cursor = await phone.open.db.read('cursor');
    smallDisk(30_000);
    expect(await phone.open.sync.now()).toBe('failing');
    expect(await phone.states()).toEqual(['accepted']);
    expect(await phone.open.db.read('cursor')).toBe(cursor);
    expect(phone.troubles.at(-1)).toBe('full');
    mended();
    expect(await phone.open.sync.now()).toBe('ok');
    expect(await phone.shows()).toEqual(server.projection('lin'));
    expect(phone.troubles.at(-1)).toBeNull();
  });
});
