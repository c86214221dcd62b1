import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Page } from 'playwright-core';
import type { BenchPage, ListName } from './page/main';
import { interleave, spread, words } from './lib/ab';
import type { Bench, BenchContext } from './lib/bench';
import { openBrowser } from './lib/browser';
import { Child } from './lib/child';
import { openDatabases } from './lib/databases';
import { bundlePage } from './lib/page';
import { note } from './lib/report';

const RECORDS = 10_000;
const FIRST_DAY = '2026-08-30';
const PULLS = 5;
const LISTS = 25;

/** Ten thousand records come to a fresh phone, and lists are opened over them. */
export const device: Bench = {
  names: ['pull.10000.ms', 'pull.10000.ratio', 'list.open.10000.ms', 'list.open.10000.ratio', 'list.mine.10000.ms'],
  async run(context) {
    const databases = await openDatabases('sqlite');
    const data = await databases.fresh();
    const bundled = await bundlePage();
    const server = Child.start(context.bundle.file('ours'));
    try {
      await server.ask('open', { ...data.place, clientFolder: null });
      const reader = await server.ask<Reader>('live', { day: FIRST_DAY, records: RECORDS });
      note(`a school with ${reader.records} records for one reader`);
      const pages = await server.ask<string[]>('feed', reader);
      writeFloor(bundled.folder, pages);
      // Opened again, because what it serves is listed when it starts.
      const { port } = await server.ask<{ port: number }>('open', { ...data.place, clientFolder: bundled.folder });
      const origin = `http://127.0.0.1:${port}`;
      const browser = await openBrowser({ origin, cookie: reader.cookie });
      try {
        const page = await browser.context.newPage();
        page.on('pageerror', (error) => note(`page: ${error.message}`));
        await page.goto(origin);
        await page.waitForFunction(() => 'bench' in globalThis);
        await pulls(context, page, pages.length);
        if (context.wants('list.')) await lists(context, page);
      } finally {
        await browser.close();
      }
    } finally {
      await server.stop();
      bundled.remove();
      await data.drop();
      await databases.close();
    }
  },
};

export interface Reader {
  readonly school: string;
  readonly person: string;
  readonly cookie: string;
  /** Records this person may read. */
  readonly records: number;
}

/** The same pages as files, compressed as the server does it. */
function writeFloor(folder: string, pages: readonly string[]): void {
  mkdirSync(join(folder, 'floor'));
  pages.forEach((text, i) => {
    const file = join(folder, `floor/${i}.json`);
    writeFileSync(file, text);
    writeFileSync(`${file}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }));
  });
}

type Global = { bench: BenchPage };

async function pulls(context: BenchContext, page: Page, pages: number): Promise<void> {
  const runs = await interleave({
    rounds: context.wants('pull.') ? PULLS : 0,
    warmUp: 1,
    a: () => page.evaluate(() => (globalThis as unknown as Global).bench.pull()),
    b: () => page.evaluate((n) => (globalThis as unknown as Global).bench.floor(n), pages),
  });
  if (!context.wants('pull.')) return;
  const per = (r: { ms: number; records: number }): number => (r.ms * RECORDS) / r.records;
  const ours = spread(runs.a.map(per));
  const floor = spread(runs.b.map(per));
  const ratio = spread(runs.a.map((r, i) => per(r) / per(runs.b[i]!)));
  const records = `${runs.a[0]!.records} in ${pages} pages, floor ${runs.b[0]!.records}`;
  context.report({ name: 'pull.10000.ms', value: ours.median, unit: 'ms', goal: null, detail: { ms: words(ours), records } });
  context.report({
    name: 'pull.10000.ratio',
    value: ratio.median,
    unit: '×',
    goal: null,
    detail: { ratio: words(ratio), 'floor (static files, Dexie bulkPut), ms': words(floor) },
  });
}

async function lists(context: BenchContext, page: Page): Promise<void> {
  await page.evaluate(() => (globalThis as unknown as Global).bench.open());
  for (const which of ['tasks', 'mine'] as const satisfies readonly ListName[]) {
    const runs = await interleave({
      rounds: LISTS,
      warmUp: 3,
      a: () => page.evaluate((w) => (globalThis as unknown as Global).bench.list(w), which),
      b: () => page.evaluate((w) => (globalThis as unknown as Global).bench.listFloor(w), which),
    });
    const ours = spread(runs.a.map((r) => r.ms));
    const ratio = spread(runs.a.map((r, i) => r.ms / runs.b[i]!.ms));
    const detail = {
      ms: words(ours),
      'bare index query, ms': words(spread(runs.b.map((r) => r.ms))),
      ratio: words(ratio),
      rows: `${runs.a[0]!.rows}, floor ${runs.b[0]!.rows}`,
    };
    if (which === 'mine') {
      context.report({ name: 'list.mine.10000.ms', value: ours.median, unit: 'ms', goal: null, detail });
      continue;
    }
    context.report({ name: 'list.open.10000.ms', value: ours.median, unit: 'ms', goal: null, detail });
    context.report({ name: 'list.open.10000.ratio', value: ratio.median, unit: '×', goal: null });
  }
}
