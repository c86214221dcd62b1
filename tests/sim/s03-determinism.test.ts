import { describe, expect, test } from 'vitest';
import { seedsFrom } from './engine/lives';
import { profiles, type Kind } from './engine/profile';
import { commit, count, FIRST_SEED } from './engine/report';
import { run } from './engine/run';
// As in S16: loading a module takes real time, once.
import '@kernel/client/spare-back';
import type { Seams } from './engine/world';

/** How many of a hundred seeds live which kind of schedule. */
const SHARES: Readonly<Record<Kind, number>> = {
  everything: 20,
  partitions: 25,
  restores: 20,
  rights: 25,
  thrownAway: 10,
};

async function differing(kind: Kind, seeds: Iterable<number>, seams: Seams = {}): Promise<string[]> {
  const out: string[] = [];
  for (const seed of seeds) {
    const first = await run(seed, profiles[kind], seams);
    const second = await run(seed, profiles[kind], seams);
    if (first.trace === second.trace) continue;
    const at = first.lines.findIndex((line, i) => line !== second.lines[i]);
    const [a, b] = at < 0 ? ['SIM_TRACE=1 shows where', ''] : [first.lines[at], second.lines[at]];
    out.push(`${kind} seed ${seed}, commit ${commit()}: ${first.trace} and ${second.trace}: ${a} / ${b}`);
  }
  return out;
}

describe('S3: the same seed lives the same life', () => {
  const total = count('SIM_TWICE', 500);
  test.each(Object.entries(SHARES) as [Kind, number][])(
    'twice, %s',
    { timeout: 60_000 + total * 3_000 },
    async (kind, share) => {
      const seeds = seedsFrom(FIRST_SEED, Math.ceil((total * share) / 100));
      expect((await differing(kind, seeds)).join('\n')).toBe('');
    },
  );

  test('the test bites: one random number from elsewhere is seen', async () => {
    const open: NonNullable<Seams['phone']>['open'] = (_engine, page) =>
      void Object.assign(page.phone.dice, { roll: () => Math.random() });
    expect(await differing('partitions', seedsFrom(FIRST_SEED, 5), { phone: { open } })).not.toEqual([]);
  });
});
