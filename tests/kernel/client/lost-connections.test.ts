import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import { Outbox } from '@kernel/client/outbox';
import { steady } from '@kernel/client/steady';
import { UnkeptActs } from '@kernel/client/unkept';
import type { Dice } from './dice';
import { firstWrong, runs } from './dice';
import { FakeServer } from './fake-server';
import { hasty } from './hasty';
import { write } from './notes-registry';
import { Phone } from './phone';
import type { Call, Fault } from './storage-faults';
import { faults, mended } from './storage-faults';

/** reliability.md B3: 500 injections, tier F. */
const COUNT = runs('QING_FAULTS', 500);
/** A second of this suite, whose clock runs twenty times as fast. */
const PATIENCE_MS = 20_000;

let unhurried = (): void => undefined;
beforeAll(() => {
  unhurried = hasty(20);
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterAll(() => {
  unhurried();
  vi.restoreAllMocks();
});
afterEach(mended);

/** One phone whose storage fails somewhere, so many times in a row; what is wrong afterwards. */
async function injected(dice: Dice): Promise<string[]> {
  const server = new FakeServer();
  server.person('lin', ['red']);
  const lin = await new Phone(server, 'lin', { patienceMs: PATIENCE_MS }).starts();
  await lin.open.sync.now();
  const wrong: string[] = [];
  const texts: string[] = [];

  const where = dice.one<Call['what']>(['open', 'transaction', 'transaction', 'request', 'commit']);
  const fault = dice.one<Fault>(['connectionLost', 'UnknownError', 'InvalidStateError']);
  let wait = dice.below(14);
  let times = 1 + dice.below(12);
  faults.strike = ({ what }) => {
    // A database that was lost has to be opened again: from then on opening can fail too.
    if (what !== where && !(what === 'open' && dice.chance(0.3))) return null;
    if (wait-- > 0 || times <= 0) return null;
    times--;
    return fault;
  };
  for (let n = 0; n < 4; n++) {
    const text = `${n}`;
    texts.push(text);
    const began = performance.now();
    const outcome = await lin.open.outbox.enqueue(write, { team: 'red', text });
    if (performance.now() - began > PATIENCE_MS) wrong.push(`${text} was pending too long`);
    if (!isRefusal(outcome)) lin.kept.push(outcome.id);
    else if (outcome.code !== 'kernel.notKept') wrong.push(`${text} was refused with ${outcome.code}`);
    if (dice.chance(0.4)) await lin.open.sync.now();
  }
  mended();

  // What the person was told: kept ones are in the database, the others in this page's memory, and each is somewhere once.
  const memory = lin.open.outbox.unkept.list.map((u) => u.id);
  const stored = (await steady(lin.open.db, () => lin.open.db.outbox.toArray())).map((e) => e.id);
  for (const id of lin.kept) if (!stored.includes(id)) wrong.push(`${id} was called kept and is not there`);
  for (const id of memory) if (lin.kept.includes(id)) wrong.push(`${id} was called kept and not kept`);
  for (const id of memory) await lin.open.outbox.keepAgain(id);
  // The page is opened anew: only what is in the database counts now.
  await lin.crashes();
  for (let round = 0; round < 3; round++) await lin.open.sync.now();
  const arrived = server.log.map((l) => (JSON.parse(l.argsText) as { text: string }).text).sort();
  if (arrived.join() !== texts.join()) wrong.push(`did ${texts.join()}, arrived ${arrived.join()}`);
  const states = await lin.states();
  if (states.some((s) => s !== 'accepted')) wrong.push(`left over: ${states.join()}`);
  await lin.open.sync.stop();
  lin.open.db.end();
  return wrong;
}

describe('an IndexedDB connection that is lost anywhere, for any number of calls', () => {
  test(`costs no word and does nothing twice (${COUNT} injections)`, { timeout: 600_000 }, async () => {
    expect(await firstWrong(COUNT, injected)).toBeNull();
  });

  test.each([
    ['and the connection with it is tried again', false, 2],
    ['and the connection still stands is left alone: somebody called it off', true, 1],
  ])('a transaction that was aborted %s', async (_, open, tries) => {
    let state = true;
    let n = 0;
    // As in Chromium: first the abort, and a moment later the news that the connection is gone.
    const db = {
      isOpen: () => state,
      close: () => void (state = false),
      open: async () => void (state = true),
    };
    const work = async (): Promise<number> => {
      if (++n > 1) return n;
      setTimeout(() => (state = open));
      throw new DOMException('The transaction was aborted', 'AbortError');
    };
    const done = steady(db, work).catch((error: Error) => error.name);
    expect(await done).toBe(open ? 'AbortError' : 2);
    expect(n).toBe(tries);
    expect(state).toBe(true);
  });

  test('the suite objects when a failure is called kept', { timeout: 120_000 }, async () => {
    const planted = vi
      .spyOn(Outbox.prototype as unknown as { notKept(act: { id: string }): unknown }, 'notKept')
      .mockImplementation(({ id }) => ({ kept: true, id }));
    const found = await firstWrong(100, injected);
    planted.mockRestore();
    expect(found).not.toBeNull();
  });

  test('the suite objects when the words are not kept in memory', { timeout: 120_000 }, async () => {
    const planted = vi.spyOn(UnkeptActs.prototype, 'add').mockImplementation(() => undefined);
    const found = await firstWrong(100, injected);
    planted.mockRestore();
    expect(found).not.toBeNull();
  });
});
