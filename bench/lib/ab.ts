/** Numbers of a series of runs. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly n: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
  return { median, min: sorted[0] ?? NaN, max: sorted[sorted.length - 1] ?? NaN, n: sorted.length };
}

/** `5,120 (4,800–5,300, n=7)` */
export function words(s: Spread): string {
  const say = (v: number): string =>
    Math.abs(v) >= 100 ? Math.round(v).toLocaleString('en') : String(Number(v.toPrecision(3)));
  return `${say(s.median)} (${say(s.min)}–${say(s.max)}, n=${s.n})`;
}

/** A round that would begin later than this is left out, once `least` are there: a busy machine gets fewer rounds, ms. */
const PATIENCE = 40_000;

/**
 * Several ways in turn, so that a neighbour's load meets all of them, and which goes first changes every round.
 * @returns the runs of each, the first `warmUp` rounds left out; equal places are neighbours in time
 */
export async function interleave<T extends Record<string, unknown>>(
  o: {
    readonly rounds: number;
    readonly warmUp: number;
    /** @default 3 */
    readonly least?: number;
    /** ms @default 40,000 */
    readonly patience?: number;
  },
  ways: { readonly [K in keyof T]: (round: number) => Promise<T[K]> },
): Promise<{ [K in keyof T]: T[K][] }> {
  const names = Object.keys(ways) as (keyof T)[];
  const all = Object.fromEntries(names.map((n) => [n, []])) as unknown as { [K in keyof T]: T[K][] };
  const { least = 3, patience = PATIENCE } = o;
  const from = performance.now();
  for (let i = 0; i < o.warmUp + o.rounds; i++) {
    if (i >= o.warmUp + least && performance.now() - from > patience) break;
    for (let k = 0; k < names.length; k++) {
      const name = names[(i + k) % names.length]!;
      all[name].push(await ways[name](i));
    }
  }
  for (const name of names) all[name].splice(0, o.warmUp);
  return all;
}
