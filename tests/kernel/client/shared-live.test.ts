import { effectScope, nextTick, ref } from 'vue';
import { describe, expect, test, vi } from 'vitest';
import type { RecordRow } from '@kernel/client/person-db';
import type { KeyQuestion } from '@kernel/client/row';
import { listRows } from '@kernel/client/row';
import { useShared } from '@kernel/client/shared-live';
import { useList } from '@kernel/client/use-list';
import { useTurnedDown } from '@kernel/client/use-turned-down';
import { Browser, until } from './browser';
import { FakeServer } from './fake-server';
import { note, write } from './notes-registry';

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
const dbOf = (b: Browser) => b.app.device.person.value!.db;

describe('a question that many cards ask', () => {
  test('is asked once for all of them, again after a change, and no more when the last one leaves', async () => {
    const b = await lin();
    let asked = 0;
    const ask = (name = 'count') =>
      useShared(
        () => name,
        () => (db) => {
          asked++;
          return db.outbox.count();
        },
      );
    const cards = [effectScope(), effectScope(), effectScope()];
    const values = cards.map((scope) => scope.run(() => ask())!);
    await until(() => values.every((v) => v.value === 0), 'all have the answer');
    expect(asked).toBe(1);
    // Who comes later has it at once.
    const late = effectScope();
    expect(late.run(() => ask())!.value).toBe(0);
    expect(asked).toBe(1);

    await b.app.device.person.value!.outbox.enqueue(write, { team: 'red', text: '早' });
    await until(() => values.every((v) => v.value === 1), 'all hear of the change');
    const before = asked;
    for (const scope of [cards[0]!, cards[1]!, late]) scope.stop();
    await b.app.device.person.value!.outbox.enqueue(write, { team: 'red', text: '午' });
    await until(() => values[2]!.value === 2, 'the one that is left hears of it');
    expect(values[0]!.value).toBe(1);
    expect(asked).toBeGreaterThan(before);

    cards[2]!.stop();
    const end = asked;
    await b.app.device.person.value!.outbox.enqueue(write, { team: 'red', text: '晚' });
    await new Promise((done) => setTimeout(done, 50));
    expect(asked).toBe(end);
    // Asked anew by whoever comes then.
    const again = effectScope().run(() => ask())!;
    await until(() => again.value === 3, 'a new answer');
  });

  test('keeps the last answer on the screen until the next one is known, and shows nobody another’s', async () => {
    const b = await lin();
    const name = ref<string | null>('a');
    const value = b.uses(() =>
      useShared(
        () => name.value,
        (n) => async (db) => {
          await db.outbox.count();
          return `answer ${n}`;
        },
      ),
    );
    const seen: unknown[] = [];
    await until(() => value.value === 'answer a', 'the first');
    name.value = 'b';
    await nextTick();
    seen.push(value.value);
    await until(() => value.value === 'answer b', 'the second');
    expect(seen).toEqual(['answer a']);
    name.value = null;
    await nextTick();
    expect(value.value).toBe('answer b');
    await b.app.sessions.signOut();
    await nextTick();
    expect(value.value).toBeUndefined();
  });

  test('of the same kind and word is the same question for every list', async () => {
    const b = await lin();
    await b.app.device.person.value!.outbox.enqueue(write, { team: 'red', text: '早' });
    const reads = vi.spyOn(dbOf(b).records, 'where');
    // New but equal arrays are the same question.
    const lists = b.uses(() => [1, 2, 3].map(() => useList(note, () => ['team:red'])));
    const other = b.uses(() => useList(note, 'team:blue'));
    await until(() => lists.every((l) => l.value?.length === 1) && other.value?.length === 0, 'all lists');
    expect(reads).toHaveBeenCalledTimes(2);
  });
});

describe('what a list finds', () => {
  test('by a word, any of several, or all in between, is what a look at every record finds', async () => {
    const b = await lin();
    const db = dbOf(b);
    const days = ['2026-11-19', '2026-11-20', '2026-11-23', '2026-11-24'];
    const rows = Array.from({ length: 60 }, (_, i): RecordRow => {
      const words = [`day:${days[i % 4]!}`, `team:${i % 3}`, `author:a|${days[(i * 7) % 4]!}`];
      return {
        ...{ kind: note.kind, id: `n${String(i).padStart(2, '0')}`, version: 1, seq: i, body: { i }, gen: 1 },
        ...{ keys: [note.kind, ...words.map((w) => `${note.kind}/${w}`)], pendingBy: [] },
      };
    });
    await db.records.bulkPut(rows);
    const naive = (test: (word: string) => boolean): string[] =>
      rows
        .filter((r) => r.keys.some((k) => k !== note.kind && test(k.slice(note.kind.length + 1))))
        .map((r) => r.id);
    const found = async (key: KeyQuestion) => (await listRows(db, note, key)).map((r) => r.id);
    expect(await found('team:1')).toEqual(naive((w) => w === 'team:1'));
    const several = [`day:${days[0]!}`, 'team:2', 'team:2', 'nothing'];
    expect(await found(several)).toEqual(naive((w) => several.includes(w)));
    const span = { from: `author:a|${days[1]!}`, to: `author:a|${days[2]!}` };
    expect(await found(span)).toEqual(naive((w) => w >= span.from && w <= span.to));
    expect(await found({ from: `day:${days[2]!}`, to: 'day:9' })).toEqual(
      naive((w) => w >= `day:${days[2]!}` && w <= 'day:9'),
    );
    expect((await found(null)).length).toBe(60);
    expect(await found([])).toEqual([]);
  });
});

test('what was turned down and not dealt with is found without the rest of the queue, newest first', async () => {
  const b = await lin();
  const { outbox, db } = b.app.device.person.value!;
  for (let i = 0; i < 6; i++) await outbox.enqueue(write, { team: 'red', text: `${i}` });
  const entries = await db.outbox.orderBy('seq').toArray();
  const states = ['accepted', 'refused', 'stuck', 'refused', 'waiting', 'sent'] as const;
  await db.outbox.bulkPut(
    entries.map((e, i) => ({ ...e, state: states[i]!, closed: i === 3 ? 'read' : null })),
  );
  const found = b.uses(() => useTurnedDown());
  await until(() => found.value.length === 2, 'both');
  expect(found.value.map((e) => e.seq)).toEqual([3, 2]);
});
