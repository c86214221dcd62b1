import { describe, expect, test } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import { Browser } from './browser';
import { FakeServer } from './fake-server';
import { note, write } from './notes-registry';
import { listRows } from '@kernel/client/row';

async function browser(): Promise<Browser> {
  const server = new FakeServer();
  server.person('lin', ['red']);
  server.person('mei', ['red']);
  const b = new Browser(server);
  await b.loads();
  return b;
}

describe('signing in', () => {
  test('opens that person’s copy and syncs; a wrong password says so and opens nothing', async () => {
    const b = await browser();
    expect(b.app.device.state.value).toBe('nobody');
    expect(await b.app.sessions.signIn('lin', 'wrong')).toMatchObject({ code: 'kernel.wrongPassword' });
    expect(b.app.device.person.value).toBeNull();
    expect(await b.app.sessions.signIn('lin', 'right')).toMatchObject({ person: { id: 'lin' } });
    expect(b.app.device.state.value).toBe('in');
    expect(await b.app.device.person.value!.sync.now()).toBe('ok');
  });

  test('is remembered: the app opens for the same person without a network', async () => {
    const b = await browser();
    await b.app.sessions.signIn('lin', 'right');
    await b.app.device.person.value!.sync.now();
    b.online = false;
    const { device, sessions } = await b.loads();
    expect(device.state.value).toBe('in');
    expect(await device.person.value!.outbox.enqueue(write, { team: 'red', text: '离线' })).toMatchObject({
      kept: true,
    });
    expect(await sessions.signIn('lin', 'right')).toMatchObject({ code: 'kernel.offline' });
  });

  test('by the example’s door needs no password', async () => {
    const b = await browser();
    expect(await b.app.sessions.enter('/api/example', { person: 'mei' })).toMatchObject({
      person: { id: 'mei' },
    });
  });
});

describe('a session that ended on the server', () => {
  test('leaves the copy and the queue open; the same person’s sign-in sends it', async () => {
    const b = await browser();
    await b.app.sessions.signIn('lin', 'right');
    await b.app.device.person.value!.sync.now();
    await b.app.device.person.value!.outbox.enqueue(write, { team: 'red', text: '早' });
    b.cookie = null;
    const { device, sessions } = await b.loads();
    await device.person.value!.sync.now();
    expect(device.state.value).toBe('out');
    expect(await device.person.value!.outbox.unsent()).toBe(1);
    expect(await listRows(device.person.value!.db, note, null)).toHaveLength(1);

    await sessions.signIn('lin', 'right');
    expect(device.state.value).toBe('in');
    await device.person.value!.sync.now();
    expect(b.server.log).toHaveLength(1);
  });
});

describe('signing out', () => {
  test('clears what could be read and keeps what was written', async () => {
    const b = await browser();
    await b.app.sessions.signIn('lin', 'right');
    const lin = b.app.device.person.value!;
    await lin.sync.now();
    await lin.db.drafts.put({ key: 'x', json: '半篇', updatedAt: 0 });
    await lin.outbox.enqueue(write, { team: 'red', text: '没送' });
    await b.app.sessions.signOut();
    expect(b.app.device.person.value).toBeNull();
    expect(b.app.device.state.value).toBe('nobody');
    expect(await b.app.sessions.known()).toMatchObject([{ person: 'lin', unsent: 1 }]);

    await b.app.sessions.signIn('mei', 'right');
    await b.app.device.person.value!.sync.now();
    expect(await b.app.device.person.value!.outbox.unsent()).toBe(0);
    expect(b.server.log).toHaveLength(0);

    await b.app.sessions.signIn('lin', 'right');
    const again = b.app.device.person.value!;
    expect(await again.db.records.count()).toBe(0);
    expect(await again.db.drafts.get('x')).toMatchObject({ json: '半篇' });
    await again.sync.now();
    expect(b.server.log).toMatchObject([{ person: 'lin', result: { outcome: 'accepted' } }]);
    expect(await listRows(again.db, note, null)).toHaveLength(1);
  });

  test('without a network is told to the server later, and the cookie does not bring anybody back', async () => {
    const b = await browser();
    await b.app.sessions.signIn('lin', 'right');
    b.online = false;
    await b.app.sessions.signOut();
    b.online = true;
    expect(b.cookie).toBe('lin');
    await b.loads();
    expect(b.app.device.state.value).toBe('nobody');
    expect(b.cookie).toBeNull();
  });
});

test('a command of nobody is a refusal with words, not a crash', async () => {
  const b = await browser();
  const { useCommand } = await import('@kernel/client/use-command');
  const outcome = await b.uses(() => useCommand(write)).send({ team: 'red', text: '早' });
  expect(isRefusal(outcome) && outcome.code).toBe('kernel.signedOut');
});
