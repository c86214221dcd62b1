/**
 * How often a random test is run: `<NAME>` in the environment, else the count of a release with `LONG=1`, else that of `npm test`.
 */
export function times(name: string, usual: number, long: number): number {
  const asked = process.env[name];
  if (asked !== undefined) return Number(asked);
  return process.env.LONG === '1' ? long : usual;
}

/** A seed from the environment, or a new one; printed either way, so that a failure can be repeated. */
export function seedOf(name: string): number {
  const seed =
    process.env.SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(process.env.SEED);
  process.stdout.write(`${name}: SEED=${seed}\n`);
  return seed;
}

/** Mulberry32: small, and the same everywhere. */
export function dice(seed: number): { below(n: number): number; chance(p: number): boolean } {
  let a = seed >>> 0;
  const next = (): number => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return { below: (n) => Math.floor(next() * n), chance: (p) => next() < p };
}
