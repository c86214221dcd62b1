import { describe, expect, test } from 'vitest';
import { filesToDrop, KEPT_MS, keptBuilds, type Build } from '../../../.ci/house/kept-builds.ts';

const DAY = 86_400_000;
const NOW = 400 * DAY;
/** Builds made so many days ago, newest first; each has a file of its own and one that all share. */
const made = (...daysAgo: number[]): Build[] =>
  daysAgo.map((d, i) => ({
    build: `b${i}`,
    at: NOW - d * DAY,
    files: [`assets/own-${i}.js`, 'assets/libs.js'],
  }));
const names = (builds: readonly Build[]): string[] => builds.map((b) => b.build);

describe('which builds’ files stay', () => {
  test('the last three replaced ones, however old', () => {
    expect(names(keptBuilds(made(0, 100, 200, 300, 399), NOW))).toEqual(['b0', 'b1', 'b2', 'b3']);
  });

  test('every one for thirty days after it was replaced, not after it was made', () => {
    // b4 was made a year ago and served until b3 came, ten days ago.
    expect(names(keptBuilds(made(1, 2, 3, 10, 365), NOW))).toEqual(['b0', 'b1', 'b2', 'b3', 'b4']);
    expect(names(keptBuilds(made(1, 2, 3, 31, 365), NOW))).toEqual(['b0', 'b1', 'b2', 'b3']);
  });

  test('and no more than a disk bears, on a desk where somebody builds all day', () => {
    const busy = made(...Array.from({ length: 200 }, (_, i) => i / 100));
    expect(keptBuilds(busy, NOW).length).toBe(40);
  });

  test('a file goes when no kept build needs it', () => {
    const all = made(0, 100, 200, 300, 399);
    const present = [...all.flatMap((b) => b.files)].map((file) => ({ file, changed: NOW - 399 * DAY }));
    const dropped = filesToDrop(present, keptBuilds(all, NOW), NOW, all);
    expect([...new Set(dropped)]).toEqual(['assets/own-4.js']);
  });

  test('a file that was put there by hand stays for thirty days', () => {
    const kept = made(0);
    const by = (changed: number): string[] => filesToDrop([{ file: 'assets/old.js', changed }], kept, NOW);
    expect(by(NOW - KEPT_MS + 1)).toEqual([]);
    expect(by(NOW - KEPT_MS)).toEqual(['assets/old.js']);
  });
});
