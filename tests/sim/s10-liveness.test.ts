import { describe, expect, test } from 'vitest';
import { lives, seedsFrom, told } from './engine/lives';
import { inWorld, keeps, on, outboxOf } from './engine/on-page';
import type { PhoneSeams } from './engine/phone';
import { count, FIRST_SEED } from './engine/report';
import { write } from './engine/school';
import type { Weather } from './engine/fates';

describe('S10: after the air was cut', () => {
  const total = count('SIM_PARTITIONS', 1_200, 2_000);
  test(`${total} schedules of partitions: nobody is stuck`, { timeout: 60_000 + total * 2_000 }, async () => {
    const from = performance.now();
    const sums = await lives('partitions', seedsFrom(FIRST_SEED, total));
    console.log(told('S10', sums, performance.now() - from));
    expect(sums.reports.join('\n')).toBe('');
    expect(sums.accepted).toBeGreaterThan(2 * sums.schedules);
  });

  /** Nobody touches the phone: it lies on the table with the page open, and finds the server again by itself. */
  function leftAlone(
    weather: Weather,
    minutes: number,
    seams: PhoneSeams = {},
  ): Promise<{ unsent: number; longest: number }> {
    return inWorld(
      FIRST_SEED + minutes,
      async (world) => {
        const page = world.phones[0]!.pages[0]!;
        page.sky.weather = weather;
        for (let i = 0; i < 5; i++) await keeps(world, page, write, { n: `a${i}`, team: 'red', text: 'x' });
        await world.scheduler.runFor(minutes * 60_000);
        page.sky.weather = 'fair';
        const healed = world.scheduler.now;
        const unsent = (): number => outboxOf(page).filter((e) => e.state !== 'accepted').length;
        while (unsent() > 0 && world.scheduler.now < healed + 60_000) await world.scheduler.runFor(1_000);
        return { unsent: unsent(), longest: world.network.longest };
      },
      { phone: seams },
    );
  }

  const silences: Weather[] = ['off', 'hole', 'outOnly', 'portal', 'silent'];
  test.each(silences)('a page left alone under "%s" delivers within a minute of its end', async (weather) => {
    for (const minutes of [1, 7, 45]) {
      const { unsent, longest } = await leftAlone(weather, minutes);
      expect(unsent, `after ${minutes} minutes`).toBe(0);
      // Each request has an end, whether anybody answers or not (reliability.md rule 22).
      expect(longest).toBeLessThanOrEqual(30_000);
    }
  });

  test('the test bites: a phone that waits for every answer for ever is stuck', async () => {
    const fetch: PhoneSeams['fetch'] =
      (honest) =>
      (path, { signal: _, ...init }) =>
        honest(path, init);
    const open: PhoneSeams['open'] = (engine) => {
      const parts = (engine.sync as unknown as { parts: Record<string, unknown> }).parts;
      parts['deadlineMs'] = 2 ** 40;
      parts['stallMs'] = 2 ** 40;
    };
    const { unsent } = await leftAlone('silent', 7, { fetch, open });
    expect(unsent).toBeGreaterThan(0);
  });

  test('and a page in the middle of a lesson, asked for nothing, is heard of by others', async () => {
    // What one phone brings reaches a page that is only looked at: by the poke or by its timer.
    await inWorld(FIRST_SEED, async (world) => {
      const [lin, mei] = [world.phones[0]!.pages[0]!, world.phones[1]!.pages[0]!];
      const id = await keeps(world, lin, write, { n: 'a', team: 'red', text: 'x' });
      await world.scheduler.runFor(60_000);
      const row = await on(world, mei, () => mei.engine!.db.records.get(['sim.note', id]));
      expect(row?.body).toMatchObject({ text: 'x' });
    });
  });
});
