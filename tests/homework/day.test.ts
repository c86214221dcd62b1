import { beforeEach, describe, expect, it } from 'vitest';
import type { BodyOf } from '@kernel/shared/record';
import type { taskRecord } from '@kernel/shared/kernel-records';
import { addDays, instantOf } from '@kernel/shared/time';
import { assignTaskId, rewriteTaskId } from '@modules/homework';
import { Office, ZONE, openDay } from './office';
import { C1, C2, MONDAY, aSchool, anItem, minutes } from './school';

const ASSIGN = 'homework.v1.assign';
const at = (clock: string): number => instantOf(MONDAY, clock, ZONE);
const THREE = [
  ['chinese', '语文', 'lin'],
  ['math', '数学', 'wang'],
  ['english', '英语', 'zhao'],
] as const;

let office: Office;
beforeEach(() => {
  office = new Office(aSchool(), MONDAY, '06:00');
});

const close = (classes: string[] = [C1], date = MONDAY) =>
  office.system('homework.v1.closeDay', { date, classes });
const sign = (who: string, step: number, ...ids: string[]) =>
  office.do(who, 'homework.v1.sign', {
    step,
    items: ids.map((id) => ({ id, round: office.item(id).round })),
  });
function signAll(...ids: string[]): void {
  sign('he', 0, ...ids);
  sign('dean', 1, ...ids);
  sign('vice', 2, ...ids);
}

describe('a day made ready', () => {
  it('has a class-day and a task for everybody it is expected of', () => {
    openDay(office, { expected: THREE });
    expect(office.classDay(C1)).toMatchObject({
      deadline: at('09:00'),
      entries: [],
      board: { state: 'open' },
    });
    expect(office.task(assignTaskId(C1, 'math', MONDAY))).toEqual<BodyOf<typeof taskRecord>>({
      type: 'homework.assign',
      person: 'wang',
      day: MONDAY,
      due: at('08:00'),
      until: instantOf(addDays(MONDAY, 1), '00:00', ZONE),
      seconds: 20,
      state: 'open',
      doneAt: null,
      about: { class: C1, className: '七(1)班', subject: 'math', subjectName: '数学' },
    });
  });

  it('made ready again changes nothing', () => {
    openDay(office, { expected: THREE });
    expect(openDay(office, { expected: THREE })).toMatchObject({ writes: [] });
  });

  it('follows a changed plan, but never touches what somebody did', () => {
    openDay(office, { expected: THREE });
    office.do('lin', ASSIGN, anItem());
    office.do('wang', 'homework.v1.excuse', { class: C1, subject: 'math', date: MONDAY });
    openDay(office, {
      expected: [
        ['chinese', '语文', 'sun'],
        ['math', '数学', 'sun'],
        ['english', '英语', 'sun'],
        ['history', '历史', 'qian'],
      ],
    });
    const rows = office.classDay(C1).expected.map((e) => `${e.subject} ${e.person} ${e.state}`);
    expect(rows).toEqual(['chinese lin done', 'math wang excused', 'english sun open', 'history qian open']);
    expect(office.task(assignTaskId(C1, 'english', MONDAY))).toMatchObject({ person: 'sun', state: 'open' });
  });

  it('a day called off loses what it expected, tasks too, also after the target', () => {
    openDay(office, { expected: THREE });
    office.at('08:30');
    openDay(office, { expected: [] });
    expect(office.classDay(C1).expected).toEqual([]);
    expect(office.task(assignTaskId(C1, 'math', MONDAY))).toBeUndefined();
  });

  it('asks nothing new of anybody after their own target', () => {
    office.at('08:00');
    openDay(office, { expected: THREE });
    expect(office.classDay(C1).expected).toEqual([]);
  });

  it('knows what was assigned before the plan, and a withdrawal makes the task after all', () => {
    const id = office.do('lin', ASSIGN, anItem());
    openDay(office);
    expect(office.classDay(C1).expected).toMatchObject([{ state: 'done' }]);
    office.do('lin', 'homework.v1.withdraw', { item: id });
    expect(office.task(assignTaskId(C1, 'chinese', MONDAY))).toMatchObject({ state: 'open', person: 'lin' });
  });

  it('only the school itself may do it', () => {
    const args = { date: MONDAY, classes: [C1] };
    expect(office.does('admin', 'homework.v1.closeDay', args)).toMatchObject({ code: 'kernel.notAllowed' });
  });
});

describe('the deadline', () => {
  it('puts out what is signed, at the deadline, however late the job runs', () => {
    openDay(office);
    const id = office.do('lin', ASSIGN, anItem());
    signAll(id);
    office.at('09:20');
    close();
    expect(office.item(id)).toMatchObject({ state: 'published' });
    expect(office.classDay(C1)).toMatchObject({
      entries: [{ state: 'published', publishedAt: at('09:00'), late: null }],
      board: { state: 'onTime', completeAt: at('09:00') },
    });
  });

  it('judges nothing before it', () => {
    openDay(office);
    office.at('08:59');
    expect(close()).toMatchObject({ writes: [] });
  });

  it('a board that lacks something is late, and complete with the last signature', () => {
    openDay(office, { expected: THREE.slice(0, 2) });
    const a = office.do('lin', ASSIGN, anItem());
    signAll(a);
    office.at('09:00');
    close();
    expect(office.classDay(C1).board).toMatchObject({ state: 'late', completeAt: null, holder: null });
    const b = office.at('09:30').do('wang', ASSIGN, anItem({ subject: 'math' }));
    office.at('09:40');
    signAll(b);
    expect(office.classDay(C1).board).toMatchObject({
      state: 'late',
      completeAt: at('09:40'),
      holder: 'author',
    });
    expect(office.classDay(C1).entries[1]?.late?.minutes).toMatchObject({ author: 90, groupLeader: 0 });
  });

  it('a signature seconds after the deadline is late also when the job comes later', () => {
    openDay(office);
    const id = office.do('lin', ASSIGN, anItem());
    sign('he', 0, id);
    sign('dean', 1, id);
    office.now = at('09:00') + 5_000;
    sign('vice', 2, id);
    office.now += 15_000;
    close();
    expect(office.classDay(C1).board).toMatchObject({ state: 'late', completeAt: at('09:00') + 5_000 });
    expect(office.classDay(C1).board.holder).toBe('vicePrincipal');
  });

  it('one item on two boards goes out on both', () => {
    openDay(office, { classes: [C1, C2] });
    const id = office.do('lin', ASSIGN, anItem({ classes: [C1, C2] }));
    signAll(id);
    office.at('09:00');
    close([C1, C2]);
    expect([C1, C2].map((c) => office.classDay(c).board.state)).toEqual(['onTime', 'onTime']);
  });

  it('judged twice is judged once', () => {
    openDay(office);
    office.at('09:00');
    close();
    const board = office.classDay(C1).board;
    office.at('10:00');
    close();
    expect(office.classDay(C1).board).toEqual(board);
  });
});

describe('今天不布置', () => {
  const excuse = (who = 'lin', when = {}) =>
    office.does(who, 'homework.v1.excuse', { class: C1, subject: 'chinese', date: MONDAY }, when);

  it('closes the task and leaves the board nothing to lack', () => {
    openDay(office);
    excuse();
    expect(office.task(assignTaskId(C1, 'chinese', MONDAY))).toMatchObject({ state: 'excused' });
    office.at('09:00');
    close();
    expect(office.classDay(C1).board.state).toBe('onTime');
  });

  it('is said by whom it was expected of, and by nobody else', () => {
    openDay(office);
    expect(excuse('wang')).toMatchObject({ code: 'kernel.notFound' });
    for (const who of ['boss', 'admin']) expect(excuse(who)).toMatchObject({ code: 'kernel.notAllowed' });
  });

  it('said after the deadline completes a late board, the author late; said in time and received late, nobody', () => {
    for (const [when, holder] of [
      [{}, 'author'],
      [{ acted: '08:30' }, 'nobody'],
    ] as const) {
      office = new Office(aSchool(), MONDAY, '06:00');
      openDay(office);
      office.at('09:00');
      close();
      office.at('09:10');
      excuse('lin', when);
      expect(office.classDay(C1).board).toMatchObject({ state: 'late', completeAt: at('09:10'), holder });
    }
  });

  it('assigning takes it back; once assigned there is nothing to excuse', () => {
    openDay(office);
    excuse();
    const item = office.do('lin', ASSIGN, anItem());
    expect(office.classDay(C1).expected[0]?.state).toBe('done');
    expect(excuse()).toMatchObject({ code: 'homework.alreadyAssigned', details: { item } });
  });

  it('is not said about a day that is over', () => {
    openDay(office);
    office.at('07:00', addDays(MONDAY, 1));
    expect(excuse()).toMatchObject({ code: 'homework.notSchoolDay', details: { reason: 'past' } });
  });
});

describe('changing one’s mind', () => {
  it('withdrawing frees the place at once and asks again', () => {
    openDay(office);
    const id = office.do('lin', ASSIGN, anItem());
    office.do('lin', 'homework.v1.withdraw', { item: id });
    expect(office.classDay(C1)).toMatchObject({ entries: [], expected: [{ state: 'open' }] });
    expect(office.task(assignTaskId(C1, 'chinese', MONDAY))).toMatchObject({ state: 'open', doneAt: null });
    expect(office.does('lin', 'homework.v1.withdraw', { item: id })).toMatchObject({
      code: 'homework.withdrawn',
    });
  });

  it('a returned item comes back as a task, and revised it is shown as such', () => {
    const id = office.do('lin', ASSIGN, anItem({ tiers: minutes(20) }));
    office.at('07:55').do('he', 'homework.v1.return', { item: id, round: 1, step: 0, reason: '太多' });
    expect(office.task(rewriteTaskId(id))).toMatchObject({
      state: 'open',
      person: 'lin',
      due: at('08:15'),
      about: { item: id, reason: '太多', classNames: '七(1)班' },
    });
    office.do('lin', 'homework.v1.revise', { item: id, round: 1, form: 'written', tiers: minutes(15) });
    expect(office.item(id)).toMatchObject({ round: 2, flags: ['revised'], state: 'waiting', step: 0 });
    expect(office.task(rewriteTaskId(id))).toMatchObject({ state: 'done' });
  });

  it('a revision is held to the caps, its own old minutes apart', () => {
    office.do('wang', ASSIGN, anItem({ subject: 'math', tiers: minutes(60) }));
    const id = office.do('lin', ASSIGN, anItem({ tiers: minutes(25) }));
    const revise = (n: number, round: number) =>
      office.does('lin', 'homework.v1.revise', { item: id, round, form: 'written', tiers: minutes(n) });
    expect(revise(30, 1)).not.toHaveProperty('code');
    expect(revise(31, 2)).toMatchObject({
      code: 'homework.dayMinutesFull',
      details: { classes: [{ used: 60, limit: 90 }] },
    });
    expect(revise(29, 1)).toMatchObject({ code: 'homework.staleRound', details: { round: 2 } });
  });

  it('a correction stays visible, and is held to the caps', () => {
    office.do('wang', ASSIGN, anItem({ subject: 'math', tiers: minutes(70) }));
    const id = office.do('lin', ASSIGN, anItem({ tiers: minutes(20) }));
    signAll(id);
    office.at('09:00');
    close();
    const correct = (n: number) =>
      office.does('lin', 'homework.v1.correct', { item: id, tiers: minutes(n), reason: '页码写错' });
    expect(correct(21)).toMatchObject({ code: 'homework.dayMinutesFull' });
    correct(10);
    expect(office.item(id).corrections).toMatchObject([{ reason: '页码写错', before: minutes(20) }]);
    expect(office.classDay(C1).entries[1]).toMatchObject({ minutes: 10, overLimit: false, corrected: true });
    expect(
      office.does('lin', 'homework.v1.revise', { item: id, round: 1, form: 'oral', tiers: minutes(5) }),
    ).toMatchObject({
      code: 'homework.alreadyPublished',
    });
  });
});

describe('a batch of signatures', () => {
  it('signs what still waits there and leaves the rest; only an empty hand is refused', () => {
    const a = office.do('lin', ASSIGN, anItem());
    const b = office.do('wang', ASSIGN, anItem({ subject: 'math' }));
    const c = office.do('zhao', ASSIGN, anItem({ subject: 'english' }));
    const batch = { step: 0, items: [a, b, c].map((id) => ({ id, round: 1 })) };
    office.do('lin', 'homework.v1.revise', { item: a, round: 1, form: 'written', tiers: minutes(5) });
    office.do('he', 'homework.v1.sign', batch);
    expect([a, b, c].map((id) => office.item(id).step)).toEqual([0, 1, 1]);
    expect(office.does('he', 'homework.v1.sign', batch)).toMatchObject({
      code: 'homework.nothingToSign',
      details: { skipped: [{ reason: 'round' }, { reason: 'step' }, { reason: 'notFound' }] },
    });
  });

  it('principal and administrator sign nothing, and a leader nothing of another group', () => {
    const c = office.do('wang', ASSIGN, anItem({ subject: 'math' }));
    const args = { step: 0, items: [{ id: c, round: 1 }] };
    for (const who of ['boss', 'admin', 'lin', 'dean'])
      expect(office.does(who, 'homework.v1.sign', args)).toMatchObject({ code: 'kernel.notAllowed' });
    expect(office.does('zhao', 'homework.v1.sign', args)).toMatchObject({ code: 'homework.nothingToSign' });
  });

  it('a signer whose turn has passed is told where it stands', () => {
    const id = office.do('lin', ASSIGN, anItem());
    sign('he', 0, id);
    expect(
      office.does('he', 'homework.v1.return', { item: id, round: 1, step: 0, reason: '再看看' }),
    ).toMatchObject({ code: 'homework.notYourTurn', details: { reason: 'step', step: 1 } });
  });
});
