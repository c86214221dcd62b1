import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommandDef } from '@kernel/shared/command';
import { isRefusal } from '@kernel/shared/refusal';
import { Office } from './office';
import { firstClassOnly, oneMinuteMore, oneSubjectMore } from './mutants';
import { C1, C2, C3, MONDAY, aSchool, anItem, minutes } from './school';

/**
 * The published rule: of any set of claims, in whatever order they reach the server, each is decided by what was there before
 * it. Never above the caps; a loser is told why, and offered a day on which the same claim is accepted.
 */
const TEACHERS: readonly (readonly [string, string])[] = [
  ['lin', 'chinese'],
  ['wang', 'math'],
  ['zhao', 'english'],
  ['sun', 'politics'],
  ['qian', 'history'],
];
interface Claim {
  readonly who: string;
  readonly args: ReturnType<typeof anItem>;
}
const claim: fc.Arbitrary<Claim> = fc
  .record({
    teacher: fc.constantFrom(...TEACHERS),
    classes: fc.subarray([C1, C2, C3], { minLength: 1 }),
    minutes: fc.integer({ min: 1, max: 60 }),
    form: fc.constantFrom('written', 'written', 'written', 'oral'),
  })
  .map(({ teacher: [who, subject], classes, minutes: m, form }) => ({
    who,
    args: anItem({ subject, classes, tiers: minutes(m), form }),
  }));

function play(claims: readonly Claim[], mutant?: CommandDef): void {
  const office = new Office(aSchool(), MONDAY);
  if (mutant) office.mutants.set(mutant.name, mutant);
  const held = new Map<string, { subject: string; minutes: number; written: boolean }[]>(
    [C1, C2, C3].map((c) => [c, []]),
  );
  const on = (c: string) => held.get(c) ?? [];
  for (const { who, args } of claims) {
    const m = args.tiers[0]?.minutes ?? 0;
    const written = args.form === 'written';
    const rows = args.classes.map((c) => ({ c, rows: on(c), writtenRows: on(c).filter((r) => r.written) }));
    const taken = rows.some((x) => x.rows.some((r) => r.subject === args.subject));
    const full = written && rows.some((x) => x.writtenRows.length >= 3);
    const long = written && rows.some((x) => x.writtenRows.reduce((s, r) => s + r.minutes, m) > 90);
    const code = taken
      ? 'homework.alreadyAssigned'
      : full
        ? 'homework.subjectsFull'
        : long
          ? 'homework.dayMinutesFull'
          : null;

    const outcome = office.does(who, 'homework.v1.assign', args);
    expect('code' in outcome ? outcome.code : null).toBe(code);
    if (!isRefusal(outcome))
      for (const x of rows) x.rows.push({ subject: args.subject, minutes: m, written });
    else if (code !== 'homework.alreadyAssigned') offersWhatHolds(office, who, args, outcome.details);
    for (const c of [C1, C2, C3]) expect(entriesOf(office, c)).toEqual(on(c).map((r) => r.subject));
  }
}

const entriesOf = (office: Office, c: string): string[] =>
  office.bodies.has(`homework.classDay\u0000${c}|${MONDAY}`)
    ? office.classDay(c).entries.map((e) => e.subject)
    : [];

/** A copy of the office accepts the refused claim on the day it was offered, class by class. */
function offersWhatHolds(
  office: Office,
  who: string,
  args: Claim['args'],
  details: Readonly<Record<string, unknown>>,
): void {
  for (const { id, nextFree } of details['classes'] as { id: string; nextFree: string | null }[]) {
    expect(nextFree).not.toBeNull();
    const copy = new Office(aSchool(), MONDAY);
    for (const [key, body] of office.bodies) copy.bodies.set(key, body);
    expect(
      copy.does(who, 'homework.v1.assign', { ...args, classes: [id], date: nextFree }),
    ).not.toHaveProperty('code');
  }
}

const property = (mutant?: CommandDef) =>
  fc.property(fc.array(claim, { minLength: 2, maxLength: 12 }), (claims) => play(claims, mutant));

describe('claims in any order', () => {
  it('never exceed a cap, and exactly the later ones lose', () => {
    fc.assert(property(), { numRuns: 150 });
  });

  it.each([
    ['one subject too many', oneSubjectMore],
    ['one minute too many', oneMinuteMore],
    ['only the first class looked at', firstClassOnly],
  ])('a rule with %s is caught', (_, mutant) => {
    expect(fc.check(property(mutant), { numRuns: 3_000, endOnFailure: true, seed: 1 }).failed).toBe(true);
  });

  it('two phones claim the last place: the first to arrive has it, the other is offered tomorrow', () => {
    const last: Claim[] = [
      { who: 'sun', args: anItem({ subject: 'politics' }) },
      { who: 'qian', args: anItem({ subject: 'history' }) },
    ];
    for (const order of [last, [...last].reverse()]) {
      const office = new Office(aSchool(), MONDAY);
      office.do('lin', 'homework.v1.assign', anItem());
      office.do('wang', 'homework.v1.assign', anItem({ subject: 'math' }));
      const [first, second] = order.map((c) => office.does(c.who, 'homework.v1.assign', c.args));
      expect(first).not.toHaveProperty('code');
      expect(second).toMatchObject({
        code: 'homework.subjectsFull',
        details: { classes: [{ nextFree: '2026-11-24' }] },
      });
    }
  });
});
