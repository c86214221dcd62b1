import { interleave, spread, words } from './lib/ab';
import type { Bench } from './lib/bench';
import type { BenchGlobal } from './lib/ten-thousand';
import { openBenchPage, RECORDS, tenThousand } from './lib/ten-thousand';

const ROUNDS = 5;

interface Pull {
  readonly ms: number;
  readonly records: number;
  readonly measures: number;
}
const countsOf = (r: Pull): string => `${r.records} records, ${r.measures} measures`;
/** ms for exactly so many records. */
const per = (r: Pull): number => (r.ms * RECORDS) / r.records;

/** Ten thousand records come to a fresh phone over HTTP into IndexedDB. */
export const pull: Bench = {
  names: ['pull.10000.ms', 'pull.10000.ratio'],
  async run(context) {
    const school = await tenThousand(context);
    const { origin } = await school.serve();
    // A new profile each time: IndexedDB clears up behind a deleted database for long, and that would be measured.
    const fresh = async <T>(
      work: (page: Awaited<ReturnType<typeof openBenchPage>>['page']) => Promise<T>,
    ): Promise<T> => {
      const { page, browser } = await openBenchPage(origin, school.reader.cookie);
      try {
        return await work(page);
      } finally {
        await browser.close();
      }
    };
    const runs = await interleave(
      { rounds: ROUNDS, warmUp: 1 },
      {
        ours: () => fresh((page) => page.evaluate(() => (globalThis as unknown as BenchGlobal).bench.pull())),
        floor: () =>
          fresh((page) =>
            page.evaluate((n) => (globalThis as unknown as BenchGlobal).bench.floor(n), school.pages),
          ),
      },
    );
    const ms = spread(runs.ours.map(per));
    const ratio = spread(runs.ours.map((r, i) => per(r) / per(runs.floor[i]!)));
    context.report({
      name: 'pull.10000.ms',
      value: ms.median,
      unit: 'ms',
      goal: null,
      detail: {
        ms: words(ms),
        'of it waiting for answers, ms': words(spread(runs.ours.map((r) => r.waited))),
        kept: `${countsOf(runs.ours[0]!)} in ${school.pages} pages; floor ${countsOf(runs.floor[0]!)}`,
      },
    });
    context.report({
      name: 'pull.10000.ratio',
      value: ratio.median,
      unit: '×',
      goal: null,
      detail: {
        ratio: words(ratio),
        'floor (static files, Dexie bulkPut), ms': words(spread(runs.floor.map(per))),
      },
    });
  },
};
