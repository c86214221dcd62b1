/** Seeded dice (mulberry32): the same seed, the same throws. */
export class Dice {
  private state: number;
  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }
  /** 0 ≤ x < 1 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  /** 0 … n−1 */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }
  chance(p: number): boolean {
    return this.next() < p;
  }
}

/** First seed of a random suite, and how many runs; both from the environment, so that a failure can be looked at again. */
export const SEED = Number(process.env['QING_SEED'] ?? 20_261_123);
export const runs = (name: string, usual: number): number => Number(process.env[name] ?? usual);

/** Runs seeds until one objects. The message names the seed: `QING_SEED=<seed> <count>=1 npx vitest run <file>`. */
export async function firstWrong(
  count: number,
  run: (dice: Dice) => Promise<readonly string[]>,
): Promise<{ seed: number; wrong: readonly string[] } | null> {
  for (let i = 0; i < count; i++) {
    const wrong = await run(new Dice(SEED + i));
    if (wrong.length > 0) return { seed: SEED + i, wrong };
  }
  return null;
}
