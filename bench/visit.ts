import type { BrowserContext } from 'playwright-core';
import type { Bench, BenchContext } from './lib/bench';
import { openBrowser } from './lib/browser';
import { countingWire } from './lib/counting';
import { exampleServer, LIST_SHOWN } from './lib/example';

const GOAL = 150_000;

/** What a first visit to the teacher's list costs: an empty cache, a session cookie, the example school. */
export const visit: Bench = {
  names: ['visit.first.bytes', 'visit.first.precache.bytes', 'visit.first.ms'],
  async run(context) {
    const example = await exampleServer(context);
    const wire = await countingWire(example.port);
    const origin = `http://127.0.0.1:${wire.port}`;
    const browser = await openBrowser({ origin, cookie: example.cookie });
    try {
      await measure(context, browser.context, origin, wire.down);
    } finally {
      await browser.close();
      await wire.close();
      await example.close();
    }
  },
};

interface Transfer {
  readonly url: string;
  readonly type: string;
  readonly bytes: number;
  readonly finished: number;
}

async function measure(
  context: BenchContext,
  browser: BrowserContext,
  origin: string,
  down: () => number,
): Promise<void> {
  const page = await browser.newPage();
  const cdp = await browser.newCDPSession(page);
  const asked = new Map<string, { url: string; type: string }>();
  const done: Transfer[] = [];
  cdp.on('Network.responseReceived', (e) => asked.set(e.requestId, { url: e.response.url, type: e.type }));
  cdp.on('Network.loadingFinished', (e) => {
    const about = asked.get(e.requestId);
    if (about?.url.startsWith(origin))
      done.push({ ...about, bytes: e.encodedDataLength, finished: performance.now() });
  });
  await cdp.send('Network.enable');

  const from = performance.now();
  await page.goto(origin, { waitUntil: 'commit' });
  await page.locator(LIST_SHOWN).first().waitFor({ state: 'visible' });
  const shown = performance.now();
  const until = done.filter((t) => t.finished <= shown);
  const bytes = sum(until);

  const worker = await page.evaluate(async () => {
    if (!('serviceWorker' in navigator)) return false;
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), 15_000));
    return (await Promise.race([navigator.serviceWorker.ready, late])) !== null;
  });
  const total = await quiet(down);

  const kinds: Record<string, number> = {};
  for (const t of until) kinds[kindOf(t)] = (kinds[kindOf(t)] ?? 0) + t.bytes;
  const largest = [...until].sort((a, b) => b.bytes - a.bytes).slice(0, 8);
  context.report({
    name: 'visit.first.bytes',
    value: bytes,
    unit: 'bytes',
    goal: { most: GOAL },
    detail: {
      ...kinds,
      requests: until.length,
      largest: largest.map((t) => `${new URL(t.url).pathname} ${t.bytes}`).join(', '),
      'page later': sum(done) - bytes,
    },
  });
  context.report({
    name: 'visit.first.precache.bytes',
    value: total - sum(done),
    unit: 'bytes',
    goal: null,
    detail: { 'service worker': worker ? 'ready' : 'none', 'all bytes on the wire': total },
  });
  context.report({
    name: 'visit.first.ms',
    value: shown - from,
    unit: 'ms',
    goal: null,
    detail: { network: 'loopback, not slowed' },
  });
}

const sum = (list: readonly Transfer[]): number => list.reduce((n, t) => n + t.bytes, 0);

function kindOf(t: Transfer): string {
  const path = new URL(t.url).pathname;
  if (path.startsWith('/api/')) return path.slice(1);
  return /\.(\w+)$/.exec(path)?.[1] ?? 'html';
}

/** The count once nothing has come for two seconds; waits 20 s at most. */
async function quiet(down: () => number): Promise<number> {
  let last = -1;
  for (let i = 0; i < 10 && down() !== last; i++) {
    last = down();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
  return down();
}
