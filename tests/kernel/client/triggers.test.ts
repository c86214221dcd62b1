import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Sync } from '@kernel/client/sync';
import { startTriggers } from '@kernel/client/sync-triggers';

class Tap {
  static readonly open = new Set<Tap>();
  onmessage: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor() {
    Tap.open.add(this);
  }
  close(): void {
    Tap.open.delete(this);
  }
}

let page: EventTarget & { visibilityState: string };
let rounds: string[];
let sync: Sync;

beforeEach(() => {
  vi.useFakeTimers();
  Tap.open.clear();
  rounds = [];
  page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('window', new EventTarget());
  vi.stubGlobal('document', page);
  vi.stubGlobal('EventSource', Tap);
  const status = { phase: 'ok' };
  sync = {
    status,
    now: async (reason = 'now') => {
      rounds.push(reason);
      return status.phase;
    },
  } as unknown as Sync;
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('every sign of life starts a round, and coming back fires one and not three', async () => {
  const wake = vi.fn(async () => undefined);
  const triggers = startTriggers(sync, wake);
  await vi.advanceTimersByTimeAsync(0);
  expect(rounds).toEqual(['now']);
  for (const name of ['online', 'pageshow', 'focus']) {
    await vi.advanceTimersByTimeAsync(2_000);
    window.dispatchEvent(new Event(name));
  }
  await vi.advanceTimersByTimeAsync(2_000);
  page.dispatchEvent(new Event('visibilitychange'));
  window.dispatchEvent(new Event('focus'));
  window.dispatchEvent(new Event('pageshow'));
  await vi.advanceTimersByTimeAsync(0);
  expect(rounds).toHaveLength(5);
  expect(wake).toHaveBeenCalledTimes(5);
  triggers.stop();
  window.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(200_000);
  expect(rounds).toHaveLength(5);
  expect(Tap.open.size).toBe(0);
});

test('a clock that was set back by a day silences none of them', async () => {
  const mono = { now: 0 };
  const triggers = startTriggers(sync, async () => undefined, { mono: () => mono.now });
  await vi.advanceTimersByTimeAsync(0);
  vi.setSystemTime(Date.now() - 24 * 3_600_000);
  mono.now += 2_000;
  window.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(0);
  expect(rounds.filter((r) => r === 'now')).toHaveLength(2);
  triggers.stop();
});

test('time alone starts one every 45 s or so, but not for a page nobody sees', async () => {
  const triggers = startTriggers(sync, async () => undefined);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(rounds.filter((r) => r === 'timer')).toHaveLength(1);
  page.visibilityState = 'hidden';
  await vi.advanceTimersByTimeAsync(300_000);
  expect(rounds.filter((r) => r === 'timer')).toHaveLength(1);
  triggers.stop();
});

test('the server’s tap starts one; when the line breaks it is dropped and only opened after a round that worked', async () => {
  const triggers = startTriggers(sync, async () => undefined);
  await vi.advanceTimersByTimeAsync(0);
  const [tap] = Tap.open;
  tap!.onmessage!();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(rounds).toContain('poke');
  tap!.onerror!();
  expect(Tap.open.size).toBe(0);
  (sync.status as { phase: string }).phase = 'failing';
  window.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(0);
  expect(Tap.open.size).toBe(0);
  (sync.status as { phase: string }).phase = 'ok';
  await vi.advanceTimersByTimeAsync(2_000);
  window.dispatchEvent(new Event('online'));
  await vi.advanceTimersByTimeAsync(0);
  expect(Tap.open.size).toBe(1);
  triggers.stop();
});
