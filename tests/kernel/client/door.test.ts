import { describe, expect, test } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import type { SyncRequest } from '@kernel/shared/protocol';
import { FRESH } from '@kernel/client/outbox';
import { call } from '@kernel/client/wire';
import type { Dice } from './dice';
import { firstWrong, runs } from './dice';
import { FakeServer, problem } from './fake-server';
import { edit, sit, write } from './notes-registry';
import { Phone, json } from './phone';

async function lin(): Promise<{ server: FakeServer; lin: Phone }> {
  const server = new FakeServer();
  server.person('lin', ['red']);
  const phone = await new Phone(server, 'lin').starts();
  await phone.open.sync.now();
  return { server, lin: phone };
}

type Answer = (request: SyncRequest) => Response | null;

/** Something between the phone and the server answers instead of it, or lets the request through (`null`). */
async function between(phone: Phone, answer: Answer): Promise<void> {
  const { fetch } = phone;
  phone.fetch = async (path, init) =>
    (path === '/api/sync' ? answer(JSON.parse(init.body as string) as SyncRequest) : null) ??
    fetch(path, init);
  await phone.crashes();
}
const say = (status: number, code: string | null, headers: Record<string, string> = {}): Response =>
  code === null
    ? new Response('<html>blocked</html>', { status, headers })
    : new Response(JSON.stringify(problem(status, code).body), { status, headers });

describe('an answer in words of the web', () => {
  test('401 pauses, but only from our own server', async () => {
    const { lin: phone } = await lin();
    await phone.does(write, { team: 'red', text: '早' });
    await between(phone, () => say(401, null));
    expect(await phone.open.sync.now()).toBe('failing');
    await between(phone, () => say(401, 'kernel.signedOut'));
    expect(await phone.open.sync.now()).toBe('signedOut');
    expect(await phone.states()).toEqual(['sent']);
  });

  test('507 from a full server: what others did is still fetched, the queue waits and goes by itself', async () => {
    const { server, lin: phone } = await lin();
    server.person('mei', ['red']);
    const mei = await new Phone(server, 'mei').starts();
    await mei.open.sync.now();
    await mei.does(write, { team: 'red', text: '她的' });
    await mei.open.sync.now();
    const { fetch } = phone;
    await phone.does(write, { team: 'red', text: '早' });
    const asked: number[] = [];
    await between(phone, (r) => {
      asked.push(r.commands.length);
      return r.commands.length > 0 ? say(507, 'kernel.readOnly', { 'retry-after': '15' }) : null;
    });
    expect(await phone.open.sync.now()).toBe('readOnly');
    expect(asked).toEqual([1, 0]);
    expect(JSON.stringify(await phone.open.db.records.toArray())).toContain('她的');
    expect(await phone.states()).toEqual(['sent']);
    expect(phone.open.sync.status.heldUntil).not.toBeNull();
    // Asked for patience: neither a poke nor a person makes it ask sooner.
    await phone.open.sync.now();
    expect(asked).toEqual([1, 0]);
    phone.fetch = fetch;
    await phone.crashes();
    expect(await phone.open.sync.now()).toBe('ok');
    expect(await phone.states()).toEqual(['accepted']);
  });

  test('403 for one act sets it aside; the others pass, and it can be done again', async () => {
    const { server, lin: phone } = await lin();
    const { fetch } = phone;
    for (let i = 0; i < 5; i++) await phone.does(write, { team: 'red', text: i === 3 ? '毒' : `${i}` });
    await between(phone, (r) =>
      JSON.stringify(r.commands).includes('毒') ? say(403, 'kernel.notAllowed') : null,
    );
    expect(await phone.open.sync.now()).toBe('ok');
    expect(await phone.states()).toEqual(['accepted', 'accepted', 'accepted', 'stuck', 'accepted']);
    const aside = (await phone.open.db.outbox.get(4))!;
    expect(aside).toMatchObject({ code: 'kernel.setAside', closed: null });
    phone.fetch = fetch;
    await phone.crashes();
    expect(await phone.open.outbox.retry(aside.id)).toMatchObject({ kept: true });
    await phone.open.sync.now();
    expect(server.log).toHaveLength(5);
  });

  test('403 for everything shuts the door and takes nothing from the phone', async () => {
    const { server, lin: phone } = await lin();
    const { fetch } = phone;
    for (let i = 0; i < 3; i++) await phone.does(write, { team: 'red', text: `${i}` });
    await between(phone, () => say(403, 'kernel.disabled'));
    expect(await phone.open.sync.now()).toBe('forbidden');
    expect((await phone.states()).every((s) => s === 'sent' || s === 'waiting')).toBe(true);
    expect(isRefusal(await phone.does(write, { team: 'red', text: '还能写' }))).toBe(false);
    phone.fetch = fetch;
    await phone.crashes();
    expect(await phone.open.sync.now()).toBe('ok');
    expect(server.log).toHaveLength(4);
  });

  test.each([
    ['our server', 'kernel.tooLarge'],
    ['a proxy that says no more', null],
  ])('413 of %s splits the push until what is left over is one act alone', async (_who, code) => {
    const { server, lin: phone } = await lin();
    for (let i = 0; i < 9; i++)
      await phone.does(write, { team: 'red', text: i === 4 ? '长'.repeat(3_000) : `${i}` });
    await between(phone, (r) => (JSON.stringify(r).length > 2_500 ? say(413, code) : null));
    expect(await phone.open.sync.now()).toBe('ok');
    expect(await phone.states()).toEqual(
      Array.from({ length: 9 }, (_, i) => (i === 4 ? 'stuck' : 'accepted')),
    );
    expect(await phone.open.db.outbox.get(5)).toMatchObject({ code: 'kernel.tooLarge' });
    expect(server.log).toHaveLength(8);
  });

  test('409 is somebody else’s session only when it says so', async () => {
    const { lin: phone } = await lin();
    await phone.does(write, { team: 'red', text: '早' });
    await between(phone, () => say(409, 'kernel.somethingElse'));
    expect(await phone.open.sync.now()).toBe('failing');
    await between(phone, () => say(409, 'kernel.otherPerson'));
    expect(await phone.open.sync.now()).toBe('otherPerson');
  });

  test.each([
    ['5', {}, 5_000],
    ['0', {}, 0],
    ['86400', {}, 300_000],
    ['Mon, 23 Nov 2026 07:06:00 GMT', { date: 'Mon, 23 Nov 2026 07:05:30 GMT' }, 30_000],
    ['Mon, 23 Nov 2026 07:06:00 GMT', {}, null],
    ['soon', {}, null],
    ['-3', {}, null],
  ])('Retry-After “%s” %j is heard as %s ms', async (text, headers, ms) => {
    const reply = await call(async () => say(503, 'kernel.busy', { 'retry-after': text, ...headers }), '/x', {
      method: 'GET',
    });
    expect(reply).toMatchObject({ kind: 'problem', retryAfterMs: ms });
  });

  test('a server that asks for patience is not asked before, not even by a tap, and the phone can say until when', async () => {
    const { server, lin: phone } = await lin();
    let asked = 0;
    await between(phone, () => {
      asked++;
      return asked === 1 ? say(503, 'kernel.busy', { 'retry-after': '60' }) : null;
    });
    await phone.does(write, { team: 'red', text: '早' });
    expect(await phone.open.sync.now()).toBe('failing');
    expect(phone.open.sync.status.heldUntil! - phone.clock.now()).toBeGreaterThanOrEqual(60_000);
    await phone.open.sync.now('save');
    expect(asked).toBe(1);
    phone.clock.passes(80_000);
    expect(await phone.open.sync.now()).toBe('ok');
    expect(phone.open.sync.status.heldUntil).toBeNull();
    expect(server.log).toHaveLength(1);
  });
});

describe('a phone that was copied (rule 12, S9)', () => {
  test('takes a new name, numbers on, and loses nothing', async () => {
    const { server, lin: phone } = await lin();
    await phone.does(write, { team: 'red', text: '一' });
    await phone.open.sync.now();
    const old = phone.requests.at(-1)!.device;
    server.cloned.add(old);
    await phone.does(write, { team: 'red', text: '二' });
    expect(await phone.open.sync.now()).toBe('ok');
    const fresh = phone.requests.at(-1)!.device;
    expect(fresh).not.toBe(old);
    await phone.does(write, { team: 'red', text: '三' });
    expect(await phone.open.sync.now()).toBe('ok');
    const under = (name: string): number[] =>
      phone.requests.filter((r) => r.device === name).flatMap((r) => r.commands.map((c) => c.seq));
    expect(under(old)).toEqual([1, 2]);
    expect(under(fresh)).toEqual([3]);
    expect(await phone.states()).toEqual(['accepted', 'accepted', 'accepted']);
    expect(server.log).toHaveLength(3);
  });

  test('is told so before its acts are taken, and sends them under the new name', async () => {
    const { server, lin: phone } = await lin();
    const old = phone.requests.at(-1)!.device;
    for (let i = 0; i < 3; i++) await phone.does(write, { team: 'red', text: `${i}` });
    await between(phone, (r) => {
      if (r.device !== old) return null;
      const empty = server.answer('lin', { ...r, commands: [] }).body as object;
      return json(200, { ...empty, device: 'cloned' });
    });
    expect(await phone.open.sync.now()).toBe('ok');
    expect(await phone.states()).toEqual(['accepted', 'accepted', 'accepted']);
    expect(server.log).toHaveLength(3);
  });

  test('does not run in circles with a server that finds every name taken', async () => {
    const { server, lin: phone } = await lin();
    await phone.does(write, { team: 'red', text: '早' });
    const before = phone.requests.length;
    await between(phone, (r) => json(200, { ...(server.answer('lin', r).body as object), device: 'cloned' }));
    expect(await phone.open.sync.now()).toBe('failing');
    expect(phone.requests.length - before).toBeLessThan(4);
    expect(await phone.states()).toEqual(['accepted']);
  });
});

describe('what stays behind on the phone is told at each contact (rule 42)', () => {
  test('when the number changes, and only then', async () => {
    const { server, lin: phone } = await lin();
    const said = (): unknown[] => phone.requests.map((r) => r.unsent?.count);
    expect(said()).toEqual([undefined]);
    // More than one push takes: put there directly, for keeping seven hundred acts is another test's matter.
    const act = { name: write.name, at: 0, mono: null, beacon: null, createdAt: server.now };
    await phone.open.db.outbox.bulkAdd(
      Array.from({ length: 700 }, (_, i) => ({
        ...FRESH,
        ...act,
        seq: i + 1,
        id: `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`,
        args: { team: 'red', text: `${i}` },
      })),
    );
    await phone.open.sync.now();
    const told = said().filter((n) => n !== undefined) as number[];
    // The last word is that nothing is left.
    expect(told.at(-1)).toBe(0);
    expect(told.length).toBe(new Set(told).size);
    expect(server.told.get(phone.requests.at(-1)!.device)).toMatchObject({ count: 0 });
    const before = phone.requests.length;
    await phone.open.sync.now();
    await phone.open.sync.now();
    expect(said().slice(before)).toEqual([undefined, undefined]);
  }, 60_000);

  test('again, when the answer to it was lost', async () => {
    const { server, lin: phone } = await lin();
    await phone.does(write, { team: 'red', text: '早' });
    await between(phone, (r) => (r.commands.length > 0 ? say(413, 'kernel.tooLarge') : null));
    await phone.open.sync.now();
    // While it was set aside the server was told of it, and then that it is no longer on its way.
    expect(phone.requests.map((r) => r.unsent?.count)).toEqual([undefined, 1, undefined, 0]);
    expect([...server.told.values()]).toMatchObject([{ count: 0 }]);
  });
});

/** Thirty ways to be poison, at any place of a queue of fifty (reliability.md S8). */
const KINDS = ['refused', 'gone', 'stuck', '400', '403', '409', '413', '422'] as const;
const QUEUE = 50;

async function poisoned(dice: Dice): Promise<string[]> {
  const server = new FakeServer();
  server.person('lin', ['red']);
  server.person('mei', ['red']);
  const phone = await new Phone(server, 'lin').starts();
  const mei = await new Phone(server, 'mei').starts();
  await phone.open.sync.now();
  await mei.open.sync.now();
  const kind = dice.one(KINDS);
  const at = dice.below(QUEUE);
  let poison = '';
  const gone = await phone.does(write, { team: 'red', text: '会没有的' });
  if (isRefusal(gone)) throw new Error('not kept');
  await phone.open.sync.now();
  for (let i = 0; i < QUEUE; i++) {
    const act =
      i !== at
        ? await phone.does(write, { team: 'red', text: `${i}` })
        : kind === 'refused'
          ? await phone.does(sit, { team: 'red' })
          : kind === 'gone'
            ? await phone.does(edit, { note: gone.id, text: '改' })
            : await phone.does(write, { team: 'red', text: '毒' });
    if (isRefusal(act)) throw new Error(act.code);
    if (i === at) poison = act.id;
  }
  if (kind === 'refused') for (let i = 0; i < 2; i++) await mei.does(sit, { team: 'red' });
  if (kind === 'gone') server.store([{ kind: 'notes.note', id: gone.id, body: null }]);
  if (kind === 'stuck') server.defects.add(poison);
  await mei.open.sync.now();
  const status = Number(kind);
  if (status > 0)
    await between(phone, (r) =>
      r.commands.some((c) => c.id === poison) ? say(status, 'kernel.badRequest') : null,
    );
  for (let round = 0; round < 2; round++) await phone.open.sync.now();

  const wrong: string[] = [];
  const entries = await phone.open.db.outbox.orderBy('seq').toArray();
  for (const e of entries)
    if (e.id === poison) {
      if (e.state !== 'refused' && e.state !== 'stuck')
        wrong.push(`the poison (${kind} at ${at}) is ${e.state}`);
      else if (!e.code || e.closed !== null)
        wrong.push(`the poison (${kind} at ${at}) is not shown with a reason`);
    } else if (e.state !== 'accepted') wrong.push(`behind ${kind} at ${at}: ${e.seq} is ${e.state}`);
  await phone.open.sync.stop();
  await mei.open.sync.stop();
  return wrong;
}

test('one bad act never holds up the forty-nine others (S8)', { timeout: 300_000 }, async () => {
  expect(await firstWrong(runs('QING_POISONS', 40), poisoned)).toBeNull();
});

test('the same id with other words is told and can be done under a new one (S6)', async () => {
  const { server, lin: phone } = await lin();
  const act = await phone.does(write, { team: 'red', text: '早' });
  if (isRefusal(act)) throw new Error('not kept');
  // Somebody edited it after a send that was believed to have been cancelled.
  const first = {
    id: act.id,
    seq: 1,
    name: write.name,
    args: { team: 'red', text: '旧' },
    at: 0,
    mono: null,
    beacon: null,
  };
  server.answer('lin', { ...phone.requests[0]!, commands: [first] });
  await phone.open.sync.now();
  expect(await phone.open.outbox.find(act.id)).toMatchObject({ state: 'refused', code: 'kernel.idReused' });
  expect(await phone.open.outbox.retry(act.id)).toMatchObject({ kept: true });
  await phone.open.sync.now();
  expect(
    [...server.projection('lin').values()]
      .map((b) => (b as { text?: string }).text)
      .filter(Boolean)
      .sort(),
  ).toEqual(['旧', '早']);
});
