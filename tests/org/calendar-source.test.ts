import chineseDays from 'chinese-days';
import { dayKind } from '@modules/org';
import { expect, test } from 'vitest';
import { calendarFor, covers } from '../../src/modules/org/server/calendar-source';
import { nameTerm, termAround } from '../../src/modules/org/server/terms';

test('the trap is real: the package calls New Year of a year it does not know a workday', () => {
  expect(covers(2027)).toBe(false);
  expect(chineseDays.isWorkday('2027-01-01')).toBe(true);
});

test('years are covered by their data alone', () => {
  expect([2003, 2004, 2020, 2025, 2026, 2027, 2099].map(covers)).toEqual([
    false,
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('the autumn of 2026 is that of the notice of 2025-11-04', () => {
  const { published, coveredYears } = calendarFor([nameTerm('2026-08-31', '2027-01-22')]);
  const of = (kind: string) =>
    Object.keys(published)
      .filter((d) => published[d]?.kind === kind)
      .sort();
  expect(coveredYears).toEqual([2026]);
  expect(of('makeup')).toEqual(['2026-09-20', '2026-10-10']);
  expect(of('holiday')).toEqual([
    '2026-09-25',
    '2026-09-26',
    '2026-09-27',
    ...[1, 2, 3, 4, 5, 6, 7].map((d) => `2026-10-0${d}`),
  ]);
});

test('the spring of 2026 too', () => {
  const { published } = calendarFor([nameTerm('2026-02-24', '2026-07-03')]);
  expect(
    Object.keys(published)
      .filter((d) => published[d]?.kind === 'makeup')
      .sort(),
  ).toEqual(['2026-02-28', '2026-05-09']);
});

test('a day of 2027 stays unknown', () => {
  expect(dayKind(calendarFor([nameTerm('2026-08-31', '2027-01-22')]), '2027-01-01')).toEqual({
    kind: 'unknown',
    reason: 'notCovered',
  });
});

test('the example’s term lies around today', () => {
  expect(termAround('2026-11-25')).toEqual({
    id: '2026-autumn',
    name: '2026年秋季学期',
    start: '2026-08-31',
    end: '2027-01-24',
  });
  expect(termAround('2027-04-01').name).toBe('2027年春季学期');
});
