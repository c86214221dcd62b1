import { describe, expect, test } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import { useStorageNews } from '@kernel/client/use-storage-news';
import { listRows } from '@kernel/client/row';
import { Browser, until } from './browser';
import { FakeServer, problem } from './fake-server';
import { note, write } from './notes-registry';
import { json } from './phone';

/** reliability.md B4: a browser emptied between two openings. */
async function phone(server = new FakeServer()): Promise<Browser> {
  if (server.records.size === 0) {
    server.person('lin', ['red']);
    server.person('mei', ['red']);
  }
  const b = new Browser(server);
  await b.loads();
  return b;
}
const open = (b: Browser) => b.app.device.person.value!;

/** A phone that is in the middle of delivering: the server knows how much is still to come. */
async function halfDelivered(): Promise<Browser> {
  const b = await phone();
  await b.app.sessions.signIn('lin', 'right');
  await open(b).sync.now();
  for (let i = 0; i < 3; i++) await open(b).outbox.enqueue(write, { team: 'red', text: `${i}` });
  // One at a time, and after the first the network is gone.
  b.server.refuses = ({ commands }) =>
    b.server.log.length > 0
      ? problem(503, 'gone')
      : commands.length > 1
        ? problem(413, 'kernel.tooLarge')
        : null;
  await open(b).sync.now();
  b.server.refuses = null;
  expect([...b.server.told.values()]).toMatchObject([{ person: 'lin', count: 2 }]);
  return b;
}

describe('a browser that has been emptied', () => {
  test('fetches everything again and says what it cannot bring back', async () => {
    const b = await phone();
    await b.app.sessions.signIn('lin', 'right');
    await open(b).sync.now();
    await open(b).outbox.enqueue(write, { team: 'red', text: '送达' });
    await open(b).sync.now();
    expect(b.uses(useStorageNews).news.value).toBeNull();
    b.emptied();
    await b.loads();
    expect(b.app.device.state.value).toBe('in');
    const { news, dismiss } = b.uses(useStorageNews);
    await until(() => news.value !== null, 'told');
    expect(news.value).toMatchObject({ evicted: true, held: [] });
    await open(b).sync.now();
    expect(await listRows(open(b).db, note, null)).toHaveLength(1);
    await dismiss();
    await until(() => news.value === null, 'read');
    await b.loads();
    expect(await open(b).db.read('news')).toBeNull();
  });

  test('is told how much had not been delivered when the server last heard of it', async () => {
    const b = await halfDelivered();
    const before = [...b.server.told.values()].at(-1)!;
    expect(before.count).toBeGreaterThan(0);
    b.emptied();
    await b.loads();
    const { news } = b.uses(useStorageNews);
    await until(() => (news.value?.held.length ?? 0) > 0, 'told');
    expect(news.value).toMatchObject({
      evicted: true,
      held: [{ count: before.count, oldest: before.oldest }],
    });
  });

  test('is not mistaken for one that was signed out, or for a first visit', async () => {
    const b = await phone();
    await b.app.sessions.signIn('lin', 'right');
    await b.app.sessions.signOut();
    await b.loads();
    await b.app.sessions.signIn('lin', 'right');
    await b.loads();
    await open(b).sync.now();
    expect(await open(b).db.read('news')).toBeNull();
  });
});

describe('another phone of the same person', () => {
  test('says that work waits on the first one, to that person only', async () => {
    const first = await halfDelivered();
    const second = await phone(first.server);
    await second.app.sessions.signIn('lin', 'right');
    const { news } = second.uses(useStorageNews);
    await until(() => news.value !== null, 'told');
    expect(news.value).toMatchObject({ evicted: false, held: [{ count: 2 }] });

    const meis = await phone(first.server);
    await meis.app.sessions.signIn('mei', 'right');
    await until(() => meis.app.device.state.value === 'in', 'in');
    await new Promise((done) => setTimeout(done, 30));
    expect(await open(meis).db.read('news')).toBeNull();
  });

  test('asks again when the question could not be asked', async () => {
    const first = await halfDelivered();
    const second = await phone(first.server);
    const { fetch } = second;
    let asked = 0;
    Object.assign(second, {
      fetch: async (path: string, init: RequestInit) => {
        if (path === '/api/devices' && ++asked === 1) return json(503, {});
        return fetch(path, init);
      },
    });
    await second.loads();
    expect(isRefusal(await second.app.sessions.signIn('lin', 'right'))).toBe(false);
    await until(() => asked === 1, 'asked once');
    await second.loads();
    await until(() => asked === 2, 'asked again');
    const { news } = second.uses(useStorageNews);
    await until(() => news.value !== null, 'told');
  });

  test('says nothing any more when the first one has delivered', async () => {
    const first = await halfDelivered();
    await first.loads();
    await open(first).sync.now();
    expect([...first.server.told.values()].map((t) => t.count)).toEqual([0]);
    const second = await phone(first.server);
    await second.app.sessions.signIn('lin', 'right');
    await new Promise((done) => setTimeout(done, 30));
    expect(await open(second).db.read('news')).toBeNull();
  });
});
