import { createServer, type AddressInfo } from 'node:net';
import type { Result } from 'lighthouse';
import { spread, words } from './lib/ab';
import type { Bench } from './lib/bench';
import { openBrowser } from './lib/browser';
import { exampleServer } from './lib/example';
import { round } from './lib/report';

const RUNS = 3;
const CATEGORIES = [
  ['performance', 90],
  ['accessibility', 100],
  ['best-practices', 100],
] as const;
const METRICS = [
  'first-contentful-paint',
  'largest-contentful-paint',
  'total-blocking-time',
  'cumulative-layout-shift',
  'speed-index',
  'interactive',
  'total-byte-weight',
];

/** Lighthouse's own mobile preset (slow 4G simulated, 4× CPU) on the teacher's list, signed in. */
export const lighthouse: Bench = {
  names: CATEGORIES.map(([id]) => `lighthouse.${id}`),
  async run(context) {
    const { default: audit } = await import('lighthouse');
    const example = await exampleServer(context);
    const url = `http://127.0.0.1:${example.port}/`;
    const results: Result[] = [];
    try {
      for (let i = 0; i < RUNS; i++) {
        // A browser of its own each time: what the last run cached or kept must not help.
        const port = await freePort();
        const browser = await openBrowser({ origin: url, cookie: null, port });
        try {
          const run = await audit(url, {
            port,
            output: 'json',
            logLevel: 'silent',
            onlyCategories: CATEGORIES.map(([id]) => id),
            extraHeaders: { Cookie: example.cookie },
          });
          if (!run) throw new Error('lighthouse gave no result');
          if (run.lhr.runtimeError) throw new Error(`lighthouse: ${run.lhr.runtimeError.message}`);
          results.push(run.lhr);
        } finally {
          await browser.close();
        }
      }
    } finally {
      await example.close();
    }
    const scores = (id: string): number[] => results.map((r) => (r.categories[id]?.score ?? 0) * 100);
    for (const [id, least] of CATEGORIES) {
      const detail: Record<string, unknown> = { runs: scores(id).map(Math.round) };
      if (id === 'performance')
        for (const m of METRICS)
          detail[m] = words(spread(results.map((r) => round(r.audits[m]?.numericValue ?? NaN))));
      const lost = lostIn(results, id);
      if (lost.length > 0) detail['lost'] = lost;
      context.report({
        name: `lighthouse.${id}`,
        value: spread(scores(id)).median,
        unit: 'points',
        goal: { least },
        detail,
      });
    }
  },
};

/** Audits of a category that were not passed in the last run, with what they point at. */
function lostIn(results: readonly Result[], category: string): string[] {
  const last = results[results.length - 1];
  return (last?.categories[category]?.auditRefs ?? []).flatMap(({ id, weight }) => {
    const found = last?.audits[id];
    if (!found || weight === 0 || found.score === null || found.score >= 0.9) return [];
    const items =
      (
        found.details as
          { items?: { node?: { snippet?: string }; url?: string; description?: string }[] } | undefined
      )?.items ?? [];
    const at = items.slice(0, 3).map((i) => i.node?.snippet ?? i.description ?? i.url ?? '');
    return [`${id} ${Math.round(found.score * 100)}${at.length > 0 ? ` (${at.join(' ')})` : ''}`];
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
