import { nextTick, reactive, ref } from 'vue';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import { deliveryWords } from '@kernel/client/delivery-words';
import { connectionLost, quotaExceeded, steady } from '@kernel/client/steady';
import { makeTexts } from '@kernel/client/texts';
import { useActor } from '@kernel/client/use-actor';
import { useCommand } from '@kernel/client/use-command';
import { useDelivery } from '@kernel/client/use-delivery';
import { useDraft } from '@kernel/client/use-draft';
import { useList } from '@kernel/client/use-list';
import { useMeasures } from '@kernel/client/use-measures';
import { useOutbox } from '@kernel/client/use-outbox';
import { useRecord } from '@kernel/client/use-record';
import { useRecords } from '@kernel/client/use-records';
import { Browser, until } from './browser';
import { FakeServer } from './fake-server';
import { edit, note, write } from './notes-registry';

async function lin(): Promise<Browser> {
  const server = new FakeServer();
  server.person('lin', ['red', 'blue']);
  server.person('mei', ['red']);
  const b = new Browser(server);
  await b.loads();
  await b.app.sessions.signIn('lin', 'right');
  await b.app.device.person.value!.sync.now();
  return b;
}

describe('a screen', () => {
  test('sees an act at once as pending and later as delivered', async () => {
    const b = await lin();
    const { list, command, delivery, actor, outbox } = b.uses(() => ({
      list: useList(note, 'team:red'),
      command: useCommand(write),
      delivery: useDelivery(),
      actor: useActor(),
      outbox: useOutbox(),
    }));
    await until(() => actor.value !== undefined && list.value !== undefined, 'first answers');
    expect(actor.value!.tags).toContain('team:red');
    expect(list.value).toEqual([]);
    const sending = command.send(reactive({ team: 'red', text: '早' }));
    expect(command.busy.value).toBe(true);
    // A second tap of the same thumb.
    expect(command.send({ team: 'red', text: '早' })).toBe(sending);
    const kept = await sending;
    expect(command.busy.value).toBe(false);
    await until(() => list.value?.length === 1, 'the note is listed');
    expect(list.value![0]).toMatchObject({ body: { text: '早' }, pending: true });
    await until(() => delivery.value.waiting === 1, 'it is counted');
    expect(delivery.value.words).toBe('已存本机，1 条待上传');
    await b.app.device.person.value!.sync.now();
    await until(() => list.value?.[0]?.pending === false, 'it is confirmed');
    await until(() => delivery.value.words === '全部已送达', 'the line says so');
    expect(outbox.entries.value).toMatchObject([{ id: !isRefusal(kept) && kept.id, state: 'accepted' }]);
  });

  test('follows its question and ignores answers to the one before', async () => {
    const b = await lin();
    b.server.store([
      { kind: note.kind, id: 'r', body: { team: 'red', author: 'mei', text: '红', edits: 0 } },
      { kind: note.kind, id: 'b', body: { team: 'blue', author: 'mei', text: '蓝', edits: 0 } },
    ]);
    await b.app.device.person.value!.sync.now();
    const team = ref<'red' | 'blue' | undefined>('red');
    const id = ref('r');
    const { list, one, many, sums } = b.uses(() => ({
      list: useList(note, () => (team.value ? `team:${team.value}` : undefined)),
      one: useRecord(note, id),
      many: useRecords(note, ['b', 'none', 'r']),
      sums: useMeasures(() => ({ scope: 'school/red', from: '2026-11-23', to: '2026-11-23' })),
    }));
    expect(one.value).toBeUndefined();
    await until(() => list.value?.[0]?.id === 'r' && one.value?.id === 'r', 'red');
    await until(() => many.value !== undefined, 'many');
    expect(many.value!.map((r) => r.id)).toEqual(['b', 'r']);
    await until(() => sums.value?.length === 1, 'measures');
    team.value = 'blue';
    id.value = 'b';
    expect(one.value).toBeUndefined();
    expect(list.value?.[0]?.id).toBe('r');
    await until(() => list.value?.[0]?.id === 'b' && one.value?.id === 'b', 'blue');
    id.value = 'none';
    await until(() => one.value === null, 'absent');
    team.value = undefined;
    await until(() => list.value?.length === 0, 'no question, no rows');
  });

  test('shows nothing of one person to the next, and stops when it is left', async () => {
    const b = await lin();
    const list = b.uses(() => useList(note, null));
    await b.app.device.person.value!.outbox.enqueue(write, { team: 'blue', text: '林的' });
    await until(() => list.value?.length === 1, 'listed');
    await b.app.sessions.signIn('mei', 'right');
    await nextTick();
    expect(list.value ?? []).toEqual([]);
    b.leavesScreen();
    await b.app.device.person.value!.sync.now();
    await b.app.device.person.value!.outbox.enqueue(write, { team: 'red', text: '梅的' });
    await new Promise((done) => setTimeout(done, 50));
    expect(list.value ?? []).toEqual([]);
  });
});

describe('a draft', () => {
  test('comes back after the page died, and goes only when cleared', async () => {
    const b = await lin();
    const first = b.uses(() => useDraft('homework', () => ({ text: '' })));
    await until(() => first.ready.value, 'loaded');
    first.draft.value.text = '写到一半';
    await until(() => first.savedAt.value !== null, 'saved by itself');
    await b.loads();
    const second = b.uses(() => useDraft('homework', () => ({ text: '' })));
    await until(() => second.ready.value, 'loaded again');
    expect(second.draft.value).toEqual({ text: '写到一半' });
    await second.clear();
    expect(second.draft.value).toEqual({ text: '' });
    expect(await b.app.device.person.value!.db.drafts.count()).toBe(0);
  });

  test('is kept when the screen is left in mid-word, each under its own key', async () => {
    const b = await lin();
    const key = ref('a');
    const { draft, ready } = b.uses(() => useDraft(key, () => ''));
    await until(() => ready.value, 'loaded');
    draft.value = '甲';
    key.value = 'b';
    await nextTick();
    await until(() => ready.value && draft.value === '', 'the other one');
    draft.value = '乙';
    b.leavesScreen();
    const { db } = b.app.device.person.value!;
    for (let i = 0; i < 50 && (await db.drafts.count()) < 2; i++)
      await new Promise((done) => setTimeout(done, 5));
    expect((await db.drafts.toArray()).map((d) => [d.key, d.json])).toEqual([
      ['a', '甲'],
      ['b', '乙'],
    ]);
  });

  test('loses no word to a slow database', async () => {
    const b = await lin();
    await b.app.device.person.value!.db.drafts.put({ key: 'k', json: '旧', updatedAt: 1 });
    const { draft, ready } = b.uses(() => useDraft('k', () => ''));
    draft.value = '新';
    await until(() => ready.value, 'loaded');
    expect(draft.value).toBe('新');
  });
});

describe('a lost connection to IndexedDB', () => {
  test('is opened again once and the work is done', async () => {
    const b = await lin();
    const { db } = b.app.device.person.value!;
    let calls = 0;
    const read = (): Promise<unknown> => {
      if (++calls === 1)
        throw Object.assign(new Error('Connection to Indexed Database server lost. Refresh'), {
          name: 'UnknownError',
        });
      return db.read('device');
    };
    expect(await steady(db, read)).toMatch(/^[0-9a-f-]+$/);
    expect(calls).toBe(2);
    await expect(
      steady(db, () => Promise.reject(Object.assign(new Error('no'), { name: 'UnknownError' }))),
    ).rejects.toThrow('no');
  });

  test('is opened once, however many were waiting for it', async () => {
    const opens: string[] = [];
    const db = {
      close: () => void opens.push('close'),
      open: () => new Promise<void>((done) => setTimeout(() => (opens.push('open'), done()), 5)),
    };
    const once = (delay: number) => {
      let calls = 0;
      return steady(db, async () => {
        if (++calls > 1) return 'done';
        await new Promise((done) => setTimeout(done, delay));
        throw Object.assign(new Error('gone'), { name: 'InvalidStateError' });
      });
    };
    // The last one notices after the others have already had it opened.
    expect(await Promise.all([once(0), once(1), once(2), once(20)])).toEqual([
      'done',
      'done',
      'done',
      'done',
    ]);
    expect(opens).toEqual(['close', 'open']);
  });

  test('is told apart from a full phone, however deep it hides', () => {
    expect(connectionLost({ name: 'AbortError', inner: { name: 'InvalidStateError' } })).toBe(true);
    expect(connectionLost(new Error('own mistake'))).toBe(false);
    expect(quotaExceeded({ name: 'AbortError', inner: { name: 'QuotaExceededError' } })).toBe(true);
  });

  test('does not lose an act that is being kept', async () => {
    const b = await lin();
    const { db, outbox } = b.app.device.person.value!;
    db.close({ disableAutoOpen: true });
    expect(await outbox.enqueue(write, { team: 'red', text: '早' })).toMatchObject({ kept: true });
    expect(await outbox.unsent()).toBe(1);
  });
});

describe('words', () => {
  test.each([
    [{}, '全部已送达', 'calm'],
    [{ waiting: 2 }, '已存本机，2 条待上传', 'waiting'],
    [{ attention: 1 }, '1 条需要处理', 'attention'],
    [{ attention: 1, waiting: 2 }, '1 条需要处理，2 条待上传', 'attention'],
    [{ online: false }, '离线，可照常使用', 'calm'],
    [{ online: false, waiting: 2 }, '离线，已存本机，2 条待上传', 'waiting'],
    [{ phase: 'signedOut' as const, waiting: 1 }, '已存本机，1 条待上传，请重新登录', 'attention'],
    [{ phase: 'failing' as const }, '暂时连不上，可照常使用', 'calm'],
    [{ fetched: false }, '正在取您的资料', 'waiting'],
    [{ unkept: 1, waiting: 2 }, '1 条还没存下，请先别关闭', 'attention'],
    [{ waiting: 2, days: 2 }, '已存本机，2 条待上传', 'waiting'],
    [{ waiting: 2, days: 3 }, '2 条待上传，最早的已等了 3 天', 'attention'],
    [{ waiting: 2, days: 9, online: false }, '离线，2 条待上传，最早的已等了 9 天', 'attention'],
    [{ waiting: 2, phase: 'readOnly' as const }, '服务器暂时只能看，2 条存在本机，会自动再送', 'waiting'],
    [{ phase: 'readOnly' as const }, '全部已送达', 'calm'],
    [{ waiting: 2, phase: 'forbidden' as const }, '已存本机，2 条待上传，学校服务器暂不接收', 'attention'],
  ])('of the delivery line for %j', (facts, words, tone) => {
    const all = { waiting: 0, attention: 0, online: true, phase: 'ok' as const, fetched: true, ...facts };
    expect(deliveryWords(all)).toEqual({ words, tone });
  });

  test('exist for every refusal, even one that nobody has written words for', () => {
    const texts = makeTexts([
      {
        texts: {
          refusals: { 'notes.noChair': (d) => ({ title: `${String(d.team)}没有座位`, kept: '', todo: '' }) },
          commands: { [write.name]: (a: { text: string }) => `写 ${a.text}` },
        },
      },
    ]);
    expect(texts.refusal('notes.noChair', { team: '红队' }).title).toBe('红队没有座位');
    expect(texts.refusal('kernel.notAllowed').title).toContain('权限');
    expect(texts.refusal('notes.unheardOf').todo).not.toBe('');
    expect(texts.command(write.name, { text: '早' })).toBe('写 早');
    expect(texts.command(write.name, null)).toBe('一项操作');
    expect(texts.command(edit.name, {})).toBe('一项操作');
  });
});
