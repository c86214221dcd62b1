import type { Run } from '../children/phones';
import { spread, words, type Spread } from './ab';
import type { Dialect } from './databases';
import type { Figure } from './report';

/**
 * How phones push. `online`: a phone that is in touch sends what was just saved, one to three commands, two as a rule, and many
 * phones do so at once. `backlog`: teachers who were offline come back, 10–25 commands a push.
 */
export const SHAPES = {
  online: { sizes: [2, 1, 3, 2, 2, 3, 1, 2], connections: 64 },
  backlog: { sizes: [16, 10, 25, 13, 20, 12, 18, 22], connections: 16 },
} as const;
export type Shape = keyof typeof SHAPES;

export interface Measured extends Run {
  /** CPU time of the server process (all its threads) for one accepted command, µs. PostgreSQL's own is not in it. */
  readonly cpu: number;
}
export type OnlineRuns = { ours: Measured; bare: Measured };
export type BacklogRuns = OnlineRuns & { rows: Measured };
type Runs<T> = { readonly [K in keyof T]: readonly T[K][] };
const rate = (r: Run): number => (r.accepted / r.ms) * 1000;

/** The figures of one shape. */
export function figuresOf(
  dialect: Dialect,
  shape: Shape,
  runs: Runs<OnlineRuns> | Runs<BacklogRuns>,
): Figure[] {
  const over =
    (what: (r: Measured) => number) =>
    (list: readonly Measured[]): Spread =>
      spread(list.map(what));
  const rates = over(rate);
  const cpu = over((r) => r.cpu);
  const typical = over((r) => r.p50);
  const slow = over((r) => r.p95);
  const ratio = (list: readonly Measured[], floor: readonly Measured[]): Spread =>
    spread(list.map((r, i) => rate(r) / rate(floor[i]!)));
  const { ours, bare } = runs;
  const one = ours[0]!;
  const per = (r: Run, what: 'bytesUp' | 'bytesDown'): number => Math.round(r[what] / r.commands);
  const figures: Figure[] = [
    {
      name: `sync.${shape === 'online' ? 'accepted' : 'backlog'}.ratio.${dialect}`,
      value: ratio(ours, bare).median,
      unit: '×',
      goal: { least: 0.5 },
      detail: {
        ratio: words(ratio(ours, bare)),
        'ours, accepted/s': words(rates(ours)),
        'bare, accepted/s': words(rates(bare)),
        'CPU of the server process, µs a command': `ours ${words(cpu(ours))}, bare ${words(cpu(bare))}`,
        'request, ms': `ours ${words(typical(ours))} p95 ${words(slow(ours))}, bare ${words(typical(bare))}`,
        load: `${SHAPES[shape].connections} connections, ${one.commands} homework.v1.assign in ${one.requests} pushes a round`,
        'bytes a command': `${per(one, 'bytesUp')} up, ${per(one, 'bytesDown')} down (bare ${per(bare[0]!, 'bytesDown')})`,
      },
    },
  ];
  if ('rows' in runs)
    figures.push({
      name: `sync.rows.ratio.${dialect}`,
      value: ratio(ours, runs.rows).median,
      unit: '×',
      goal: null,
      detail: {
        ratio: words(ratio(ours, runs.rows)),
        'floor that stores the same records, accepted/s': words(rates(runs.rows)),
        'CPU of its process, µs a command': words(cpu(runs.rows)),
        'its own ratio to bare': words(ratio(runs.rows, bare)),
      },
    });
  return figures;
}
