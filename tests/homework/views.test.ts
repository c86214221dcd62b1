import { beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_RULES,
  boardOf,
  checkDraft,
  itemRecord,
  meterOf,
  rulesOn,
  signQueue,
  yesterdayOf,
} from '@modules/homework';
import { Office, openDay } from './office';
import { C1, C2, C2ND, MONDAY, aSchool, anItem, minutes } from './school';

const ASSIGN = 'homework.v1.assign';
let office: Office;
beforeEach(() => {
  office = new Office(aSchool(), MONDAY, '06:00');
});

describe('the meter', () => {
  it('counts written homework only', () => {
    office.do('lin', ASSIGN, anItem({ tiers: minutes(12) }));
    office.do('sun', ASSIGN, anItem({ subject: 'politics', form: 'oral' }));
    expect(meterOf(office.classDay(C1), DEFAULT_RULES, 7)).toEqual({
      subjects: 1,
      subjectLimit: 3,
      minutes: 12,
      minuteLimit: 90,
    });
  });
  it('of a day nobody has begun is empty; grades 1 and 2 have none', () => {
    expect(meterOf(undefined, DEFAULT_RULES, 2)).toEqual({
      subjects: 0,
      subjectLimit: 3,
      minutes: 0,
      minuteLimit: 0,
    });
  });
});

describe('the draft being typed', () => {
  const check = (over = {}, cls = C1, grade = 7) =>
    checkDraft(
      { subject: 'politics', form: 'written', tiers: minutes(10), ...over },
      [
        {
          id: cls,
          name: '七(1)班',
          grade,
          day: office.bodies.has(`homework.classDay\u0000${cls}|${MONDAY}`)
            ? office.classDay(cls)
            : undefined,
        },
      ],
      DEFAULT_RULES,
    ).map((p) => `${p.severity} ${p.code}`);

  it('is told the same as the server would say, and flags besides', () => {
    expect(check()).toEqual([]);
    expect(check({ tiers: minutes(16) })).toEqual(['flag homework.overMinutes']);
    expect(check({}, C2ND, 2)).toEqual(['stop homework.dayMinutesFull']);
    office.do('lin', ASSIGN, anItem({ tiers: minutes(60) }));
    office.do('wang', ASSIGN, anItem({ subject: 'math' }));
    office.do('zhao', ASSIGN, anItem({ subject: 'english' }));
    expect(check({ tiers: minutes(20) })).toEqual([
      'stop homework.subjectsFull',
      'stop homework.dayMinutesFull',
      'flag homework.overMinutes',
    ]);
    expect(check({ subject: 'math', form: 'oral' })).toEqual(['stop homework.alreadyAssigned']);
  });
});

describe('the board', () => {
  it('shows what is there, what lacks, and whose it is since when', () => {
    openDay(office, {
      expected: [
        ['chinese', '语文', 'lin'],
        ['math', '数学', 'wang'],
        ['english', '英语', 'zhao'],
      ],
    });
    office.do('wang', 'homework.v1.excuse', { class: C1, subject: 'math', date: MONDAY });
    office.at('07:10').do('lin', ASSIGN, anItem());
    office.do('sun', ASSIGN, anItem({ subject: 'politics' }));
    const rows = boardOf(office.classDay(C1)).map((r) => [r.subjectName, r.personName, r.state, r.holder]);
    expect(rows).toEqual([
      ['语文', '林晓梅', 'waiting', 'groupLeader'],
      ['数学', '王建国', 'excused', null],
      ['英语', '赵海燕', 'missing', 'author'],
      ['道德与法治', '孙立', 'waiting', 'groupLeader'],
    ]);
    expect(boardOf(office.classDay(C1))[0]?.since).toBe(office.now);
  });
});

describe('the signer’s queue', () => {
  it('keeps rule-clean and exceptions apart, leaves out one’s own and other groups', () => {
    const clean = office.do('lin', ASSIGN, anItem());
    const long = office.do('wang', ASSIGN, anItem({ subject: 'math', tiers: minutes(20) }));
    office.do('zhao', ASSIGN, anItem({ subject: 'english' }));
    const [queue, ...others] = signQueue(office.all(itemRecord), office.actor('he'));
    expect(others).toEqual([]);
    expect(queue?.clean.map((r) => r.id)).toEqual([clean]);
    expect(queue?.exceptions.map((e) => [e.item.id, e.flags])).toEqual([[long, ['overMinutes']]]);
    expect(signQueue(office.all(itemRecord), office.actor('lin'))).toEqual([]);
    expect(signQueue(office.all(itemRecord), office.actor('dean'))[0]?.clean).toHaveLength(1);
  });
});

describe('同昨天', () => {
  it('is the author’s latest earlier one for that class and subject, not a withdrawn one', () => {
    office.do('lin', ASSIGN, anItem());
    const tuesday = office.do('lin', ASSIGN, anItem({ date: '2026-11-24' }));
    const gone = office.do('lin', ASSIGN, anItem({ date: '2026-11-25' }));
    office.do('lin', ASSIGN, anItem({ date: '2026-11-25', classes: [C2] }));
    office.do('lin', 'homework.v1.withdraw', { item: gone });
    const items = office.all(itemRecord);
    expect(yesterdayOf(items, 'lin', C1, 'chinese', '2026-11-26')?.id).toBe(tuesday);
    expect(yesterdayOf(items, 'lin', C1, 'chinese', MONDAY)).toBeUndefined();
  });
});

describe('the rules in force', () => {
  const v = (version: number, from: string) => ({ ...DEFAULT_RULES, version, from });
  it.each([
    [undefined, '2026-11-23', 0],
    [[], '2026-11-23', 0],
    [[v(1, '2026-11-24')], '2026-11-23', 0],
    [[v(1, '2026-11-01'), v(2, '2026-11-23')], '2026-11-23', 2],
    [[v(2, '2026-11-23'), v(1, '2026-11-01')], '2026-11-22', 1],
    [[v(1, '2026-11-01'), v(2, '2026-11-01')], '2026-11-23', 2],
  ])('%#', (versions, day, version) => {
    expect(rulesOn(versions && { versions }, day).version).toBe(version);
  });
});
