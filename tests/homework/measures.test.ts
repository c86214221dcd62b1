import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import { homeworkMeasures } from '@modules/homework';
import { Office, nonZero, openDay } from './office';
import { C1, C2, MONDAY, aSchool, anItem, minutes } from './school';

const TEACHERS = { chinese: 'lin', math: 'wang', english: 'zhao', politics: 'sun' } as const;
type Taught = keyof typeof TEACHERS;

type Deed =
  | { op: 'assign'; subject: Taught; classes: string[]; minutes: number }
  | { op: 'signAll' | 'returnOne' | 'withdrawOne' | 'correctOne' | 'close' }
  | { op: 'excuse'; subject: Taught; cls: string }
  | { op: 'wait'; minutes: number };
const subject = fc.constantFrom<Taught[]>('chinese', 'math', 'english', 'politics');
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('assign' as const),
      subject,
      classes: fc.subarray([C1, C2], { minLength: 1 }),
      minutes: fc.integer({ min: 5, max: 40 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constantFrom('signAll', 'signAll', 'returnOne', 'withdrawOne', 'correctOne', 'close'),
    }) as fc.Arbitrary<Deed>,
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('excuse' as const), subject, cls: fc.constantFrom(C1, C2) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 90 }) }),
  },
);

function morning(deeds: readonly Deed[]): Office {
  const office = new Office(aSchool(), MONDAY, '06:30');
  openDay(office, {
    classes: [C1, C2],
    expected: [
      ['chinese', '语文', 'lin'],
      ['math', '数学', 'wang'],
    ],
  });
  const items: string[] = [];
  const pick = (state: string): string | undefined => items.find((id) => office.item(id).state === state);
  for (const d of deeds) {
    if (d.op === 'wait') office.now += d.minutes * 60_000;
    if (d.op === 'close') office.system('homework.v1.closeDay', { date: MONDAY, classes: [C1, C2] });
    if (d.op === 'excuse')
      office.does(TEACHERS[d.subject], 'homework.v1.excuse', {
        class: d.cls,
        subject: d.subject,
        date: MONDAY,
      });
    if (d.op === 'assign') {
      const args = anItem({ subject: d.subject, classes: d.classes, tiers: minutes(d.minutes) });
      const out = office.does(TEACHERS[d.subject], 'homework.v1.assign', args);
      if (!isRefusal(out)) items.push(out.id);
    }
    if (d.op === 'signAll')
      ['he', 'dean', 'vice'].forEach((who, step) => {
        const batch = items.map((id) => ({ id, round: office.item(id).round }));
        if (batch.length > 0) office.does(who, 'homework.v1.sign', { step, items: batch });
      });
    const waiting = pick('waiting');
    if (d.op === 'returnOne' && waiting) {
      const { step, round } = office.item(waiting);
      const who = ['he', 'dean', 'vice'][step] ?? 'he';
      office.does(who, 'homework.v1.return', { item: waiting, round, step, reason: '改' });
    }
    if (d.op === 'withdrawOne' && waiting)
      office.does(office.item(waiting).author, 'homework.v1.withdraw', { item: waiting });
    const out = pick('published');
    if (d.op === 'correctOne' && out)
      office.does(office.item(out).author, 'homework.v1.correct', {
        item: out,
        tiers: minutes(10),
        reason: '改',
      });
  }
  return office;
}

describe('the numbers', () => {
  it('kept in passing are those counted again from the records, at every scope, and fit together', () => {
    fc.assert(
      fc.property(fc.array(deed, { minLength: 5, maxLength: 25 }), (deeds) => {
        const office = morning(deeds);
        expect(nonZero(office.measures)).toEqual(nonZero(office.recount()));
        const m = (name: string): number => office.measure(`homework.${name}`);
        const blamed = ['Author', 'GroupLeader', 'Dean', 'VicePrincipal', 'Nobody'].map((h) =>
          m(`boardLateBy${h}`),
        );
        expect(blamed.reduce((a, b) => a + b)).toBe(m('boardPublishedLate'));
        expect(m('boardPublishedOnTime') + m('boardPublishedLate')).toBeLessThanOrEqual(m('boardExpected'));
        expect(m('itemsLate')).toBeLessThanOrEqual(m('itemsPublished'));
        expect(m('writtenSubjects')).toBeLessThanOrEqual(3 * m('boardExpected'));
        expect(m('writtenMinutes')).toBeLessThanOrEqual(90 * m('boardExpected'));
        for (const [, value] of office.measures) expect(Number.isInteger(value)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('of a usual morning', () => {
    const office = morning([
      { op: 'assign', subject: 'chinese', classes: [C1, C2], minutes: 20 },
      { op: 'assign', subject: 'math', classes: [C1], minutes: 10 },
      { op: 'signAll' },
      { op: 'wait', minutes: 180 },
      { op: 'close' },
      { op: 'assign', subject: 'math', classes: [C2], minutes: 15 },
      { op: 'signAll' },
    ]);
    const sums = Object.fromEntries(
      Object.keys(homeworkMeasures.values).map((name) => [
        name.slice('homework.'.length),
        office.measure(name),
      ]),
    );
    expect(sums).toEqual({
      boardExpected: 2,
      boardPublishedOnTime: 1,
      boardPublishedLate: 1,
      boardLateByAuthor: 1,
      boardLateByGroupLeader: 0,
      boardLateByDean: 0,
      boardLateByVicePrincipal: 0,
      boardLateByNobody: 0,
      itemsExpected: 4,
      itemsPublished: 4,
      itemsLate: 1,
      lateMinutesAuthor: 90,
      lateMinutesGroupLeader: 0,
      lateMinutesDean: 0,
      lateMinutesVicePrincipal: 0,
      overLimitPublished: 2,
      writtenSubjects: 4,
      writtenMinutes: 65,
    });
    expect(office.measure('homework.itemsPublished', `school/g7/${C2}`)).toBe(2);
  });
});
