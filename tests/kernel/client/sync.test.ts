import { describe, expect, test } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import { PROTOCOL } from '@kernel/shared/protocol';
import { alone } from '@kernel/client/sync-lock';
import { backoff } from '@kernel/client/backoff';
import { listRows } from '@kernel/client/row';
import { readMeasures } from '@kernel/client/use-measures';
import { call } from '@kernel/client/wire';
import { armed } from './crash';
import { FakeServer, problem } from './fake-server';
import { note, write } from './notes-registry';
import type { Weather } from './phone';
import { Phone, json } from './phone';

async function pair(): Promise<{ server: FakeServer; lin: Phone; mei: Phone }> {
  const server = new FakeServer();
  server.person('lin', ['red', 'blue']);
  server.person('mei', ['red']);
  const lin = await new Phone(server, 'lin').starts();
  const mei = await new Phone(server, 'mei').starts();
  await lin.open.sync.now();
  await mei.open.sync.now();
  return { server, lin, mei };
}

describe('an acknowledgement', () => {
  test('that is lost leads to a second delivery and one effect', async () => {
    const { server, lin } = await pair();
    await lin.does(write, { team: 'red', text: '早' });
    lin.weather = 'ackLost';
    expect(await lin.open.sync.now()).toBe('failing');
    expect(await lin.states()).toEqual(['sent']);
    expect(server.log).toHaveLength(1);
    await lin.crashes();
    expect(await lin.open.sync.now()).toBe('ok');
    expect(server.log).toHaveLength(1);
    expect(await lin.states()).toEqual(['accepted']);
    expect(await lin.shows()).toEqual(server.projection('lin'));
  });

  test.each<Weather>(['portal', 'portalJson', 'foreignIds', 'serverError', 'requestLost'])(
    'is not a %s',
    async (weather) => {
      const { lin } = await pair();
      await lin.does(write, { team: 'red', text: '早' });
      const before = await lin.open.db.read('cursor');
      lin.weather = weather;
      expect(await lin.open.sync.now()).toBe('failing');
      expect(await lin.states()).toEqual(['sent']);
      expect(await lin.open.db.read('cursor')).toBe(before);
      expect(await listRows(lin.open.db, note, null)).toHaveLength(1);
    },
  );

  test('of another protocol, or of nothing we sent, or that goes nowhere, counts as none', async () => {
    const { server, lin } = await pair();
    const good = server.answer('lin', { ...lin.requests[0]!, cursor: null }).body as object;
    const answers = [
      { ...good, protocol: PROTOCOL + 1 },
      { ...good, results: [] },
      { ...good, more: true, cursor: await lin.open.db.read('cursor') },
      { ...good, changes: 'none' },
      null,
    ];
    await lin.does(write, { team: 'red', text: '早' });
    for (const body of answers) {
      lin.fetch = async () => json(200, body);
      const tab = await lin.opened();
      expect(await tab.sync.now()).toBe('failing');
      expect(await lin.states()).toEqual(['sent']);
      tab.db.close();
    }
  });
});

describe('a phone whose session ended', () => {
  test('keeps its queue, stops asking, and goes on after the sign-in', async () => {
    const { server, lin } = await pair();
    await lin.does(write, { team: 'red', text: '早' });
    lin.cookie = null;
    expect(await lin.open.sync.now()).toBe('signedOut');
    const asked = lin.requests.length;
    await lin.open.sync.now();
    expect(lin.requests).toHaveLength(asked);
    await lin.does(write, { team: 'red', text: '还能写' });
    expect(await lin.states()).toEqual(['sent', 'waiting']);
    lin.cookie = 'lin';
    expect(await lin.open.sync.resume()).toBe('ok');
    expect(server.log).toHaveLength(2);
  });

  test('sends nothing under the name of whoever signed in after', async () => {
    const { server, lin } = await pair();
    await lin.does(write, { team: 'red', text: '早' });
    lin.cookie = 'mei';
    expect(await lin.open.sync.now()).toBe('otherPerson');
    expect(server.log).toHaveLength(0);

    const mei = await lin.opened('mei');
    await mei.sync.now();
    expect(await mei.outbox.unsent()).toBe(0);
    expect(await lin.states()).toEqual(['sent']);
    expect(server.log).toHaveLength(0);
  });
});

describe('a pull', () => {
  test('brings others’ work and numbers in pages, and takes away what is gone', async () => {
    const { server, lin, mei } = await pair();
    server.page = 2;
    const ids: string[] = [];
    for (const text of ['一', '二', '三', '四', '五']) {
      const kept = await lin.does(write, { team: 'red', text });
      if (!isRefusal(kept)) ids.push(kept.id);
    }
    await lin.open.sync.now();
    await mei.open.sync.now();
    expect(await mei.shows()).toEqual(server.projection('mei'));
    expect(await mei.measures()).toEqual(server.measureProjection('mei'));
    expect(
      await readMeasures(mei.open.db, {
        names: ['notes.notesWritten'],
        scope: ['school/red'],
        from: '2026-11-01',
        to: '2026-11-30',
      }),
    ).toEqual([{ name: 'notes.notesWritten', scope: 'school/red', day: '2026-11-23', value: 5 }]);
    server.store([{ kind: 'notes.note', id: ids[0]!, body: null }]);
    await mei.open.sync.now();
    expect(await mei.shows()).toEqual(server.projection('mei'));
  });

  test('does not let an accepted act vanish while its page is still to come', async () => {
    const { server, lin, mei } = await pair();
    for (let i = 0; i < 6; i++) await mei.does(write, { team: 'red', text: `梅 ${i}` });
    await mei.open.sync.now();
    server.page = 2;
    await lin.does(write, { team: 'red', text: '我的' });
    const counts: number[] = [];
    const watch = async (): Promise<void> => {
      counts.push((await listRows(lin.open.db, note, 'author:lin')).length);
      lin.during = watch;
    };
    lin.during = watch;
    await lin.open.sync.now();
    expect(counts.length).toBeGreaterThan(3);
    expect(new Set(counts)).toEqual(new Set([1]));
    expect(await lin.shows()).toEqual(server.projection('lin'));
  });

  test('that starts a fresh copy drops what is no longer ours and keeps the queue', async () => {
    const { server, lin } = await pair();
    await lin.does(write, { team: 'red', text: '红' });
    await lin.does(write, { team: 'blue', text: '蓝' });
    await lin.open.sync.now();
    lin.weather = 'requestLost';
    await lin.does(write, { team: 'red', text: '红二' });
    await lin.open.sync.now();
    server.person('lin', ['red']);
    server.page = 1;
    await lin.open.sync.now();
    const shown = await lin.shows();
    expect(shown).toEqual(server.projection('lin'));
    expect([...shown.values()].filter((b) => (b as { team?: string }).team === 'blue')).toEqual([]);
    expect(await lin.measures()).toEqual(server.measureProjection('lin'));
    expect(await lin.states()).toEqual(['accepted', 'accepted', 'accepted']);
  });

  test('reads bodies of an older version up', async () => {
    const { server, lin } = await pair();
    server.store([
      { kind: note.kind, id: 'old', body: { team: 'red', author: 'wang', text: '旧', edits: 0 } },
    ]);
    const stored = server.records.get(`${note.kind}\u0000old`)!;
    stored.version = 1;
    stored.body = { team: 'red', author: 'wang', text: '旧' };
    await lin.open.sync.now();
    expect(await listRows(lin.open.db, note, 'author:wang')).toMatchObject([{ body: { edits: 0 } }]);
  });

  test('is on the phone whole or not at all, wherever the page dies', async () => {
    let crashes = 0;
    for (let n = 0; n < 20; n++) {
      const { server, lin, mei } = await pair();
      await mei.does(write, { team: 'red', text: '梅' });
      await mei.open.sync.now();
      await lin.does(write, { team: 'red', text: '林' });
      const before = await lin.open.db.read('cursor');
      // Armed when the answer is on its way, so that storing it is what dies.
      lin.during = async () => void (armed.left = n);
      await lin.open.sync.now();
      const died = armed.left !== null && armed.left < 0;
      await lin.crashes();
      if (died) {
        crashes++;
        expect(await lin.open.db.read('cursor')).toBe(before);
        expect(await lin.states()).toEqual(['sent']);
      }
      await lin.open.sync.now();
      expect(await lin.shows()).toEqual(server.projection('lin'));
      expect(await lin.states()).toEqual(['accepted']);
    }
    expect(crashes).toBeGreaterThan(5);
  });
});

describe('two tabs', () => {
  test('may push the same queue at once and still do everything once', async () => {
    const { server, lin } = await pair();
    for (let i = 0; i < 5; i++) await lin.does(write, { team: 'red', text: `${i}` });
    const other = await lin.opened();
    await Promise.all([lin.open.sync.now(), other.sync.now()]);
    expect(server.log).toHaveLength(5);
    expect(await lin.states()).toEqual(Array(5).fill('accepted'));
    expect(await lin.shows()).toEqual(server.projection('lin'));
    expect((await lin.rows()).every((r) => r.pendingBy.length === 0)).toBe(true);
    other.db.close();
  });

  test('never number two commands alike', async () => {
    const { lin } = await pair();
    const other = await lin.opened();
    await Promise.all(
      [lin.open, other, lin.open, other].map((tab, i) =>
        tab.outbox.enqueue(write, { team: 'red', text: `${i}` }),
      ),
    );
    expect((await lin.open.db.outbox.toArray()).map((e) => e.seq)).toEqual([1, 2, 3, 4]);
    other.db.close();
  });

  test('wait for each other where locks exist, but not for a frozen one', async () => {
    const order: string[] = [];
    const frozen = {
      request: (_n: string, o: { signal: AbortSignal }) =>
        new Promise((_, no) => o.signal.addEventListener('abort', () => no(new Error('abort')))),
    };
    await alone(frozen as unknown as LockManager, 'x', async () => void order.push('ran'), 10);
    expect(order).toEqual(['ran']);
    const failing = { request: async (_n: string, _o: unknown, work: () => Promise<void>) => work() };
    await expect(
      alone(failing as unknown as LockManager, 'x', () => Promise.reject(new Error('own'))),
    ).rejects.toThrow('own');
  });
});

describe('the door', () => {
  test('that cannot read one command has it parked; the others pass', async () => {
    const { server, lin } = await pair();
    for (let i = 0; i < 5; i++) await lin.does(write, { team: 'red', text: i === 2 ? '毒' : `${i}` });
    const { fetch } = lin;
    const reopened = Object.assign(lin, {
      fetch: async (path: string, init: RequestInit) => {
        if (!(init.body as string).includes('毒')) return fetch(path, init);
        const { status, body } = problem(400, 'kernel.badRequest');
        return json(status, body);
      },
    });
    await reopened.crashes();
    expect(await lin.open.sync.now()).toBe('ok');
    expect(await lin.states()).toEqual(['accepted', 'accepted', 'stuck', 'accepted', 'accepted']);
    expect(await lin.open.db.outbox.get(3)).toMatchObject({ code: 'kernel.unreadable' });
    expect(await lin.shows()).toEqual(server.projection('lin'));
  });

  test('that reads nothing at all has nothing parked', async () => {
    const { lin } = await pair();
    await lin.does(write, { team: 'red', text: '一' });
    await lin.does(write, { team: 'red', text: '二' });
    lin.fetch = async () => json(400, problem(400, 'kernel.badRequest').body);
    await lin.crashes();
    expect(await lin.open.sync.now()).toBe('failing');
    expect(await lin.open.sync.now()).toBe('failing');
    expect(await lin.states()).not.toContain('stuck');
  });

  test('that asks for a newer app keeps the queue', async () => {
    const { lin } = await pair();
    await lin.does(write, { team: 'red', text: '一' });
    lin.fetch = async () => json(426, problem(426, 'kernel.upgrade').body);
    await lin.crashes();
    expect(await lin.open.sync.now()).toBe('updateNeeded');
    expect(await lin.states()).toEqual(['sent']);
  });

  test('that never answers is given up on, even when the request cannot be stopped', async () => {
    const reply = await call(() => new Promise(() => undefined), '/api/sync', {
      method: 'POST',
      deadlineMs: 20,
    });
    expect(reply).toEqual({ kind: 'lost', why: 'deadline' });
  });

  test('is asked more and more rarely, never all at once, and never before it wished', () => {
    expect(backoff(1, 0)).toBe(1_000);
    expect(backoff(1, 0.5)).toBe(1_500);
    expect(backoff(4, 0)).toBe(8_000);
    expect(backoff(99, 0.99)).toBeLessThanOrEqual(300_000);
    expect(backoff(1, 0.3, 30_000)).toBeGreaterThanOrEqual(30_000);
  });
});
