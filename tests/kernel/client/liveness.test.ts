import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Sync } from '@kernel/client/sync';
import type { Dice } from './dice';
import { firstWrong, runs } from './dice';
import { FakeServer } from './fake-server';
import { write } from './notes-registry';
import type { PhoneParts } from './phone';
import { Phone, json } from './phone';
import { faults, mended } from './storage-faults';

/** reliability.md S10: 2,000 runs, tier C. */
const COUNT = runs('QING_LIVENESS', 60);

/** One step of simulated time, ms, and how often the event loop turns in it: the phone's storage works in real turns. */
const TICK_MS = 500;
const TURNS = 12;
const { setImmediate: turn } = globalThis;

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterAll(() => vi.useRealTimers());
afterEach(mended);

/**
 * out: nothing leaves · in: nothing comes back · both · halfOpen: the socket neither answers nor breaks, and cannot be aborted ·
 * endless: an answer whose body never ends · portal: somebody else answers · busy: our server asks for patience
 */
type Line = 'good' | 'out' | 'in' | 'both' | 'halfOpen' | 'endless' | 'portal' | 'busy';
const LINES: readonly Line[] = ['good', 'out', 'in', 'both', 'halfOpen', 'endless', 'portal', 'busy'];

async function passes(lin: Phone, ms: number): Promise<void> {
  for (let t = 0; t < ms; t += TICK_MS) {
    lin.clock.passes(TICK_MS);
    await vi.advanceTimersByTimeAsync(TICK_MS);
    for (let i = 0; i < TURNS; i++) await new Promise((done) => turn(done));
  }
}

/** Lets time pass until the promise has settled, at most so much of it. */
async function settles(lin: Phone, promise: Promise<unknown>, mostMs: number): Promise<boolean> {
  let settled = false;
  void promise.finally(() => (settled = true));
  for (let t = 0; t < mostMs && !settled; t += TICK_MS) await passes(lin, TICK_MS);
  return settled;
}

const never = new Promise<never>(() => undefined);
/** Aborted when the caller has given up, as a browser does it. */
const cut = (init: RequestInit): Promise<never> =>
  new Promise((_, no) =>
    init.signal?.addEventListener('abort', () => no(new DOMException('', 'AbortError'))),
  );

/** Two minutes of a bad network, then a good one and nothing that tells of it: no event, no tap. What is wrong a minute later. */
async function lived(dice: Dice, parts: PhoneParts = {}): Promise<string[]> {
  const server = new FakeServer();
  server.person('lin', ['red']);
  const lin = new Phone(server, 'lin', { live: true, ...parts });
  await settles(lin, lin.starts(), 6_000);
  const { fetch } = lin;
  let line: Line = 'good';
  lin.fetch = async (path, init) => {
    const now = line;
    if (now === 'good') return fetch(path, init);
    if (now === 'out') throw new TypeError('Failed to fetch');
    if (now === 'both') return cut(init);
    if (now === 'halfOpen') return never;
    if (now === 'portal') return new Response('<html>', { status: 200 });
    if (now === 'busy') return new Response('{}', { status: 503, headers: { 'retry-after': '7' } });
    const answer = await fetch(path, init);
    if (now === 'in') return cut(init);
    return Object.assign(json(200, null), { text: () => (answer.ok ? never : never) });
  };
  await lin.crashes();
  void lin.open.sync.now();
  await passes(lin, 5_000);

  for (let period = 0; period < 8; period++) {
    line = dice.one(LINES);
    if (dice.chance(0.2)) faults.strike = stall(dice);
    for (let n = dice.below(3); n > 0; n--) {
      const doing = lin.does(write, { team: 'red', text: `${period} ${n}` });
      if (!(await settles(lin, doing, 6_000))) return ['an act was pending for more than five seconds'];
      await passes(lin, TICK_MS * dice.below(6));
    }
    await passes(lin, 1_000 + dice.below(30) * 1_000);
    faults.strike = null;
  }
  // A storage that stopped answering is given up after a minute; that minute is not the network's.
  await passes(lin, 65_000);
  line = 'good';
  await passes(lin, 60_000);

  const wrong: string[] = [];
  let states: string[] = [];
  if (
    !(await settles(
      lin,
      lin.states().then((all) => (states = all)),
      6_000,
    ))
  )
    return ['the storage hangs'];
  if (states.some((s) => s !== 'accepted')) wrong.push(`a minute after the last fault: ${states.join()}`);
  if (lin.open.sync.status.running) wrong.push('a round is still running');
  if (new Set(server.log.map((l) => l.id)).size !== server.log.length) wrong.push('something was done twice');
  for (const id of lin.kept) if (!server.applied(id)) wrong.push(`${id} never arrived`);
  void lin.open.sync.stop();
  lin.open.db.end();
  await passes(lin, TICK_MS);
  return wrong;
}

/** Some transactions from now on neither commit nor fail. */
function stall(dice: Dice): typeof faults.strike {
  let left = 1 + dice.below(2);
  return ({ what, stores }) =>
    what === 'commit' && stores?.includes('outbox') && left-- > 0 ? 'stuck' : null;
}

describe('a phone that nobody touches', () => {
  test(
    `has delivered everything a minute after the last of any partitions (S10, ${COUNT} runs)`,
    { timeout: 3_600_000 },
    async () => {
      expect(await firstWrong(COUNT, lived)).toBeNull();
    },
  );

  const objects = { timeout: 600_000 };
  test('the suite objects when requests have no deadline', objects, async () => {
    expect(await firstWrong(60, (dice) => lived(dice, { deadlineMs: 1e9, stallMs: 1e9 }))).not.toBeNull();
  });

  test('the suite objects when a failure plans no next try', objects, async () => {
    const planted = vi
      .spyOn(Sync.prototype as unknown as { later(): void }, 'later')
      .mockImplementation(() => undefined);
    const found = await firstWrong(60, lived);
    planted.mockRestore();
    expect(found).not.toBeNull();
  });

  test('the suite objects when nobody watches a round whose storage has stopped', objects, async () => {
    expect(await firstWrong(120, (dice) => lived(dice, { stallMs: 1e9 }))).not.toBeNull();
  });
});
