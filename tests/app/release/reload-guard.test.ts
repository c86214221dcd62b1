import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayReload } from '@app/client/update/reload-guard';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const MINUTE = 60_000;

class Session {
  private readonly kept = new Map<string, string>();
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.kept.set(key, value);
}
type Guard = typeof mayReload;

/** A page that always finds its files missing, served now by this build and now by that: how often it reloads in ten minutes. */
function mostReloads(
  guard: Guard,
  steps: readonly { readonly build: string; readonly after: number }[],
): number {
  const session = new Session();
  const reloads: number[] = [];
  let now = 1e12;
  for (const { build, after } of steps) {
    now += after;
    if (guard(build, now, () => session)) reloads.push(now);
  }
  return Math.max(
    0,
    ...reloads.map((from) => reloads.filter((at) => at >= from && at < from + 10 * MINUTE).length),
  );
}
const steps = fc.array(
  fc.record({ build: fc.constantFrom('a', 'b', 'c', 'd'), after: fc.integer({ min: 0, max: 3 * MINUTE }) }),
  { maxLength: 60 },
);

describe('the guard over reloads', () => {
  test('a build reloads itself once, and again only ten minutes later', () => {
    const session = new Session();
    expect([0, 1, 9, 10, 11].map((m) => mayReload('a', 1e12 + m * MINUTE, () => session))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  test('never more than twice in ten minutes, whatever is served', () => {
    process.stdout.write(`reload guard: SEED=${SEED}\n`);
    fc.assert(
      fc.property(steps, (all) => mostReloads(mayReload, all) <= 2),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  test('control: a guard that remembers only the last build is found out', () => {
    const forgetful: Guard = (build, _now, kept) => {
      const storage = kept();
      const known = storage.getItem('last') === build;
      storage.setItem('last', build);
      return !known;
    };
    expect(() =>
      fc.assert(
        fc.property(steps, (all) => mostReloads(forgetful, all) <= 2),
        { seed: SEED, numRuns: 2_000 },
      ),
    ).toThrow(/Property failed/);
  });

  test('a browser that remembers nothing never reloads by itself', () => {
    const forbidden = (): Session => {
      throw new Error('SecurityError');
    };
    expect(mayReload('a', 1, forbidden)).toBe(false);
    expect(mayReload('a', 1, () => ({ getItem: () => 'not json', setItem: () => undefined }))).toBe(false);
  });
});
