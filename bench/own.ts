import type { CDPSession, Page } from 'playwright-core';
import { longTiers } from './children/long-texts';
import { spread, words } from './lib/ab';
import type { Bench, BenchContext } from './lib/bench';
import { openBrowser } from './lib/browser';
import { builtClient } from './lib/client';
import { LIST_SHOWN } from './lib/example';
import type { BenchGlobal, TenThousand } from './lib/ten-thousand';
import { livedSchool, openBenchPage } from './lib/ten-thousand';

const RECORDS = 5_000;
const SLOWDOWN = 4;
const OPENINGS = 12;
const SAVES = 30;
const OPEN = 'list.open.5000.4x.ms';
const SAVE = 'save.durable.ms';

/** A phone with five thousand records of its own and a processor four times slower than this one. */
export const own: Bench = {
  names: [OPEN, SAVE],
  async run(context) {
    const school = await livedSchool(context, RECORDS);
    if (context.wants(OPEN)) await openList(context, school);
    if (context.wants(SAVE)) await save(context, school);
  },
};

/** What the page's one thread has worked since it was opened, ms. */
async function worked(cdp: CDPSession): Promise<{ script: number; task: number }> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (name: string): number => (metrics.find((m) => m.name === name)?.value ?? 0) * 1000;
  return { script: of('ScriptDuration'), task: of('TaskDuration') };
}
const cards = (page: Page): Promise<number> => page.locator(LIST_SHOWN).count();

/**
 * Today's list in the real app: opened from another page of it, as a thumb does all day, until nothing moves any more; and, for
 * comparison, from nothing, when the whole app has to start first.
 */
async function openList(context: BenchContext, school: TenThousand): Promise<void> {
  const client = await builtClient();
  const { origin } = await school.serve(client.folder);
  const browser = await openBrowser({ origin, cookie: school.reader.cookie });
  try {
    const page = await browser.context.newPage();
    const cdp = await browser.context.newCDPSession(page);
    // The thread's own time: what else this machine does meanwhile is not a phone's business.
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    const shown = () => page.locator(LIST_SHOWN).first().waitFor({ state: 'visible' });
    const tab = (name: string) =>
      page.getByRole('navigation', { name: '主要页面' }).getByRole('link', { name });
    // The first visit fills the device; the second one is the app as it is kept on it.
    await page.goto(origin);
    await shown();
    await page.waitForTimeout(8_000);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
    const started: { script: number; task: number }[] = [];
    for (let i = 0; i < 5; i++) {
      await page.goto(origin);
      await shown();
      started.push(await worked(cdp));
      await page.waitForTimeout(1_500);
    }
    const all = await cards(page);
    const opened: { script: number; task: number; ms: number }[] = [];
    for (let i = 0; i <= OPENINGS; i++) {
      await tab('我的').click();
      await page.waitForURL('**/me');
      await page.waitForTimeout(800);
      const before = await worked(cdp);
      const from = performance.now();
      await tab('今日').click();
      await page.waitForFunction(
        ([what, count]) => document.querySelectorAll(what).length >= count,
        [LIST_SHOWN, all] as const,
        { polling: 'raf' },
      );
      const ms = performance.now() - from;
      await page.waitForTimeout(800);
      const after = await worked(cdp);
      opened.push({ script: after.script - before.script, task: after.task - before.task, ms });
    }
    const warm = opened.slice(1);
    const script = spread(warm.map((o) => o.script));
    context.report({
      name: OPEN,
      value: script.median,
      unit: 'ms',
      goal: { most: 100 },
      detail: {
        'script until quiet, ms': words(script),
        'all work of the page’s thread until quiet, ms': words(spread(warm.map((o) => o.task))),
        'to the last card on the screen, ms': words(spread(warm.map((o) => o.ms))),
        cards: all,
        'records on the phone': school.reader.records,
        'the app itself starting, script to the first card, ms': words(spread(started.map((s) => s.script))),
        'the app itself starting, all work to the first card, ms': words(spread(started.map((s) => s.task))),
      },
    });
  } finally {
    await browser.close();
    client.remove();
  }
}

/** From the tap's command to the word that it is safe: decided here, in the queue, the transaction complete and on the disk. */
async function save(context: BenchContext, school: TenThousand): Promise<void> {
  const { origin } = await school.serve();
  const { page, browser } = await openBenchPage(origin, school.reader.cookie);
  try {
    await page.evaluate(() => (globalThis as unknown as BenchGlobal).bench.pull());
    const cdp = await browser.context.newCDPSession(page);
    const session = await page.evaluate(async () => (await fetch('/api/session')).json() as never);
    const written = school.reader.commands.slice(0, 2 * SAVES).map((c, i) => ({
      name: c.name,
      args: { ...(c.args as object), tiers: longTiers(i) },
      of: null,
    }));
    const run = (list: typeof written) =>
      page.evaluate(([s, w]) => (globalThis as unknown as BenchGlobal).bench.save(s, w), [
        session,
        list,
      ] as const);
    const quick = await run(written.slice(0, SAVES));
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
    const slow = (await run(written.slice(SAVES))).sort((a, b) => a - b);
    context.report({
      name: SAVE,
      value: slow[Math.floor(slow.length * 0.95)] ?? NaN,
      unit: 'ms',
      goal: { most: 50 },
      detail: {
        'p95 of': `${slow.length} saves at ${SLOWDOWN}× CPU slowdown`,
        'ms at that': words(spread(slow)),
        'CPU not slowed, ms': words(spread(quick)),
        'records on the phone': school.reader.records,
      },
    });
  } finally {
    await browser.close();
  }
}
