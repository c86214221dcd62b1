import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantOf } from '@kernel/shared/time';
import type { Act, LatenessRules } from '@modules/homework';
import { HOLDERS, latenessOf, stretchesOf } from '@modules/homework';

const at = (clock: string): number => instantOf('2026-11-23', clock, 'Asia/Shanghai');
const RULES: LatenessRules = {
  allowance: 20,
  outages: [],
  targets: { author: at('08:00'), groupLeader: at('08:20'), dean: at('08:40'), vicePrincipal: at('08:55') },
};
/** `sign0 08:10` acted and received then; `sign0 08:10/08:30` acted 08:10, received 08:30. */
function acts(...words: string[]): Act[] {
  return words.map((word) => {
    const [what = '', times = '08:00'] = word.split(' ');
    const [acted = '', received = acted] = times.split('/');
    const step = /\d/.exec(what);
    return {
      act: what.replace(/\d/, '') as Act['act'],
      step: step ? Number(step[0]) : null,
      person: 'p',
      name: 'p',
      at: at(acted),
      received: at(received),
      basis: acted === received ? 'receipt' : 'anchored',
      claimed: null,
      reason: null,
    };
  });
}
const blame = (...words: string[]): string => {
  const { minutes, holder } = latenessOf(acts(...words), RULES);
  return `${minutes.author} ${minutes.groupLeader} ${minutes.dean} ${minutes.vicePrincipal} ${holder}`;
};

describe('whose lateness it was', () => {
  it.each([
    ['everybody on time', ['assign 07:50', 'sign0 08:15', 'sign1 08:35', 'sign2 08:50'], '0 0 0 0 nobody'],
    ['the author', ['assign 08:30', 'sign0 08:45', 'sign1 09:00', 'sign2 09:10'], '30 0 0 0 author'],
    [
      'the leader, others within 20 minutes',
      ['assign 07:50', 'sign0 08:50', 'sign1 09:10', 'sign2 09:30'],
      '0 30 0 0 groupLeader',
    ],
    [
      'two of them: the first is named',
      ['assign 07:50', 'sign0 08:50', 'sign1 09:11', 'sign2 09:12'],
      '0 30 1 0 groupLeader',
    ],
    [
      'the vice principal alone',
      ['assign 07:50', 'sign0 08:00', 'sign1 08:10', 'sign2 09:25'],
      '0 0 0 30 vicePrincipal',
    ],
    [
      'a dead network: done at 07:50, here at 09:10',
      ['assign 07:50/09:10', 'sign0 09:15', 'sign1 09:20', 'sign2 09:25'],
      '0 0 0 0 nobody',
    ],
    [
      'a signature made in time, here late',
      ['assign 07:50', 'sign0 08:10', 'sign1 08:15', 'sign2 08:50/09:30'],
      '0 0 0 0 nobody',
    ],
    [
      'returned: the author has 20 minutes',
      ['assign 07:50', 'return0 08:15', 'revise 08:35', 'sign0 08:55', 'sign1 09:15', 'sign2 09:35'],
      '0 0 0 0 nobody',
    ],
    [
      'returned and left lying',
      ['assign 07:50', 'return0 08:15', 'revise 08:55', 'sign0 09:00', 'sign1 09:01', 'sign2 09:02'],
      '20 0 0 0 author',
    ],
    [
      'late, returned, late again: minutes add up',
      ['assign 08:10', 'return0 08:20', 'revise 08:45', 'sign0 09:00', 'sign1 09:01', 'sign2 09:02'],
      '15 0 0 0 author',
    ],
    [
      'the dean was late before the author',
      [
        'assign 07:50',
        'sign0 08:00',
        'return1 08:50',
        'revise 09:20',
        'sign0 09:21',
        'sign1 09:22',
        'sign2 09:23',
      ],
      '10 0 10 0 dean',
    ],
    [
      'a passed-over step never holds it',
      ['assign 07:50', 'skip0 07:50', 'sign1 09:00', 'sign2 09:05'],
      '0 0 20 0 dean',
    ],
  ])('%s', (_, words, expected) => {
    expect(blame(...words)).toBe(expected);
  });

  it('seconds count for nobody, but name the one who was late when nobody else was', () => {
    const list = acts('assign 08:00', 'sign0 08:20', 'sign1 08:40', 'sign2 09:00');
    const late = list.map((a) => ({ ...a, at: a.at + 30_000, received: a.received + 30_000 }));
    expect(latenessOf(late, RULES)).toEqual({
      minutes: { author: 0, groupLeader: 0, dean: 0, vicePrincipal: 0 },
      holder: 'author',
      basis: 'receipt',
    });
  });
});

/** A believable history: each act is received in order, was made at or before its receipt, with returns and skipped steps. */
const history = fc
  .record({
    start: fc.integer({ min: -60, max: 90 }),
    skip: fc.constantFrom<number[]>([], [0], [1], [2], [0, 2]),
    moves: fc.array(
      fc.record({
        wait: fc.integer({ min: 0, max: 80 }),
        offline: fc.integer({ min: 0, max: 60 }),
        back: fc.integer({ min: 0, max: 5 }),
      }),
      { minLength: 2, maxLength: 12 },
    ),
  })
  .map(({ start, skip, moves }) => {
    const list: Act[] = [];
    let now = at('08:00') + start * 60_000;
    let step = 0;
    let mine = true;
    const add = (act: Act['act'], s: number | null, offline: number): void => {
      list.push({
        act,
        step: s,
        person: 'p',
        name: 'p',
        at: now - offline * 60_000,
        received: now,
        basis: 'receipt',
        claimed: null,
        reason: null,
      });
    };
    const skips = (): void => skip.forEach((s) => add('skip', s, 0));
    const next = (from: number): number => [0, 1, 2].find((s) => s >= from && !skip.includes(s)) ?? 3;
    for (const m of moves) {
      now += m.wait * 60_000 + 7_000;
      if (mine) {
        add(list.length === 0 ? 'assign' : 'revise', null, m.offline);
        skips();
        [step, mine] = [next(0), false];
      } else if (m.back === 0) {
        add('return', step, m.offline);
        mine = true;
      } else {
        add('sign', step, m.offline);
        step = next(step + 1);
        if (step === 3) break;
      }
    }
    return { list, skip };
  });

describe('for every history', () => {
  it('somebody is named exactly when somebody went beyond their own limit, and only who had it', () => {
    fc.assert(
      fc.property(history, ({ list, skip }) => {
        const { minutes, holder } = latenessOf(list, RULES);
        const had = new Set<string>(stretchesOf(list).map((s) => s.holder));
        for (const h of HOLDERS) if (!had.has(h)) expect(minutes[h]).toBe(0);
        for (const s of skip) expect(had.has(HOLDERS[s + 1] ?? '')).toBe(false);
        expect(holder === 'nobody' || had.has(holder)).toBe(true);
        const sum = HOLDERS.reduce((n, h) => n + minutes[h], 0);
        if (holder === 'nobody') expect(sum).toBe(0);
        else if (sum > 0) expect(minutes[holder]).toBeGreaterThan(0);
      }),
    );
  });

  it('all own minutes together are no more than the time from the first target to the last act', () => {
    fc.assert(
      fc.property(history, ({ list }) => {
        const { minutes } = latenessOf(list, RULES);
        const last = list[list.length - 1]?.received ?? 0;
        const span = Math.max(0, last - RULES.targets.author) / 60_000;
        expect(HOLDERS.reduce((n, h) => n + minutes[h], 0)).toBeLessThanOrEqual(span);
      }),
    );
  });

  it('acting later never makes the own minutes fewer', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.integer({ min: 1, max: 50 }), ({ list }, pick, more) => {
        const i = pick % list.length;
        const act = list[i];
        if (!act || act.act === 'skip') return;
        const holder =
          stretchesOf(list)[list.slice(0, i).filter((a) => a.act !== 'skip').length]?.holder ?? 'author';
        const later = list.map((a, k) => (k === i ? { ...a, at: a.at + more * 60_000 } : a));
        expect(latenessOf(later, RULES).minutes[holder]).toBeGreaterThanOrEqual(
          latenessOf(list, RULES).minutes[holder],
        );
      }),
    );
  });

  it('a receipt that comes later harms nobody whose own act was made when it was', () => {
    fc.assert(
      fc.property(history, fc.nat(), fc.integer({ min: 1, max: 90 }), ({ list }, pick, more) => {
        const i = pick % list.length;
        const slow = list.map((a, k) => (k === i ? { ...a, received: a.received + more * 60_000 } : a));
        const before = latenessOf(list, RULES).minutes;
        const after = latenessOf(slow, RULES).minutes;
        for (const h of HOLDERS) expect(after[h]).toBeLessThanOrEqual(before[h]);
      }),
    );
  });

  it('with four people on time the board is on time: the targets leave no gap', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 3, maxLength: 3 }), (waits) => {
        const list = acts('assign 08:00');
        let now = at('08:00');
        waits.forEach((w, step) => {
          now += w * 60_000;
          const times = { at: now, received: now, basis: 'receipt' as const, claimed: null };
          list.push({ act: 'sign', step, person: 'p', name: 'p', ...times, reason: null });
        });
        expect(now).toBeLessThanOrEqual(at('09:00'));
        expect(latenessOf(list, RULES).holder).toBe('nobody');
      }),
    );
  });
});
