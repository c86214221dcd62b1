import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Class } from '@modules/homework';
import { DEFAULT_RULES, expectedOf, shareOut } from '@modules/homework';
import { SUBJECTS } from '@modules/org';

const IDS = ['chinese', 'math', 'english', 'politics', 'history', 'geography', 'biology', 'pe', 'music'];
const DATE = '2026-11-23';
type Week = Record<string, string[]>;

const week: fc.Arbitrary<Week> = fc
  .array(fc.array(fc.constantFrom(...IDS), { maxLength: 8 }), { minLength: 5, maxLength: 5 })
  .map((days) => Object.fromEntries(days.map((d, i) => [String(i + 1), d])));

const cls = (subjects: readonly string[], grade = 7): Class => ({
  name: '七(1)班',
  entryYear: 2026,
  number: 1,
  grade,
  scope: 'school/g7/c-2026-1',
  heads: [],
  teachings: subjects.map((subject) => ({ subject, person: `t-${subject}`, from: null, to: null })),
});
const table = (days: Week) => ({
  class: 'c-2026-1',
  grade: 7,
  days: Object.fromEntries(
    Object.entries(days).map(([d, list]) => [
      d,
      list.map((subject, period) => ({ period, subject, activity: null, person: null })),
    ]),
  ),
});
const expectedOn = (days: Week, weekday: number, taught: readonly string[] = IDS, grade = 7) =>
  expectedOf(table(days), cls(taught, grade), weekday, DATE, SUBJECTS, DEFAULT_RULES);
const weekOf = (days: Week, taught: readonly string[] = IDS) =>
  [1, 2, 3, 4, 5].map((d) => expectedOn(days, d, taught).map((e) => e.subject));

const mayHave = (subject: string): boolean => SUBJECTS.some((s) => s.id === subject && s.homework);

describe('whose homework is expected', () => {
  it('three a day at most, of subjects that have a lesson, a teacher and written homework; as many as that allows', () => {
    fc.assert(
      fc.property(week, fc.subarray(IDS), (days, taught) => {
        weekOf(days, taught).forEach((chosen, i) => {
          const able = new Set((days[String(i + 1)] ?? []).filter((s) => taught.includes(s) && mayHave(s)));
          expect(chosen.every((s) => able.has(s))).toBe(true);
          expect(new Set(chosen).size).toBe(chosen.length);
          expect(chosen.length).toBe(Math.min(3, able.size));
        });
      }),
    );
  });

  it('every subject has its turn in the week whenever that can be done at all', () => {
    fc.assert(
      fc.property(week, (days) => {
        const chosen = new Set(weekOf(days).flat());
        const all = [...new Set(Object.values(days).flat())].filter(mayHave);
        expect(all.filter((s) => chosen.has(s)).length).toBe(mostThatCanHaveATurn(days, all));
      }),
    );
  });

  it('does not depend on the order of anything', () => {
    fc.assert(
      fc.property(week, (days) => {
        const turned = Object.fromEntries(
          Object.entries(days)
            .reverse()
            .map(([d, list]) => [d, [...list].reverse()]),
        );
        expect(weekOf(turned, [...IDS].reverse())).toEqual(weekOf(days));
      }),
    );
  });

  it('a subject with more lessons has more turns: a usual week', () => {
    const usual: Week = {};
    for (const d of ['1', '2', '3', '4', '5']) usual[d] = ['chinese', 'math', 'english', 'pe'];
    for (const d of ['1', '3']) usual[d]?.push('history', 'politics');
    for (const d of ['2', '4']) usual[d]?.push('geography', 'biology');
    const turns = (s: string): number =>
      weekOf(usual)
        .flat()
        .filter((x) => x === s).length;
    expect(['chinese', 'math', 'english', 'history', 'politics', 'geography', 'biology'].map(turns)).toEqual([
      4, 3, 4, 1, 1, 1, 1,
    ]);
  });

  it('nothing is expected where there is no written homework', () => {
    expect(expectedOn({ '1': ['chinese'] }, 1, IDS, 2)).toEqual([]);
    expect(expectedOn({ '1': ['chinese'] }, 6)).toEqual([]);
  });

  it('of two teachers the one in the timetable, then the later one', () => {
    const two = {
      ...cls([]),
      teachings: [
        { subject: 'chinese', person: 'old', from: null, to: null },
        { subject: 'chinese', person: 'substitute', from: '2026-11-01', to: '2026-11-30' },
        { subject: 'chinese', person: 'gone', from: null, to: '2026-11-22' },
      ],
    };
    const who = (person: string | null) => {
      const days = { '1': [{ period: 1, subject: 'chinese', activity: null, person }] };
      return expectedOf({ class: 'c', grade: 7, days }, two, 1, DATE, SUBJECTS, DEFAULT_RULES)[0]?.person;
    };
    expect([who(null), who('old'), who('gone')]).toEqual(['substitute', 'old', 'substitute']);
  });
});

describe('sharing out places', () => {
  it('gives none where there are none', () => {
    expect(shareOut(new Map([['1', new Map([['chinese', 1]])]]), 0).get('1')).toEqual([]);
  });
});

/** By trying everything: the greatest number of subjects that can each have one of three places on a day with a lesson. */
function mostThatCanHaveATurn(days: Week, subjects: readonly string[]): number {
  const free: Record<string, number> = {};
  for (const d of Object.keys(days)) free[d] = 3;
  const best = (i: number): number => {
    const subject = subjects[i];
    if (subject === undefined) return 0;
    let most = best(i + 1);
    for (const d of Object.keys(days))
      if (days[d]?.includes(subject) && (free[d] ?? 0) > 0) {
        free[d] = (free[d] ?? 0) - 1;
        most = Math.max(most, 1 + best(i + 1));
        free[d] = (free[d] ?? 0) + 1;
      }
    return most;
  };
  return best(0);
}
