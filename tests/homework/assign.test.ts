import { beforeEach, describe, expect, it } from 'vitest';
import { classRecord } from '@modules/org';
import { DEFAULT_RULES, assignTaskId, classDayRecord, rulesRecord } from '@modules/homework';
import { Office, openDay } from './office';
import { C1, C2, C2ND, C8, MONDAY, aSchool, anItem, minutes } from './school';

const ASSIGN = 'homework.v1.assign';
let office: Office;
beforeEach(() => {
  office = new Office(aSchool(), MONDAY);
});

describe('who and when', () => {
  it.each([
    ['a teacher of the class and subject', 'lin', anItem(), null],
    ['two parallel classes at once', 'lin', anItem({ classes: [C1, C2] }), null],
    ['somebody who teaches another subject', 'wang', anItem(), 'kernel.notFound'],
    ['a class that does not exist', 'lin', anItem({ classes: [C1, 'c-9999-1'] }), 'kernel.notFound'],
    ['a subject nobody knows', 'lin', anItem({ subject: 'magic' }), 'kernel.notFound'],
    ['the administrator', 'admin', anItem(), 'kernel.notAllowed'],
    ['classes of two grades', 'lin', anItem({ classes: [C1, C8] }), 'homework.mixedGrades'],
    ['written homework in a subject without', 'zhou', anItem({ subject: 'pe' }), 'homework.notWritten'],
    [
      'practical homework in a subject without written',
      'zhou',
      anItem({ subject: 'pe', form: 'practical' }),
      null,
    ],
    ['14 days ahead', 'lin', anItem({ date: '2026-12-07' }), null],
  ])('%s', (_, who, args, code) => {
    const outcome = office.does(who, ASSIGN, args);
    expect('code' in outcome ? outcome.code : null).toBe(code);
  });

  it.each([
    ['2026-11-22', { reason: 'past', next: MONDAY }],
    ['2026-11-28', { reason: 'weekend', next: '2026-11-30' }],
    ['2026-11-27', { reason: 'closed', name: '运动会', next: '2026-11-30' }],
    ['2026-12-01', { reason: 'holiday', name: '某节', next: '2026-12-02' }],
    ['2026-12-08', { reason: 'tooFar' }],
  ])('%s is no day for homework, and the next one is offered', (date, details) => {
    expect(office.does('lin', ASSIGN, anItem({ date }))).toMatchObject({
      code: 'homework.notSchoolDay',
      details: { date, ...details },
    });
  });

  it('a day nobody knows is not guessed', () => {
    office.at('07:00', '2026-12-30');
    expect(office.does('lin', ASSIGN, anItem({ date: '2027-01-04' }))).toMatchObject({
      code: 'homework.dayUnknown',
      details: { reason: 'notCovered' },
    });
  });

  it('what was done offline before midnight is judged by when it was done', () => {
    office.at('06:30', '2026-11-24');
    const acted = office.now - 10 * 3_600_000;
    expect(office.does('lin', ASSIGN, anItem(), { acted })).not.toHaveProperty('code');
    expect(office.does('lin', ASSIGN, anItem({ classes: [C2] }))).toMatchObject({
      details: { reason: 'past' },
    });
  });

  it('a teaching counts on the day of the homework, not of the typing', () => {
    const body = office.get(classRecord, C1);
    if (!body) throw new Error('no class');
    const teachings = [{ subject: 'chinese', person: 'sun', from: '2026-11-25', to: null }];
    office.put(classRecord, C1, { ...body, teachings });
    expect(office.does('sun', ASSIGN, anItem({ date: '2026-11-24' }))).toMatchObject({
      code: 'kernel.notFound',
    });
    expect(office.does('sun', ASSIGN, anItem({ date: '2026-11-25' }))).not.toHaveProperty('code');
  });
});

describe('what it writes', () => {
  it('the item has the command for its id, the class-day its line, the task is done', () => {
    const id = office.do('lin', ASSIGN, anItem({ classes: [C1, C2] }));
    expect(office.item(id)).toMatchObject({
      state: 'waiting',
      step: 0,
      round: 1,
      flags: [],
      prep: 'g7-chinese',
    });
    expect(office.classDay(C2).entries).toMatchObject([{ item: id, minutes: 15, written: true, step: 0 }]);
  });

  it('tiers stand in their order and the largest counts', () => {
    const tiers = [
      { tier: 'C', content: '拓展', minutes: 15 },
      { tier: 'A', content: '  基础 ', minutes: 5 },
    ];
    const id = office.do('lin', ASSIGN, anItem({ tiers }));
    expect(office.item(id).tiers).toEqual([
      { tier: 'A', content: '基础', minutes: 5 },
      { tier: 'C', content: '拓展', minutes: 15 },
    ]);
    expect(office.classDay(C1).entries[0]?.minutes).toBe(15);
  });

  it('an expected one is done and its task closed', () => {
    openDay(office);
    office.do('lin', ASSIGN, anItem());
    expect(office.classDay(C1).expected).toMatchObject([{ subject: 'chinese', state: 'done' }]);
    expect(office.task(assignTaskId(C1, 'chinese', MONDAY))).toMatchObject({ state: 'done', person: 'lin' });
  });

  it('more than 15 minutes is an exception for the signers, not a refusal', () => {
    const id = office.do('lin', ASSIGN, anItem({ tiers: minutes(16) }));
    expect(office.item(id).flags).toEqual(['overMinutes']);
    expect(office.classDay(C1).entries[0]?.overLimit).toBe(true);
  });

  it('after the deadline it is flagged late', () => {
    office.at('09:00');
    const id = office.do('lin', ASSIGN, anItem());
    expect(office.item(id).flags).toEqual(['late']);
  });
});

describe('steps nobody else can sign', () => {
  it.each([
    ['a teacher with a group leader', 'lin', 'chinese', 0, []],
    ['the group leader herself', 'zhao', 'english', 1, ['ownRole']],
    ['a teacher whose group has no leader', 'qian', 'history', 1, ['noLeader']],
  ])('%s', (_, who, subject, step, reasons) => {
    const item = office.item(office.do(who, ASSIGN, anItem({ subject })));
    expect(item.step).toBe(step);
    expect(item.acts.filter((a) => a.act === 'skip').map((a) => a.reason)).toEqual(reasons);
  });
});

describe('the caps', () => {
  const fill = (date = MONDAY) => {
    office.do('lin', ASSIGN, anItem({ date }));
    office.do('wang', ASSIGN, anItem({ date, subject: 'math' }));
    office.do('zhao', ASSIGN, anItem({ date, subject: 'english' }));
  };

  it('a fourth written subject is refused as a whole, with who has the places and the next free day', () => {
    fill();
    fill('2026-11-24');
    const before = new Map(office.bodies);
    const outcome = office.does('sun', ASSIGN, anItem({ subject: 'politics', classes: [C2, C1] }));
    expect(outcome).toMatchObject({
      code: 'homework.subjectsFull',
      details: {
        limit: 3,
        classes: [{ id: C1, name: '七(1)班', subjects: ['语文', '数学', '英语'], nextFree: '2026-11-25' }],
      },
    });
    expect(office.bodies).toEqual(before);
  });

  it('oral and practical homework takes no place', () => {
    fill();
    expect(office.does('sun', ASSIGN, anItem({ subject: 'politics', form: 'oral' }))).not.toHaveProperty(
      'code',
    );
  });

  it('one subject has one item a day in a class', () => {
    const id = office.do('lin', ASSIGN, anItem());
    expect(office.does('lin', ASSIGN, anItem({ classes: [C2, C1], form: 'oral' }))).toMatchObject({
      code: 'homework.alreadyAssigned',
      details: { item: id, classes: [{ id: C1, item: id, personName: '林晓梅' }] },
    });
  });

  it.each([
    [45, null],
    [46, 'homework.dayMinutesFull'],
  ])('of 90 minutes 45 are taken: %i more', (n, code) => {
    office.do('wang', ASSIGN, anItem({ subject: 'math', tiers: minutes(45) }));
    const outcome = office.does('lin', ASSIGN, anItem({ tiers: minutes(n) }));
    expect('code' in outcome ? outcome.code : null).toBe(code);
    if (code)
      expect(outcome).toMatchObject({
        details: { minutes: n, classes: [{ id: C1, used: 45, limit: 90, nextFree: '2026-11-24' }] },
      });
  });

  it('grades 1 and 2 have no written homework at all', () => {
    expect(office.does('lin', ASSIGN, anItem({ classes: [C2ND] }))).toMatchObject({
      code: 'homework.dayMinutesFull',
      details: { classes: [{ limit: 0, nextFree: null }] },
    });
    expect(office.does('lin', ASSIGN, anItem({ classes: [C2ND], form: 'oral' }))).not.toHaveProperty('code');
  });

  it('no day is offered that could not be assigned yet', () => {
    for (const date of ['2026-12-07']) fill(date);
    const outcome = office.does('sun', ASSIGN, anItem({ subject: 'politics', date: '2026-12-07' }));
    expect(outcome).toMatchObject({ details: { classes: [{ nextFree: null }] } });
  });

  it('no day is offered on which the subject is somebody else’s', () => {
    fill();
    const body = office.get(classRecord, C1);
    if (!body) throw new Error('no class');
    const teachings = body.teachings.map((t) => (t.subject === 'politics' ? { ...t, to: '2026-11-24' } : t));
    office.put(classRecord, C1, { ...body, teachings });
    fill('2026-11-24');
    const outcome = office.does('sun', ASSIGN, anItem({ subject: 'politics' }));
    expect(outcome).toMatchObject({ details: { classes: [{ nextFree: null }] } });
  });

  it("the school's own rules hold from their day on", () => {
    const stricter = { ...DEFAULT_RULES, version: 1, from: '2026-11-24', subjects: 1 };
    office.put(rulesRecord, 'school', { versions: [stricter] });
    fill();
    office.do('lin', ASSIGN, anItem({ date: '2026-11-24' }));
    expect(office.does('wang', ASSIGN, anItem({ subject: 'math', date: '2026-11-24' }))).toMatchObject({
      details: { limit: 1 },
    });
    expect(office.get(classDayRecord, `${C1}|${MONDAY}`)?.entries).toHaveLength(3);
  });
});
