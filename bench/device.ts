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
import { builtClient } from './lib/client';
import { LIST_SHOWN } from './lib/example';
import { bundlePage } from './lib/page';
import { note } from './lib/report';

const RECORDS = 10_000;
const FIRST_DAY = '2026-08-30';
const PULLS = 5;
const LISTS = 25;
const PAGES = 7;

const PULL_FIGURES = ['pull.10000.ms', 'pull.10000.ratio'];
const LIST_FIGURES = ['list.open.10000.ms', 'list.open.10000.ratio', 'list.mine.10000.ms'];

/** Ten thousand records come to a fresh phone, and lists are opened over them. */
export const device: Bench = {
  names: [...PULL_FIGURES, ...LIST_FIGURES, 'list.page.10000.ms'],
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
      const { port } = await server.ask<{ port: number }>('open', {
        ...data.place,
        clientFolder: bundled.folder,
      });
      const origin = `http://127.0.0.1:${port}`;
      const browser = await openBrowser({ origin, cookie: reader.cookie });
      try {
        const page = await browser.context.newPage();
        page.on('pageerror', (error) => note(`page: ${error.message}`));
        await page.goto(origin);
        await page.waitForFunction(() => 'bench' in globalThis);
        await pulls(context, page, pages.length);
        if (LIST_FIGURES.some(context.wants)) await lists(context, page);
      } finally {
        await browser.close();
      }
      if (context.wants('list.page.10000.ms')) await wholePage(context, server, data.place, reader);
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
    writeFileSync(
      `${file}.br`,
      brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
    );
  });
}

/** Notes when the first card came, on the page's own clock, ms, and how many there are. */
const WATCH = `
  globalThis.shown = { at: 0, cards: 0 };
  new MutationObserver(() => {
    shown.cards = document.querySelectorAll(${JSON.stringify(LIST_SHOWN)}).length;
    if (shown.at === 0 && shown.cards > 0) shown.at = performance.now();
  }).observe(document, { childList: true, subtree: true });
`;

/**
 * The real 今日 page over so many records, opened again and again without a change: from the navigation's start to the first
 * card on the screen, and what the page's thread did until it was quiet.
 */
async function wholePage(context: BenchContext, server: Child, place: object, reader: Reader): Promise<void> {
  const client = await builtClient();
  const { port } = await server.ask<{ port: number }>('open', { ...place, clientFolder: client.folder });
  const origin = `http://127.0.0.1:${port}`;
  const browser = await openBrowser({ origin, cookie: reader.cookie });
  try {
    const page = await browser.context.newPage();
    const cdp = await browser.context.newCDPSession(page);
    await cdp.send('Performance.enable');
    // As text: what tsx compiles names its functions with a helper that no page has.
    await page.addInitScript({ content: WATCH });
    const opened: { ms: number; cards: number; script: number; task: number }[] = [];
    for (let i = 0; i <= PAGES; i++) {
      await page.goto(origin);
      await page.locator(LIST_SHOWN).first().waitFor({ state: 'visible' });
      // The first visit fills the device: everything is here when the network is quiet.
      await page.waitForLoadState('networkidle').catch(() => undefined);
      await page.waitForTimeout(i === 0 ? 5_000 : 700);
      const shown = await page.evaluate(
        () => (globalThis as unknown as { shown: { at: number; cards: number } }).shown,
      );
      const { metrics } = await cdp.send('Performance.getMetrics');
      const of = (name: string): number => (metrics.find((m) => m.name === name)?.value ?? 0) * 1000;
      opened.push({
        ms: shown.at,
        cards: shown.cards,
        script: of('ScriptDuration'),
        task: of('TaskDuration'),
      });
    }
    const warm = opened.slice(1);
    const ms = spread(warm.map((o) => o.ms));
    context.report({
      name: 'list.page.10000.ms',
      value: ms.median,
      unit: 'ms',
      goal: null,
      detail: {
        'to the first card, ms': words(ms),
        'script until quiet, ms': words(spread(warm.map((o) => o.script))),
        'all main-thread work until quiet, ms': words(spread(warm.map((o) => o.task))),
        cards: warm[warm.length - 1]!.cards,
        'first visit, ms to the first card': Math.round(opened[0]!.ms),
      },
    });
  } finally {
    await browser.close();
    client.remove();
  }
}

type Global = { bench: BenchPage };

async function pulls(context: BenchContext, page: Page, pages: number): Promise<void> {
  const runs = await interleave(
    { rounds: PULL_FIGURES.some(context.wants) ? PULLS : 0, warmUp: 1 },
    {
      a: () => page.evaluate(() => (globalThis as unknown as Global).bench.pull()),
      b: () => page.evaluate((n) => (globalThis as unknown as Global).bench.floor(n), pages),
    },
  );
  if (runs.a.length === 0) return;
  const per = (r: { ms: number; records: number }): number => (r.ms * RECORDS) / r.records;
  const ours = spread(runs.a.map(per));
  const floor = spread(runs.b.map(per));
  const ratio = spread(runs.a.map((r, i) => per(r) / per(runs.b[i]!)));
  const records = `${runs.a[0]!.records} in ${pages} pages, floor ${runs.b[0]!.records}`;
  context.report({
    name: 'pull.10000.ms',
    value: ours.median,
    unit: 'ms',
    goal: null,
    detail: {
      ms: words(ours),
      'of it waiting for answers, ms': words(spread(runs.a.map((r) => r.waited))),
      records,
    },
  });
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
    const runs = await interleave(
      { rounds: LISTS, warmUp: 3 },
      {
        a: () => page.evaluate((w) => (globalThis as unknown as Global).bench.list(w), which),
        b: () => page.evaluate((w) => (globalThis as unknown as Global).bench.listFloor(w), which),
      },
    );
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
