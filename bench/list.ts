import type { Page } from 'playwright-core';
import type { ListName } from './page/main';
import { interleave, spread, words } from './lib/ab';
import type { Bench, BenchContext } from './lib/bench';
import { openBrowser } from './lib/browser';
import { builtClient } from './lib/client';
import { LIST_SHOWN } from './lib/example';
import type { BenchGlobal, TenThousand } from './lib/ten-thousand';
import { openBenchPage, tenThousand } from './lib/ten-thousand';

const LISTS = 25;
const PAGES = 7;
const ENGINE = ['list.open.10000.ms', 'list.open.10000.ratio', 'list.mine.10000.ms'];
const PAGE = 'list.page.10000.ms';

/** Lists over ten thousand records on the phone: by the engine alone, and the real 今日 page. */
export const list: Bench = {
  names: [...ENGINE, PAGE],
  async run(context) {
    const school = await tenThousand(context);
    if (ENGINE.some(context.wants)) {
      const { origin } = await school.serve();
      const { page, browser } = await openBenchPage(origin, school.reader.cookie);
      try {
        await page.evaluate(() => (globalThis as unknown as BenchGlobal).bench.pull());
        await page.evaluate((n) => (globalThis as unknown as BenchGlobal).bench.floor(n), school.pages);
        await engine(context, page);
      } finally {
        await browser.close();
      }
    }
    if (context.wants(PAGE)) await wholePage(context, school);
  },
};

/** `tasks` is what 今日 asks for, `mine` what 我的作业 does: from the question to having the rows. */
async function engine(context: BenchContext, page: Page): Promise<void> {
  await page.evaluate(() => (globalThis as unknown as BenchGlobal).bench.open());
  for (const which of ['tasks', 'mine'] as const satisfies readonly ListName[]) {
    const runs = await interleave(
      { rounds: LISTS, warmUp: 3 },
      {
        ours: () => page.evaluate((w) => (globalThis as unknown as BenchGlobal).bench.list(w), which),
        floor: () => page.evaluate((w) => (globalThis as unknown as BenchGlobal).bench.listFloor(w), which),
      },
    );
    const ms = spread(runs.ours.map((r) => r.ms));
    const ratio = spread(runs.ours.map((r, i) => r.ms / runs.floor[i]!.ms));
    const detail = {
      ms: words(ms),
      'bare index query, ms': words(spread(runs.floor.map((r) => r.ms))),
      ratio: words(ratio),
      rows: `${runs.ours[0]!.rows}, floor ${runs.floor[0]!.rows}`,
    };
    const name = which === 'tasks' ? 'list.open.10000' : 'list.mine.10000';
    context.report({ name: `${name}.ms`, value: ms.median, unit: 'ms', goal: null, detail });
    if (which === 'tasks')
      context.report({ name: `${name}.ratio`, value: ratio.median, unit: '×', goal: null });
  }
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
async function wholePage(context: BenchContext, school: TenThousand): Promise<void> {
  const client = await builtClient();
  const { origin } = await school.serve(client.folder);
  const browser = await openBrowser({ origin, cookie: school.reader.cookie });
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
      // The first visit fills the device.
      await page.waitForTimeout(i === 0 ? 6_000 : 1_200);
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
      name: PAGE,
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
