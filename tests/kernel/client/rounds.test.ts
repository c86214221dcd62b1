import { afterEach, describe, expect, test } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import type { SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import { checkAnswer } from '@kernel/client/check-answer';
import { Dice, SEED, runs } from './dice';
import { FakeServer, problem } from './fake-server';
import { write } from './notes-registry';
import type { PhoneParts } from './phone';
import { Phone, json } from './phone';
import { faults, mended } from './storage-faults';

afterEach(mended);

async function lin(parts: PhoneParts = {}): Promise<{ server: FakeServer; lin: Phone }> {
  const server = new FakeServer();
  server.person('lin', ['red']);
  const phone = await new Phone(server, 'lin', parts).starts();
  await phone.open.sync.now();
  return { server, lin: phone };
}

describe('a round', () => {
  test('that is asked for while another one is coming to its end is not forgotten', async () => {
    const { server, lin: phone } = await lin();
    // At every single turn of the event loop in which a round may be ending.
    for (let turns = 0; turns < 60; turns += 3) {
      const before = server.log.length;
      const round = phone.open.sync.now();
      for (let i = 0; i < turns; i++) await new Promise((done) => setImmediate(done));
      await phone.does(write, { team: 'red', text: `${turns}` });
      await phone.open.sync.now('save');
      await round;
      expect(server.log.length - before, `after ${turns} turns`).toBe(1);
    }
  });

  test('whose storage does not answer is given up, and the next one works', async () => {
    const { server, lin: phone } = await lin({ stallMs: 80 });
    await phone.does(write, { team: 'red', text: '早' });
    faults.strike = ({ what, stores }) => (what === 'commit' && stores?.includes('outbox') ? 'stuck' : null);
    expect(await phone.open.sync.now()).toBe('failing');
    expect(phone.open.sync.status.running).toBe(false);
    mended();
    expect(await phone.open.sync.now()).toBe('ok');
    expect(server.log).toHaveLength(1);
    expect(await phone.states()).toEqual(['accepted']);
  });

  test('that was stopped stores nothing that comes in later', async () => {
    const { lin: phone } = await lin();
    await phone.does(write, { team: 'red', text: '早' });
    let answer = (): void => undefined;
    phone.during = () => new Promise((done) => (answer = () => done()));
    const round = phone.open.sync.now();
    await new Promise((done) => setTimeout(done, 30));
    const stopping = phone.open.sync.stop();
    const cursor = await phone.open.db.read('cursor');
    answer();
    await stopping;
    expect(await round).toBe('stopped');
    await new Promise((done) => setTimeout(done, 30));
    expect(await phone.states()).toEqual(['sent']);
    expect(await phone.open.db.read('cursor')).toBe(cursor);
  });

  test('with a server that leads in circles comes to an end', { timeout: 60_000 }, async () => {
    const { server, lin: phone } = await lin();
    let n = 0;
    phone.fetch = async (_path, init) => {
      const good = server.answer('lin', JSON.parse(init.body as string) as SyncRequest).body as SyncResponse;
      return json(200, { ...good, more: true, cursor: `place ${++n % 7}` });
    };
    await phone.crashes();
    expect(await phone.open.sync.now()).toBe('failing');
    expect(n).toBeGreaterThanOrEqual(1_000);
  });

  test('meets a 401 at any place of its queue, loses nothing, and goes on after the sign-in (N3)', async () => {
    for (let at = 0; at < 20; at++) {
      const { server, lin: phone } = await lin();
      for (let i = 0; i < 20; i++) await phone.does(write, { team: 'red', text: `${i}` });
      // One by one, so that the session can end before each of them.
      server.refuses = ({ commands }) =>
        commands.length > 1
          ? problem(413, 'kernel.tooLarge')
          : server.log.length === at && commands.length > 0
            ? problem(401, 'kernel.signedOut')
            : null;
      expect(await phone.open.sync.now()).toBe('signedOut');
      expect((await phone.states()).filter((s) => s === 'accepted')).toHaveLength(at);
      server.refuses = null;
      expect(await phone.open.sync.resume()).toBe('ok');
      expect(await phone.states()).toEqual(Array(20).fill('accepted'));
      expect(server.log).toHaveLength(20);
      await phone.open.sync.stop();
    }
  }, 120_000);
});

describe('an answer that has been tampered with (N2)', () => {
  const COUNT = runs('QING_ANSWERS', 1_000);

  /** A request with some commands, and our server's answer to it. */
  async function exchanged(): Promise<{ request: SyncRequest; text: string }> {
    const { lin: phone, server } = await lin();
    for (let i = 0; i < 4; i++) {
      const act = await phone.does(write, { team: 'red', text: `${i}` });
      if (isRefusal(act)) throw new Error('not kept');
    }
    let text = '';
    phone.fetch = async (_path, init) => {
      text = JSON.stringify(server.answer('lin', JSON.parse(init.body as string) as SyncRequest).body);
      phone.requests.push(JSON.parse(init.body as string) as SyncRequest);
      return new Response('gone', { status: 502 });
    };
    await phone.crashes();
    await phone.open.sync.now();
    return { request: phone.requests.at(-1)!, text };
  }

  const parsed = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  };
  /** Everything a portal, a proxy or a cache has been seen to do. */
  const harms: readonly ((text: string, dice: Dice) => unknown)[] = [
    (t, d) => parsed(t.slice(0, d.below(t.length))),
    () => ({ ok: true }),
    () => parsed('<html>请登录</html>'),
    (t) => ({ ...(parsed(t) as object), results: [] }),
    (t, d) => {
      const a = parsed(t) as SyncResponse;
      const results = a.results.map((r, i) =>
        i === d.below(a.results.length) ? { ...r, id: 'foreign' } : r,
      );
      return results.some((r) => r.id === 'foreign') ? { ...a, results } : null;
    },
    (t) => {
      const a = parsed(t) as SyncResponse;
      return { ...a, results: [...a.results, a.results[0]] };
    },
    (t, d) => {
      const a = { ...(parsed(t) as Record<string, unknown>) };
      delete a[
        d.one(['protocol', 'epoch', 'device', 'results', 'reset', 'changes', 'cursor', 'more', 'serverTime'])
      ];
      return a;
    },
    (t, d) => {
      const a = { ...(parsed(t) as Record<string, unknown>) };
      a[d.one(['protocol', 'results', 'changes', 'measures', 'cursor', 'more', 'serverTime', 'beacon'])] =
        d.one([null, 'x', -1, [], {}]);
      return 'results' in a && Array.isArray(a['results']) && a['results'].length > 0
        ? a
        : { results: a['results'] };
    },
    (t) => ({ ...(parsed(t) as object), protocol: 99 }),
    (t) => [parsed(t)],
    (t) => t,
  ];

  test(`counts as none, or says no more than the true one (${COUNT} answers)`, async () => {
    const { request, text } = await exchanged();
    const good = JSON.parse(text) as SyncResponse;
    expect(checkAnswer(request, good)).toMatchObject({ results: [{}, {}, {}, {}] });
    const asked = new Set(request.commands.map((c) => c.id));
    let taken = 0;
    for (let n = 0; n < COUNT; n++) {
      const dice = new Dice(SEED + n);
      const harm = dice.below(harms.length);
      const answer = checkAnswer(request, harms[harm]!(text, dice));
      if (!answer) continue;
      taken++;
      // What passes must still answer what was asked, each once, as our server did.
      expect(answer.results.length, `seed ${SEED + n}, harm ${harm}`).toBeGreaterThan(0);
      for (const result of answer.results) {
        expect(asked.has(result.id)).toBe(true);
        expect(good.results).toContainEqual(result);
      }
    }
    expect(taken).toBeLessThan(COUNT / 20);
  });
});
