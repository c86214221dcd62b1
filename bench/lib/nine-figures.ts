import type { Memory } from '../children/memory';
import { spread, words, type Spread } from './ab';
import type { Dialect } from './databases';
import type { Figure } from './report';
import type { Cost, TownSize } from './town';

export const P99 = 'nine.p99.ms';
export const MEMORY = 'nine.memory.mb';

export interface Measured {
  readonly ours: readonly (Cost & { readonly memory: Memory })[];
  readonly bare: readonly Cost[];
}

const over = <R extends Cost>(runs: readonly R[], what: (r: R) => number): Spread => spread(runs.map(what));
const rate = (r: Cost): number => (r.accepted / r.ms) * 1000;
const mb = (bytes: number): number => bytes / 1e6;

/** Accepted commands a second, ours over the floor's. */
export function ratioFigure(dialect: Dialect, size: TownSize, { ours, bare }: Measured): Figure {
  const one = ours[0]!;
  const ratio = spread(ours.map((r, i) => rate(r) / rate(bare[i]!)));
  const calls = (runs: readonly Cost[]): string =>
    (['p50', 'p95', 'p99', 'longest'] as const)
      .map((q) => `${q} ${words(over(runs, (r) => r[q])).replace(/ .*/, '')}`)
      .join(', ');
  const cpu = (runs: readonly Cost[]): string =>
    words(over(runs, (r) => r.serverCpu)) +
    (runs[0]!.databaseCpu === null ? '' : ` + PostgreSQL ${words(over(runs, (r) => r.databaseCpu ?? NaN))}`);
  const each = (what: 'bytesUp' | 'bytesDown' | 'plainDown', r: Cost): number =>
    Math.round(r[what] / r.pushes);
  return {
    name: `nine.ratio.${dialect}`,
    value: ratio.median,
    unit: '×',
    goal: { least: 0.6 },
    detail: {
      ratio: words(ratio),
      load: `${size.schools} schools × ${one.pushes / size.schools} phones × 3 commands, ${size.connections} connections`,
      'accepted/s': `ours ${words(over(ours, rate))}, bare ${words(over(bare, rate))}`,
      'sync call, ms': `ours ${calls(ours)}; bare ${calls(bare)}`,
      'from the start of the burst, s': `ours ${waits(ours)}; bare ${waits(bare)}`,
      'CPU, µs a command': `ours ${cpu(ours)}; bare ${cpu(bare)}`,
      'CPU of the crowd, µs a push': `${words(over(ours, (r) => r.cpu))}, at bare ${words(over(bare, (r) => r.cpu))}`,
      'bytes a push': `${each('bytesUp', one)} up with headers, ${each('bytesDown', one)} down (unpacked ${each('plainDown', one)}; bare ${each('bytesDown', bare[0]!)})`,
    },
  };
}

function waits(runs: readonly Cost[]): string {
  const s = (what: (r: Cost) => number): string => (over(runs, what).median / 1000).toFixed(1);
  return `half ${s((r) => r.waited50)}, 99 % ${s((r) => r.waited99)}, last acceptance ${s((r) => r.ms)}`;
}

/** The slower dialect's. */
export function p99Figure(runs: Partial<Record<Dialect, Measured>>): Figure {
  const by = Object.entries(runs).map(([dialect, { ours }]) => ({ dialect, p99: over(ours, (r) => r.p99) }));
  return {
    name: P99,
    value: Math.max(...by.map((b) => b.p99.median)),
    unit: 'ms',
    goal: { most: 1_000 },
    detail: Object.fromEntries(by.map((b) => [`${b.dialect}, ms`, words(b.p99)])),
  };
}

/** The highest resident size of the server process in any burst. */
export function memoryFigure(runs: Partial<Record<Dialect, Measured>>): Figure {
  const say = (what: (m: Memory) => number, ours: Measured['ours']): string =>
    ours.map((r) => Math.round(mb(what(r.memory)))).join(', ');
  return {
    name: MEMORY,
    value: Math.max(...Object.values(runs).flatMap(({ ours }) => ours.map((r) => mb(r.memory.peak)))),
    unit: 'MB',
    goal: null,
    detail: Object.fromEntries(
      Object.entries(runs).map(([dialect, { ours }]) => [
        `${dialect}, burst after burst`,
        `before ${say((m) => m.before, ours)}; peak ${say((m) => m.peak, ours)}; ` +
          `after ${say((m) => m.after, ours)}, of it JavaScript ${say((m) => m.heap, ours)}`,
      ]),
    ),
  };
}
