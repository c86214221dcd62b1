import { describe, expect, test } from 'vitest';
import { SPARE_PREFIX } from '@kernel/shared/spare';
import { useDraft } from '@kernel/client/use-draft';
import { useStorageNews } from '@kernel/client/use-storage-news';
import { FakeCaches } from '../../support/fake-caches';
import { Browser, until } from './browser';
import { FakeServer, problem } from './fake-server';
import { write } from './notes-registry';

/** Decision 0019: Chromium throws the whole IndexedDB away when it finds it damaged, and leaves the rest. */
async function phone(caches = new FakeCaches()): Promise<{ b: Browser; caches: FakeCaches }> {
  const server = new FakeServer();
  server.person('lin', ['red']);
  server.person('mei', ['red']);
  const b = new Browser(server, { caches: caches.storage });
  await b.loads();
  await b.app.sessions.signIn('lin', 'right');
  await open(b).sync.now();
  return { b, caches };
}
const open = (b: Browser) => b.app.device.person.value!;
const says = (b: Browser, text: string) => open(b).outbox.enqueue(write, { team: 'red', text });
const textsOf = (b: Browser) =>
  open(b).db.outbox.toArray((all) => all.map((e) => [(e.args as { text: string }).text, e.state]));
const texts = (server: FakeServer): unknown[] =>
  [...server.records.values()].flatMap((r) => (r.body as { text?: string }).text ?? []).sort();
const spared = (caches: FakeCaches): number => caches.count(SPARE_PREFIX);
const shuts = (b: Browser): void => void (b.server.refuses = () => problem(503, 'gone'));
const opensAgain = (b: Browser): void => void (b.server.refuses = null);

describe('an IndexedDB that was thrown away', () => {
  test('costs no act that was kept: all are delivered, once, and the person is told', async () => {
    const { b, caches } = await phone();
    await says(b, '送达了的');
    await open(b).sync.now();
    shuts(b);
    for (const text of ['一', '二', '三']) await says(b, text);
    b.emptied();
    await b.loads();
    expect(await textsOf(b)).toEqual([
      ['一', 'waiting'],
      ['二', 'waiting'],
      ['三', 'waiting'],
    ]);
    const { news } = b.uses(useStorageNews);
    await until(() => news.value !== null, 'told');
    expect(news.value).toMatchObject({ evicted: true, restored: { count: 3 } });
    opensAgain(b);
    await open(b).sync.resume();
    expect(texts(b.server)).toEqual(['一', '三', '二', '送达了的'].sort());
    // And nothing is left to come back a second time.
    await until(() => spared(caches) === 0, 'delivered');
    b.emptied();
    await b.loads();
    expect(await textsOf(b)).toEqual([]);
  });

  test('costs them without the second place: the control', async () => {
    const { b, caches } = await phone();
    shuts(b);
    caches.broken = true;
    expect(await says(b, '一')).toMatchObject({ kept: true });
    b.emptied();
    await b.loads();
    expect(await textsOf(b)).toEqual([]);
  });

  test('delivers what the server already has under its old id, once', async () => {
    const { b } = await phone();
    // Arrived, and the phone died before it heard.
    await says(b, '一');
    const mine = (await open(b).db.outbox.toArray())[0]!;
    const spare = open(b).spare;
    await open(b).sync.now();
    expect(texts(b.server)).toEqual(['一']);
    await spare.keepAct('x', mine);
    b.emptied();
    await b.loads();
    expect(await textsOf(b)).toEqual([['一', 'waiting']]);
    await open(b).sync.now();
    expect(await textsOf(b)).toEqual([['一', 'accepted']]);
    expect(texts(b.server)).toEqual(['一']);
  });

  test('says nothing of other phones’ work that is the very work it found again', async () => {
    const { b, caches } = await phone();
    for (let i = 0; i < 3; i++) await says(b, `${i}`);
    // One gets through, and with it that two are to come.
    b.server.refuses = ({ commands }) =>
      b.server.log.length > 0
        ? problem(503, 'gone')
        : commands.length > 1
          ? problem(413, 'kernel.tooLarge')
          : null;
    await open(b).sync.now();
    opensAgain(b);
    expect([...b.server.told.values()]).toMatchObject([{ count: 2 }]);
    await until(() => spared(caches) === 2, 'the delivered one is let go');
    b.emptied();
    await b.loads();
    const { news } = b.uses(useStorageNews);
    await until(() => news.value?.asked === true, 'asked');
    expect(news.value).toMatchObject({ held: [], restored: { count: 2 } });
  });

  test('gives back what was half written, and not what was thrown away on purpose', async () => {
    const { b } = await phone();
    const form = b.uses(() => useDraft('k', () => ''));
    const other = b.uses(() => useDraft('gone', () => ''));
    await until(() => form.ready.value && other.ready.value, 'ready');
    form.draft.value = '写了一半';
    other.draft.value = '不要了';
    await form.keep();
    await other.keep();
    await other.clear();
    b.leavesScreen();
    b.emptied();
    await b.loads();
    const again = b.uses(() => useDraft('k', () => ''));
    const empty = b.uses(() => useDraft('gone', () => ''));
    await until(() => again.ready.value && empty.ready.value, 'ready again');
    expect([again.draft.value, empty.draft.value]).toEqual(['写了一半', '']);
  });

  test('shows its owner on the sign-in page of a phone that remembers nobody', async () => {
    const { b } = await phone();
    shuts(b);
    await says(b, '一');
    b.emptied();
    b.cookie = null;
    await b.loads();
    expect(b.app.device.state.value).toBe('nobody');
    expect(await b.app.sessions.known()).toMatchObject([{ person: 'lin', account: 'lin', unsent: 1 }]);
    // Somebody else's sign-in neither sends nor sees nor removes it.
    await b.app.sessions.signIn('mei', 'right');
    opensAgain(b);
    await open(b).sync.resume();
    expect(await textsOf(b)).toEqual([]);
    expect(texts(b.server)).toEqual([]);
    await b.app.sessions.signOut();
    await b.app.sessions.signIn('lin', 'right');
    await open(b).sync.now();
    expect(texts(b.server)).toEqual(['一']);
  });
});

describe('the second place', () => {
  test('holds what the server does not have, and what was turned down and not dealt with, and no more', async () => {
    const { b, caches } = await phone();
    await says(b, '好的');
    await open(b).sync.now();
    await until(() => spared(caches) === 0, 'delivered');
    const bad = await says(b, '不行的');
    b.server.defects.add((bad as { id: string }).id);
    await open(b).sync.now();
    expect(await textsOf(b)).toEqual([
      ['好的', 'accepted'],
      ['不行的', 'stuck'],
    ]);
    await new Promise((done) => setTimeout(done, 20));
    expect(spared(caches)).toBe(1);
    await open(b).outbox.markRead((await open(b).db.outbox.toArray())[1]!.id);
    await b.loads();
    await until(() => spared(caches) === 0, 'read');
  });

  test('that is damaged, or refuses, harms nothing', async () => {
    const { b, caches } = await phone();
    shuts(b);
    await says(b, '一');
    caches.spoil();
    await b.loads();
    expect(await textsOf(b)).toEqual([['一', 'waiting']]);
    b.emptied();
    await b.loads();
    expect(await textsOf(b)).toEqual([]);
    opensAgain(b);
    await open(b).sync.resume();
    caches.broken = true;
    expect(await says(b, '二')).toMatchObject({ kept: true });
    await open(b).sync.now();
    expect(texts(b.server)).toEqual(['二']);
  });
});
