import type { CDPSession, Page } from 'playwright-core';
import type { PhoneWork } from './children/ours';
import { longTiers, strangeTiers } from './children/long-texts';
import type { Pushed, Written } from './page/push';
import { interleave, spread, words } from './lib/ab';
import type { Bench, BenchContext } from './lib/bench';
import { openBrowser } from './lib/browser';
import { Child } from './lib/child';
import { countingWire, type CountingWire } from './lib/counting';
import { openDatabases } from './lib/databases';
import { bundlePage } from './lib/page';
import type { BenchGlobal } from './lib/ten-thousand';

const ROUNDS = 3;
const COMMANDS = 1_000;
const FIRST_DAY = '2026-08-30';
/** As in the measurements of the peers: 4× slower than this machine, 750 kbit/s up, 1.6 Mbit/s down, 150 ms. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const SLOWDOWN = 4;

interface Run extends Pushed {
  readonly up: number;
  readonly down: number;
}

/** A phone that was offline for long comes back on one bar: a thousand commands of 1 KB. */
export const push: Bench = {
  names: ['push.1000.slow4g.ms', 'push.1000.slow4g.ratio'],
  async run(context) {
    const bundled = await bundlePage();
    const databases = await openDatabases('sqlite');
    const [ours, bare] = [Child.start(context.bundle.file('ours')), Child.start(context.bundle.file('bare'))];
    const places = [await databases.fresh(), await databases.fresh()];
    const wires: CountingWire[] = [];
    try {
      const open = async (server: Child, i: number): Promise<CountingWire> => {
        const { port } = await server.ask<{ port: number }>('open', {
          ...places[i]!.place,
          clientFolder: bundled.folder,
          sizes: null,
        });
        wires.push(await countingWire(port));
        return wires[i]!;
      };
      const [toOurs, toBare] = [await open(ours, 0), await open(bare, 1)];
      await ours.ask('found', { count: 1, day: FIRST_DAY, withDean: false, alone: true });
      await measure(context, ours, toOurs, toBare);
    } finally {
      for (const wire of wires) await wire.close();
      await Promise.all([ours.stop(), bare.stop()]);
      for (const place of places) await place.drop();
      await databases.close();
      bundled.remove();
    }
  },
};

async function measure(
  context: BenchContext,
  ours: Child,
  toOurs: CountingWire,
  toBare: CountingWire,
): Promise<void> {
  let fortnight = 0;
  /** A new profile and a new fortnight each time: what was assigned stays assigned. */
  const our = async (slowdown: number, tiers = longTiers): Promise<Run> => {
    const day = dayAfter(FIRST_DAY, 14 * fortnight++);
    const [work] = await ours.ask<PhoneWork[]>('window', { day });
    if (!work) throw new Error('nobody has anything to write');
    return onPhone(toOurs, work.cookie, slowdown, {
      fill: async (page) => {
        const session = await page.evaluate(async () => (await fetch('/api/session')).json() as never);
        await page.evaluate(([s, w]) => (globalThis as unknown as BenchGlobal).bench.fill(s, w), [
          session,
          writtenOf(work, tiers),
        ] as const);
      },
      push: (page) => page.evaluate(() => (globalThis as unknown as BenchGlobal).bench.push()),
    });
  };
  let work: readonly Written[] | undefined;
  const floor = async (): Promise<Run> => {
    const [w] = work ? [] : await ours.ask<PhoneWork[]>('window', { day: FIRST_DAY });
    work ??= writtenOf(w!, longTiers);
    return onPhone(toBare, null, SLOWDOWN, {
      fill: (page) =>
        page.evaluate((all) => (globalThis as unknown as BenchGlobal).bench.floorFill(all), work!),
      push: (page) => page.evaluate(() => (globalThis as unknown as BenchGlobal).bench.floorPush()),
    });
  };
  const runs = await interleave({ rounds: ROUNDS, warmUp: 0 }, { floor, ours: () => our(SLOWDOWN) });
  const strange = await our(SLOWDOWN, strangeTiers);
  const quick = await our(1);
  const accepted = spread(runs.ours.map((r) => r.accepted));
  const one = runs.ours[0]!;
  const bytes = (r: Run): string => `${r.up.toLocaleString('en')} up, ${r.down.toLocaleString('en')} down`;
  context.report({
    name: 'push.1000.slow4g.ms',
    value: accepted.median,
    unit: 'ms',
    goal: { most: 4_000 },
    detail: {
      'until all are known to be accepted, ms': words(accepted),
      'until all they changed is back, ms': words(spread(runs.ours.map((r) => r.quiet))),
      'bytes on the wire': bytes(one),
      requests: one.requests,
      'no phrase ever written twice': `${Math.round(strange.accepted)} ms, ${bytes(strange)}`,
      'CPU not slowed': `${Math.round(quick.accepted)} ms, all back ${Math.round(quick.quiet)} ms`,
    },
  });
  const ratio = spread(runs.ours.map((r, i) => r.accepted / runs.floor[i]!.accepted));
  context.report({
    name: 'push.1000.slow4g.ratio',
    value: ratio.median,
    unit: '×',
    goal: null,
    detail: {
      'floor (Dexie outbox, 100 a push, not packed), ms': words(spread(runs.floor.map((r) => r.accepted))),
      'its bytes': `${bytes(runs.floor[0]!)}, ${runs.floor[0]!.requests} requests`,
    },
  });
}

async function onPhone(
  wire: CountingWire,
  cookie: string | null,
  slowdown: number,
  act: { fill(page: Page): Promise<void>; push(page: Page): Promise<Pushed> },
): Promise<Run> {
  const origin = `http://127.0.0.1:${wire.port}`;
  const browser = await openBrowser({ origin, cookie });
  try {
    const page = await browser.context.newPage();
    await page.goto(origin);
    await page.waitForFunction(() => 'bench' in globalThis);
    await act.fill(page);
    await slow(await browser.context.newCDPSession(page), slowdown);
    const before = { up: wire.up(), down: wire.down() };
    const pushed = await act.push(page);
    return { ...pushed, up: wire.up() - before.up, down: wire.down() - before.down };
  } finally {
    await browser.close();
  }
}

async function slow(cdp: CDPSession, slowdown: number): Promise<void> {
  await cdp.send('Network.enable');
  await cdp.send('Network.emulateNetworkConditions', SLOW_4G);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
}

/** Everything that stands on the boards for two weeks, and then the first ones again, better: a thousand acts. */
function writtenOf(work: PhoneWork, tiers: typeof longTiers): Written[] {
  const assigned: Written[] = work.commands
    .slice(0, COMMANDS)
    .map((c, i) => ({ name: c.name, args: { ...(c.args as object), tiers: tiers(i) }, of: null }));
  const again = Array.from({ length: COMMANDS - assigned.length }, (_, i): Written => {
    const args = { round: 1, form: 'written', tiers: tiers(COMMANDS + i) };
    return { name: 'homework.v1.revise', args, of: i };
  });
  return [...assigned, ...again];
}

const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
