import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AHEAD, REACH, basisOf, claimOf, intervalOf } from '@kernel/shared/interval';
import type { Basis } from '@kernel/shared/interval';
import type { Interval } from '@kernel/shared/time';
import { DAY_MS, HOUR, MINUTE, instantOf } from '@kernel/shared/time';
import type { Blame } from '@modules/homework';
import { Office, openDay } from '../homework/office';
import { C1, MONDAY, aSchool, anItem } from '../homework/school';
import type { Rule } from './phone-clock';
import { RULE, Timekeeper, arrives } from './phone-clock';

const at = (clock: string): number => instantOf(MONDAY, clock, 'Asia/Shanghai');

/**
 * T3, the twelve classes of an offline act over a deadline, and six more for phones that have nothing to show. The author's own
 * target is 08:00. Last contact 07:30; the phone comes back at 09:30. The verdict is the homework module's own.
 */
interface Class {
  readonly story: 'genuine' | 'forged' | 'unknown';
  readonly evidence: 'open page' | 'page closed since' | 'nothing';
  readonly sleeps: boolean;
  readonly earliest: string;
  readonly basis: Basis;
  readonly holder: Blame;
  readonly claim: string | null;
}
/** Genuine: done at 07:50 by a phone whose clock is right. Forged: done at 08:40, the clock set back to 07:50. Unknown: done at 07:50, the clock says 1970. */
const STORIES = {
  genuine: { acted: '07:50', clock: '07:50', asleep: 15 },
  forged: { acted: '08:40', clock: '07:50', asleep: 60 },
  unknown: { acted: '07:50', clock: null, asleep: 15 },
} as const;
const row = (
  [story, evidence, sleeps]: [Class['story'], Class['evidence'], boolean],
  [earliest, basis, holder, claim]: [string, Basis, Blame, string | null],
): Class => ({ story, evidence, sleeps, earliest, basis, holder, claim });

const CLASSES: readonly Class[] = [
  // Measured and claimed agree: there is nothing more to say.
  row(['genuine', 'open page', false], ['07:50', 'anchored', 'nobody', null]),
  row(['genuine', 'open page', true], ['07:35', 'anchored', 'nobody', '07:50']),
  row(['genuine', 'page closed since', false], ['07:30', 'unanchored', 'nobody', '07:50']),
  row(['genuine', 'page closed since', true], ['07:30', 'unanchored', 'nobody', '07:50']),
  // Nothing that was ever signed: a phone that never met the server has no queue, so this is a stripped or forged envelope.
  row(['genuine', 'nothing', false], ['09:30', 'receipt', 'author', '07:50']),
  row(['genuine', 'nothing', true], ['09:30', 'receipt', 'author', '07:50']),
  // The lie is found out where the monotonic clock ran; where it stood still, doubt favours the person.
  row(['forged', 'open page', false], ['08:40', 'anchored', 'author', '07:50']),
  row(['forged', 'open page', true], ['07:40', 'anchored', 'nobody', '07:50']),
  row(['forged', 'page closed since', false], ['07:30', 'unanchored', 'nobody', '07:50']),
  row(['forged', 'page closed since', true], ['07:30', 'unanchored', 'nobody', '07:50']),
  row(['forged', 'nothing', false], ['09:30', 'receipt', 'author', '07:50']),
  row(['forged', 'nothing', true], ['09:30', 'receipt', 'author', '07:50']),
  // A clock that says 1970 is worth as much as one that is right.
  row(['unknown', 'open page', false], ['07:50', 'anchored', 'nobody', '1970']),
  row(['unknown', 'open page', true], ['07:35', 'anchored', 'nobody', '1970']),
  row(['unknown', 'page closed since', false], ['07:30', 'unanchored', 'nobody', '1970']),
  row(['unknown', 'page closed since', true], ['07:30', 'unanchored', 'nobody', '1970']),
  row(['unknown', 'nothing', false], ['09:30', 'receipt', 'author', '1970']),
  row(['unknown', 'nothing', true], ['09:30', 'receipt', 'author', '1970']),
];

/** Lives one class through a phone's clocks, the door's signatures and the homework module. */
function lives(
  c: Class,
  rule: Rule = RULE,
): { interval: Interval; holder: Blame; basis: Basis; claimed: number | null } {
  const { acted, clock, asleep } = STORIES[c.story];
  const truth = { now: at('07:00') };
  const phone = new Timekeeper('lin', truth);
  truth.now = at('07:30');
  phone.contacts();
  if (c.sleeps) phone.clock.sleeps(asleep * MINUTE);
  truth.now = at(acted);
  if (c.evidence === 'page closed since') phone.reloads();
  phone.clock.skew = clock === null ? -at(acted) - 8 * HOUR : at(clock) - at(acted);
  const { at: claimed, mono, beacon } = phone.stamp();
  const stamp =
    c.evidence === 'nothing' ? { at: claimed, mono: null, beacon: null } : { at: claimed, mono, beacon };
  const interval = arrives('lin', stamp, at('09:30'), rule);

  const office = new Office(aSchool(), MONDAY, '06:00');
  openDay(office);
  office.at('09:00');
  office.system('homework.v1.closeDay', { date: MONDAY, classes: [C1] });
  const id = office.do('lin', 'homework.v1.assign', anItem(), { received: '09:30', time: interval });
  for (const [step, who] of ['he', 'dean', 'vice'].entries())
    office.do(who, 'homework.v1.sign', { step, items: [{ id, round: 1 }] }, { received: `09:3${step + 1}` });
  const late = office.classDay(C1).entries[0]?.late;
  const act = office.item(id).acts[0]!;
  return { interval, holder: late?.holder ?? 'nobody', basis: act.basis, claimed: act.claimed };
}

describe('an offline act over a deadline', () => {
  test.each(CLASSES)('$story, $evidence, slept: $sleeps', (c) => {
    const { interval, holder, basis, claimed } = lives(c);
    expect([interval.earliest, interval.latest]).toEqual([at(c.earliest), at('09:30')]);
    expect([holder, basis, basisOf(interval)]).toEqual([c.holder, c.basis, c.basis]);
    // What the phone's clock said is kept beside it and shown; it is in no verdict.
    expect(claimed).toBe(c.claim === null ? null : c.claim === '1970' ? -8 * HOUR : at(c.claim));
  });

  const differs = (rule: Rule): number => CLASSES.filter((c) => lives(c, rule).holder !== c.holder).length;

  test('a rule that believes the phone’s clock is caught', () => {
    const byClaim: Rule = (e, received) => ({
      earliest: Math.min(e.claimed, received),
      latest: received,
      evidence: e,
    });
    expect(differs(byClaim)).toBeGreaterThan(0);
  });
  test('a rule that believes it between its walls is caught', () => {
    const between: Rule = (e, received) => {
      const { earliest } = intervalOf(e, received);
      return { earliest: Math.max(earliest, Math.min(e.claimed, received)), latest: received, evidence: e };
    };
    const set = { ...CLASSES[2]!, story: 'forged' as const };
    expect(lives(set, between).interval.earliest).not.toBe(lives(set).interval.earliest);
  });
  test('a rule that knows the arrival only is caught', () => {
    const byReceipt: Rule = (e, received) => ({ earliest: received, latest: received, evidence: e });
    expect(differs(byReceipt)).toBeGreaterThan(0);
  });
  test('a rule that takes the monotonic clock for exact across sleep is caught', () => {
    // The wrong idea: two clocks of one phone that went apart mean that one was set, so nothing is believed.
    const exact: Rule = (e, received) => {
      const measured = (e.anchor ?? received) + (e.elapsed ?? 0);
      const tampered = e.elapsed !== null && Math.abs(e.claimed - measured) > 5 * MINUTE;
      return tampered ? { earliest: received, latest: received, evidence: e } : intervalOf(e, received);
    };
    const wrong = CLASSES.filter((c) => lives(c, exact).holder !== c.holder);
    expect(wrong.map((c) => `${c.story} ${c.sleeps}`)).toContain('genuine true');
  });
});

describe('the walls of an interval', () => {
  const received = at('09:30');
  const anyEvidence = fc.record({
    claimed: fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }),
    anchor: fc.option(fc.integer({ min: received - 30 * DAY_MS, max: received + 30 * DAY_MS })),
    elapsed: fc.option(fc.integer({ min: 0, max: 8_640_000_000_000_000 })),
  });

  test('hold for any evidence: not after arrival, not further back than a week', () => {
    fc.assert(
      fc.property(anyEvidence, (evidence) => {
        const { earliest, latest } = intervalOf(evidence, received);
        expect(latest).toBe(received);
        expect(earliest).toBeLessThanOrEqual(received);
        expect(earliest).toBeGreaterThanOrEqual(received - REACH);
      }),
      { numRuns: 2_000 },
    );
  });
  test('the claim is in none of them', () => {
    fc.assert(
      fc.property(anyEvidence, fc.integer(), (evidence, claimed) => {
        const a = intervalOf(evidence, received);
        const b = intervalOf({ ...evidence, claimed }, received);
        expect([b.earliest, b.latest, basisOf(b)]).toEqual([a.earliest, a.latest, basisOf(a)]);
      }),
      { numRuns: 2_000 },
    );
  });
  test('what really happened lies between them, whatever slept and whenever it arrives within a week', () => {
    const story = fc.record({
      before: fc.integer({ min: 0, max: 3 * DAY_MS }),
      slept: fc.double({ min: 0, max: 1, noNaN: true }),
      reload: fc.boolean(),
      wait: fc.integer({ min: 0, max: 3 * DAY_MS }),
      skew: fc.integer({ min: -400 * DAY_MS, max: 400 * DAY_MS }),
    });
    fc.assert(
      fc.property(story, ({ before, slept, reload, wait, skew }) => {
        const truth = { now: received };
        const phone = new Timekeeper('lin', truth, skew);
        phone.contacts();
        phone.clock.sleeps(Math.floor(before * slept));
        truth.now += before;
        if (reload) phone.reloads();
        const stamp = phone.stamp();
        const { earliest, latest } = arrives('lin', stamp, truth.now + wait);
        expect(earliest).toBeLessThanOrEqual(truth.now);
        expect(latest).toBeGreaterThanOrEqual(truth.now);
        if (!reload && Math.floor(before * slept) === 0) expect(truth.now - earliest).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2_000 },
    );
  });
  test('a signed time ahead of this server is our own wrong clock: a little is cut off, much counts for the person', () => {
    const of = (ahead: number) =>
      intervalOf({ claimed: 0, anchor: received + ahead, elapsed: 60_000 }, received);
    expect(of(10_000).earliest).toBe(received);
    expect(of(AHEAD).earliest).toBe(received);
    expect(basisOf(of(AHEAD))).toBe('anchored');
    expect(of(AHEAD + 1).earliest).toBe(received - REACH);
    expect(basisOf(of(AHEAD + 1))).toBe('unanchored');
  });
  test('a phone that was away for longer than a week is not believed further back', () => {
    const { earliest } = intervalOf({ claimed: 0, anchor: received - 30 * DAY_MS, elapsed: 0 }, received);
    expect(earliest).toBe(received - REACH);
  });
  test('the claim is told where it says something the walls do not', () => {
    const near = { earliest: received - MINUTE, latest: received };
    const wide = { earliest: received - 2 * HOUR, latest: received };
    const told = (i: Interval, claimed: number) =>
      claimOf({ ...i, evidence: { claimed, anchor: received, elapsed: 0 } });
    expect(told(near, received)).toBeNull();
    expect(told(near, received - 2 * MINUTE)).toBeNull();
    expect(told(near, received + 2 * MINUTE)).toBeNull();
    expect(told(near, received - 4 * MINUTE)).toBe(received - 4 * MINUTE);
    expect(told(near, received + 3 * DAY_MS)).toBe(received + 3 * DAY_MS);
    expect(told(wide, received - HOUR)).toBe(received - HOUR);
    expect(told(wide, wide.earliest + MINUTE), 'agrees with what was measured').toBeNull();
    const closed = { ...wide, evidence: { claimed: wide.earliest, anchor: wide.earliest, elapsed: null } };
    expect(claimOf(closed), 'nothing was measured').toBe(wide.earliest);
    expect(claimOf(near)).toBeNull();
  });
});
