import { afterEach, describe, expect, test } from 'vitest';
import { Jobs } from '@kernel/server/jobs';
import { Kernel } from '@kernel/server/kernel';
import { MISSED, OutageWatch } from '@kernel/server/outage-watch';
import { lifted, outageRecord } from '@kernel/shared/outage';
import type { Outage } from '@kernel/shared/outage';
import { MINUTE, instantOf } from '@kernel/shared/time';
import { serverRegistry } from '@kernel/server/registry';
import { makeRegistry } from '@kernel/shared/contract';
import { HandClock } from '../support/clock';
import { dialects, freshDatabase } from '../support/databases';
import type { TestDatabase } from '../support/databases';

const DAY = '2026-11-23';
const at = (clock: string, day = DAY): number => instantOf(day, clock, 'Asia/Shanghai');
const span = (from: string, to: string): Outage => ({ from: at(from), to: at(to) });

describe('a time that is due', () => {
  const GRACE = 20 * MINUTE;
  test.each<[string, string, Outage[], string]>([
    ['with no outage stays', '09:00', [], '09:00'],
    ['before one stays', '08:49', [span('08:50', '09:10')], '08:49'],
    ['at its first moment is lifted', '08:50', [span('08:50', '09:10')], '09:30'],
    ['inside one is lifted', '09:00', [span('08:50', '09:10')], '09:30'],
    ['less than the allowance after its end is lifted', '09:29', [span('08:50', '09:10')], '09:30'],
    ['the allowance after its end stays', '09:30', [span('08:50', '09:10')], '09:30'],
    [
      'lifted into another outage is lifted on',
      '09:00',
      [span('08:50', '09:10'), span('09:25', '09:40')],
      '10:00',
    ],
    [
      'between two that leave enough stays',
      '09:30',
      [span('08:30', '08:40'), span('10:00', '10:05')],
      '09:30',
    ],
  ])('%s', (_, due, spans, expected) => expect(lifted(at(due), spans, GRACE)).toBe(at(expected)));
});

describe.each(dialects)('heartbeats on %s', (dialect) => {
  let db: TestDatabase;
  afterEach(() => db.drop());

  /** A server process on the database: its own clock, its own watch. */
  async function aServer(
    clock: HandClock,
  ): Promise<{ kernel: Kernel; watch: OutageWatch; errors: unknown[] }> {
    const errors: unknown[] = [];
    const log = { error: (f: Record<string, unknown>) => void errors.push(f), info: () => undefined };
    const kernel = await Kernel.open({
      registry: serverRegistry(makeRegistry([]), []),
      store: await db.reopen(),
      clock,
      log,
    });
    return { kernel, watch: new OutageWatch(kernel), errors };
  }
  async function begins(clock: HandClock) {
    db = await freshDatabase(dialect);
    const first = await aServer(clock);
    for (const [id, zone] of [
      ['one', 'Asia/Shanghai'],
      ['two', 'Asia/Urumqi'],
    ] as const)
      await first.kernel.createSchool({ id, name: id, zone, example: false });
    await first.watch.beat();
    return first;
  }
  const spansOf = async (kernel: Kernel, school = 'one', day = DAY): Promise<Outage[] | undefined> =>
    (await kernel.view((await kernel.school(school))!).get(outageRecord, day))?.spans;

  test('the first start ever is no outage, nor is a quick restart', async () => {
    const clock = new HandClock(DAY, '08:00');
    const first = await begins(clock);
    expect(await spansOf(first.kernel)).toBeUndefined();
    clock.passes(1.4);
    const second = await aServer(clock);
    await second.watch.beat();
    expect(await spansOf(second.kernel)).toBeUndefined();
  });

  test('the time between the last heartbeat and the next start is told to every school, in its own days', async () => {
    const clock = new HandClock(DAY, '08:50');
    await begins(clock);
    clock.at(DAY, '09:12');
    const second = await aServer(clock);
    await second.watch.beat();
    for (const school of ['one', 'two'])
      expect(await spansOf(second.kernel, school)).toEqual([span('08:50', '09:12')]);
    clock.at(DAY, '09:30');
    const third = await aServer(clock);
    await third.watch.beat();
    // It touches the one before, so the two are one.
    expect(await spansOf(third.kernel)).toEqual([span('08:50', '09:30')]);
  });

  test('over midnight it stands in every day it touched, and in the next one when it ended just before', async () => {
    const clock = new HandClock(DAY, '22:00');
    await begins(clock);
    clock.at('2026-11-25', '23:30');
    const next = await aServer(clock);
    await next.watch.beat();
    const whole = [{ from: at('22:00'), to: at('23:30', '2026-11-25') }];
    for (const day of [DAY, '2026-11-24', '2026-11-25', '2026-11-26'])
      expect(await spansOf(next.kernel, 'one', day)).toEqual(whole);
    expect(await spansOf(next.kernel, 'one', '2026-11-27')).toBeUndefined();
    expect(await spansOf(next.kernel, 'one', '2026-11-22')).toBeUndefined();
  });

  test('a summer switched off writes the last month and no more', async () => {
    const clock = new HandClock('2026-07-01', '12:00');
    await begins(clock);
    clock.at('2026-08-31', '07:00');
    const next = await aServer(clock);
    await next.watch.beat();
    const days = await next.kernel.view((await next.kernel.school('one'))!).list(outageRecord);
    expect(days).toHaveLength(31);
    expect(days.map((d) => d.id).sort()[30]).toBe('2026-08-31');
  });

  test('a process that stood still says so before anything is judged, and another that worked meanwhile does not hide it', async () => {
    const clock = new HandClock(DAY, '08:50');
    const first = await begins(clock);
    const other = await aServer(clock);
    await other.watch.beat();
    // Two minutes in which the first did nothing while the other went on.
    clock.passes(1);
    await other.watch.beat();
    clock.passes(1);
    await other.watch.beat();
    let judged: number | undefined;
    const module = {
      module: { id: 'm', records: {}, commands: {}, measures: [], policy: {} },
      jobs: async () => {
        judged = (await spansOf(first.kernel))?.length;
        return [];
      },
    };
    await new Jobs(first.kernel, [module], 20_000, first.watch).runOnce();
    expect(judged).toBe(1);
    expect(await spansOf(first.kernel)).toEqual([span('08:50', '08:52')]);
    expect(MISSED).toBeGreaterThan(60_000);
  });

  test('a heartbeat that came a little late is none', async () => {
    const clock = new HandClock(DAY, '08:50');
    const first = await begins(clock);
    clock.passes(1.5);
    await first.watch.check();
    expect(await spansOf(first.kernel)).toBeUndefined();
  });

  test('a database that was away, or a full disk, is an outage when it is back', async () => {
    const clock = new HandClock(DAY, '08:50');
    const { kernel, watch } = await begins(clock);
    const broken = { ...kernel.store, db: kernel.store.db.withSchema('nowhere') };
    const away = new OutageWatch({ ...kernel, store: broken, clock, log: kernel.log } as unknown as Kernel);
    await expect(away.beat()).rejects.toThrow();
    clock.passes(15);
    await watch.check();
    expect(await spansOf(kernel)).toEqual([span('08:50', '09:05')]);
  });

  test('told twice, by two processes that start together, it is one', async () => {
    const clock = new HandClock(DAY, '08:50');
    await begins(clock);
    clock.at(DAY, '09:10');
    const [a, b] = [await aServer(clock), await aServer(new HandClock(DAY, '09:11'))];
    await Promise.all([a.watch.beat(), b.watch.beat()]);
    const [only, ...more] = (await spansOf(a.kernel)) ?? [];
    expect(more).toEqual([]);
    expect(only?.from).toBe(at('08:50'));
    expect([at('09:10'), at('09:11')]).toContain(only?.to);
  });

  test('a clock set back is no outage; a clock that jumps ahead leaves a time nobody could use, and counts', async () => {
    const clock = new HandClock(DAY, '08:50');
    const { kernel, watch } = await begins(clock);
    clock.at(DAY, '08:40');
    await watch.check();
    await watch.beat();
    expect(await spansOf(kernel)).toBeUndefined();
    clock.passes(10);
    await watch.check();
    expect(await spansOf(kernel)).toEqual([span('08:40', '08:50')]);
  });

  test('another server whose clock is ahead is noticed once a day', async () => {
    const clock = new HandClock(DAY, '08:50');
    const { watch, errors } = await begins(clock);
    const ahead = await aServer(new HandClock(DAY, '08:55'));
    await ahead.watch.beat();
    clock.passes(0.5);
    await watch.beat();
    await watch.beat();
    expect(errors).toEqual([{ aheadMs: 4.5 * MINUTE }]);
    expect(ahead.errors).toEqual([]);
  });

  test('a graceful stop leaves its last heartbeat, so a minute’s upgrade is no outage', async () => {
    const clock = new HandClock(DAY, '08:50');
    const { watch } = await begins(clock);
    clock.passes(0.9);
    await watch.stop();
    clock.passes(1);
    const next = await aServer(clock);
    await next.watch.start();
    expect(await spansOf(next.kernel)).toBeUndefined();
    await next.watch.stop();
  });
});
