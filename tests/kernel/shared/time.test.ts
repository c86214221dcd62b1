import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDays,
  clockOf,
  dayOf,
  daysBetween,
  instantOf,
  isDay,
  mondayOf,
  offsetAt,
  weekdayOf,
} from '@kernel/shared/time';

const day = fc
  .integer({ min: Date.UTC(2000, 0, 1) / 86_400_000, max: Date.UTC(2099, 11, 31) / 86_400_000 })
  .map((n) => new Date(n * 86_400_000).toISOString().slice(0, 10));
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);

describe('time on paper', () => {
  test('a wall-clock time and its instant are each other’s inverse in the school’s zone', () => {
    fc.assert(
      fc.property(day, clock, fc.constantFrom('Asia/Shanghai', 'UTC', 'Asia/Urumqi'), (d, c, zone) => {
        const at = instantOf(d, c, zone);
        expect([dayOf(at, zone), clockOf(at, zone)]).toEqual([d, c]);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['2026-11-23T15:59:59.999Z', 'Asia/Shanghai', '2026-11-23'],
    ['2026-11-23T16:00:00.000Z', 'Asia/Shanghai', '2026-11-24'],
    ['2026-11-23T17:59:59.999Z', 'Asia/Urumqi', '2026-11-23'],
    ['2026-03-08T06:59:00Z', 'America/New_York', '2026-03-08'],
    ['2026-12-31T16:00:00Z', 'Asia/Shanghai', '2027-01-01'],
  ])('%s in %s is %s', (at, zone, expected) => {
    expect(dayOf(Date.parse(at), zone)).toBe(expected);
  });

  test('the fixed offset of Shanghai is the one the zone database gives', () => {
    for (const at of ['1992-01-01', '2005-07-01', '2026-11-23', '2040-06-01'])
      expect(offsetAt(Date.parse(at), 'Asia/Shanghai')).toBe(offsetAt(Date.parse(at), 'Asia/Chongqing'));
  });

  test('days count, weeks begin on Monday', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -800, max: 800 }), (d, n) => {
        expect(daysBetween(d, addDays(d, n))).toBe(n);
        expect(weekdayOf(mondayOf(d))).toBe(1);
        expect(daysBetween(mondayOf(d), d)).toBe(weekdayOf(d) - 1);
      }),
    );
  });

  test.each(['2026-02-30', '2026-13-01', '26-01-01', '2026-1-1', '', '2026-01-01T00:00', '9999-99-99'])(
    '%s is not a day',
    (text) => {
      expect(isDay(text)).toBe(false);
    },
  );
});
