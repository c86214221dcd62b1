import { describe, expect, test } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import { listRows } from '@kernel/client/row';
import { armed } from './crash';
import { FakeServer } from './fake-server';
import { broken, bench, edit, note, sit, write } from './notes-registry';
import { Phone } from './phone';

async function school(): Promise<{ server: FakeServer; lin: Phone; mei: Phone }> {
  const server = new FakeServer();
  server.person('lin', ['red']);
  server.person('mei', ['red']);
  const lin = await new Phone(server, 'lin').starts();
  const mei = await new Phone(server, 'mei').starts();
  await lin.open.sync.now();
  await mei.open.sync.now();
  return { server, lin, mei };
}

describe('what a person does', () => {
  test('is shown at once, survives the page, and reaches the server once', async () => {
    const { server, lin } = await school();
    const kept = await lin.does(write, { team: 'red', text: '早' });
    expect(kept).toMatchObject({ kept: true });
    expect(await listRows(lin.open.db, note, 'team:red')).toMatchObject([
      { body: { text: '早' }, pending: true, seq: 0 },
    ]);
    await lin.crashes();
    expect(await lin.states()).toEqual(['waiting']);
    expect(await listRows(lin.open.db, note, 'author:lin')).toHaveLength(1);

    await lin.open.sync.now();
    expect(server.log).toHaveLength(1);
    expect(await lin.states()).toEqual(['accepted']);
    expect(await listRows(lin.open.db, note, null)).toMatchObject([
      { body: { text: '早' }, pending: false, seq: 3 },
    ]);
  });

  test('is kept whole or not at all when the page dies while keeping it', async () => {
    for (let n = 0; n < 6; n++) {
      const { lin } = await school();
      armed.left = n;
      const outcome = await lin.open.outbox.enqueue(write, { team: 'red', text: '早' });
      armed.left = null;
      await lin.crashes();
      const kept = !isRefusal(outcome);
      if (!kept) expect(outcome.code).toBe('kernel.notKept');
      expect(await lin.states()).toEqual(kept ? ['waiting'] : []);
      expect(await listRows(lin.open.db, note, null)).toHaveLength(kept ? 1 : 0);
    }
  });

  test('builds on what was done before it, without the server', async () => {
    const { server, lin } = await school();
    const first = await lin.does(write, { team: 'red', text: '一' });
    if (isRefusal(first)) throw new Error(first.code);
    await lin.does(edit, { note: first.id, text: '二' });
    await lin.does(edit, { note: first.id, text: '三' });
    expect(await listRows(lin.open.db, note, null)).toMatchObject([
      { body: { text: '三', edits: 2 }, pending: true },
    ]);
    await lin.open.sync.now();
    expect(await lin.shows()).toEqual(server.projection('lin'));
  });

  test('is refused here and not queued when the rule already says no', async () => {
    const { lin } = await school();
    await lin.does(sit, { team: 'red' });
    await lin.does(sit, { team: 'red' });
    expect(await lin.does(sit, { team: 'red' })).toMatchObject({ refused: true, code: 'notes.noChair' });
    expect(await lin.does(write, { team: 'blue', text: '早' })).toMatchObject({ code: 'kernel.notAllowed' });
    expect(await lin.does(write, { team: 'red', text: '' })).toMatchObject({ code: 'kernel.badArguments' });
    expect(await lin.does(broken, {})).toMatchObject({ code: 'kernel.defect' });
    expect(await lin.does(write, { team: 'red', text: '长'.repeat(200_000) })).toMatchObject({
      code: 'kernel.tooLarge',
    });
    expect(await lin.states()).toEqual(['waiting', 'waiting']);
    expect(await listRows(lin.open.db, bench, null)).toMatchObject([{ body: { seated: [{}, {}] } }]);
  });

  test('cannot be judged before the first sync, and says so', async () => {
    const server = new FakeServer();
    server.person('lin', ['red']);
    const lin = await new Phone(server, 'lin').starts();
    expect(await lin.does(write, { team: 'red', text: '早' })).toMatchObject({ code: 'kernel.notSynced' });
  });

  test('carries no half emoji and no NUL to the server', async () => {
    const { server, lin } = await school();
    await lin.does(write, { team: 'red', text: '好\u0000的\ud83d' });
    await lin.open.sync.now();
    expect([...server.projection('lin').values()]).toContainEqual(expect.objectContaining({ text: '好的' }));
  });

  test('is numbered per outbox from one, frozen, and stamped with the last beacon', async () => {
    const { server, lin } = await school();
    lin.clock.passes(5_000);
    await lin.does(write, { team: 'red', text: '一' });
    await lin.crashes();
    await lin.does(write, { team: 'red', text: '二' });
    await lin.open.sync.now();
    const { commands, device } = lin.requests.at(-1)!;
    expect(commands.map((c) => [c.seq, c.mono, c.beacon])).toEqual([
      [1, 5_000, `beacon-${server.now - 5_000}`],
      [2, null, `beacon-${server.now - 5_000}`],
    ]);
    expect(device).toMatch(/^[0-9a-f-]{36}$/);
    expect(lin.requests.every((r) => r.device === device)).toBe(true);
  });

  test('is judged by the time the server told, however wrong the phone is set', async () => {
    const server = new FakeServer();
    server.person('lin', ['red']);
    const lin = await new Phone(server, 'lin', {}, 3 * 24 * 3_600_000).starts();
    await lin.open.sync.now();
    await lin.does(write, { team: 'red', text: '早' });
    const [entry] = await lin.open.db.outbox.toArray();
    expect(entry).toMatchObject({ at: server.now + 3 * 24 * 3_600_000, createdAt: server.now });
  });
});

describe('what the server turned down', () => {
  async function crowded() {
    const { server, lin, mei } = await school();
    await mei.does(sit, { team: 'red' });
    await mei.does(sit, { team: 'red' });
    const mine = await lin.does(sit, { team: 'red' });
    const after = await lin.does(write, { team: 'red', text: '后来' });
    if (isRefusal(mine) || isRefusal(after)) throw new Error('not kept');
    await mei.open.sync.now();
    return { server, lin, mei, mine, after };
  }

  test('stays with its reason, loses its overlay, and lets later work pass', async () => {
    const { server, lin } = await crowded();
    await lin.open.sync.now();
    const entries = await lin.open.db.outbox.orderBy('seq').toArray();
    expect(entries).toMatchObject([
      { state: 'refused', code: 'notes.noChair', details: { team: 'red' }, closed: null },
      { state: 'accepted' },
    ]);
    expect(await lin.shows()).toEqual(server.projection('lin'));
    expect((await lin.rows()).every((r) => r.pendingBy.length === 0 && !('shown' in r))).toBe(true);
  });

  test('can be read, done again as a new act, or given up, but never by itself', async () => {
    const { server, lin, mine } = await crowded();
    await lin.open.sync.now();
    const { outbox, db } = lin.open;
    expect(await outbox.editAgain(mine.id, { team: 'red' })).toMatchObject({ code: 'notes.noChair' });
    expect(await outbox.find(mine.id)).toMatchObject({ closed: null });

    server.store([{ kind: 'notes.bench', id: 'red', body: { team: 'red', seated: [] } }]);
    await lin.open.sync.now();
    const again = await outbox.editAgain(mine.id, { team: 'red' });
    if (isRefusal(again)) throw new Error(again.code);
    expect(again.id).not.toBe(mine.id);
    expect(await outbox.find(mine.id)).toMatchObject({
      state: 'refused',
      closed: 'replaced',
      replacedBy: again.id,
    });
    expect(await outbox.editAgain(again.id, { team: 'red' })).toMatchObject({ code: 'kernel.onItsWay' });
    await outbox.discard(again.id);
    expect(await outbox.find(again.id)).toMatchObject({ state: 'waiting', closed: null });
    await lin.open.sync.now();
    expect(server.applied(again.id)).toMatchObject({ outcome: 'accepted' });
    expect(await db.outbox.count()).toBe(3);
  });

  test('is warned of before it is sent, without being held back', async () => {
    const { lin, mei } = await school();
    await mei.does(sit, { team: 'red' });
    await mei.does(sit, { team: 'red' });
    await mei.open.sync.now();
    const seen: unknown[] = [];
    // Made while the pull is under way: judged here over the old state, then again over the new one.
    lin.during = async () => {
      await lin.does(sit, { team: 'red' });
      lin.during = async () => {
        seen.push(
          (await lin.open.db.outbox.toArray())[0]?.foreseen,
          await listRows(lin.open.db, bench, null),
        );
      };
    };
    await lin.open.sync.now();
    expect(seen).toMatchObject([{ code: 'notes.noChair' }, [{ pending: false, body: { seated: [{}, {}] } }]]);
    expect(await lin.states()).toEqual(['refused']);
  });

  test('is parked when it meets a defect, and can be tried again', async () => {
    const { server, lin } = await school();
    const kept = await lin.does(write, { team: 'red', text: '早' });
    if (isRefusal(kept)) throw new Error(kept.code);
    server.defects.add(kept.id);
    await lin.does(write, { team: 'red', text: '晚' });
    await lin.open.sync.now();
    expect(await lin.states()).toEqual(['stuck', 'accepted']);
    expect(await listRows(lin.open.db, note, null)).toHaveLength(1);
    expect(await lin.open.outbox.retry(kept.id)).toMatchObject({ kept: true });
    await lin.open.sync.now();
    expect(await lin.states()).toEqual(['stuck', 'accepted', 'accepted']);
    expect(await listRows(lin.open.db, note, null)).toHaveLength(2);
  });

  test('is forgotten thirty days after it was read, and not before', async () => {
    const { lin, mine } = await crowded();
    await lin.open.sync.now();
    lin.clock.passes(40 * 24 * 3_600_000);
    await lin.open.outbox.prune();
    expect(await lin.states()).toEqual(['refused']);
    await lin.open.outbox.markRead(mine.id);
    lin.clock.passes(31 * 24 * 3_600_000);
    await lin.open.outbox.prune();
    expect(await lin.states()).toEqual([]);
  });
});
