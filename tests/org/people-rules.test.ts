import { isRefusal } from '@kernel/shared/refusal';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { Held } from '@modules/org';
import {
  contactRecord,
  handOver,
  inside,
  joined,
  personRecord,
  prepGroupRecord,
  without,
} from '@modules/org';
import { beforeEach, describe, expect, test } from 'vitest';
import { C1, C2, C3 } from '../support/small-school';
import { StaffRoom } from './staff-room';

const MON = '2026-11-23';
const TUE = '2026-11-24';
const FRI = '2026-11-27';
const SAT = '2026-11-28';
const T = (cls: string): string => `teacher school/g7/${cls}`;

let room: StaffRoom;
beforeEach(() => {
  room = new StaffRoom(MON);
});
const code = (who: string, name: string, args: object): string => {
  const outcome = room.does(who, `org.v1.${name}`, args);
  return isRefusal(outcome) ? outcome.code : 'accepted';
};
const teach = (over: object = {}) => ({
  ...{ class: C1, subject: 'math', person: 'mei', instead: 'lin', from: MON, to: null },
  ...over,
});
const role = (over: object = {}) => ({
  ...{ person: 'lin', role: 'dean', grade: null, held: true, from: MON, to: null },
  ...over,
});

describe('days', () => {
  const all: Held = { person: 'a', from: null, to: null };
  const week = { from: TUE, to: FRI };
  test.each<[string, Held[], Held[]]>([
    [
      'always',
      [all],
      [
        { ...all, to: MON },
        { ...all, from: SAT },
      ],
    ],
    ['ends before', [{ ...all, to: MON }], [{ ...all, to: MON }]],
    ['ends in it', [{ ...all, to: TUE }], [{ ...all, to: MON }]],
    ['begins in it', [{ ...all, from: FRI }], [{ ...all, from: SAT }]],
    ['begins after', [{ ...all, from: SAT }], [{ ...all, from: SAT }]],
    ['lies in it', [{ person: 'a', from: TUE, to: FRI }], []],
  ])('taken away from somebody who holds it: %s', (_, held, left) =>
    expect(without(held, week)).toEqual(left),
  );
  test('what lies inside is the rest', () => {
    expect(inside([all, { ...all, to: MON }], week)).toEqual([{ person: 'a', ...week }]);
    expect(inside([{ ...all, from: FRI }], { from: TUE, to: null })).toEqual([{ ...all, from: FRI }]);
  });
  test('what touches becomes one, what does not stays apart', () => {
    const a = (from: string | null, to: string | null) => ({ person: 'a', from, to });
    expect(joined([a(SAT, null), a(null, MON), a(TUE, FRI)], (h) => h.person)).toEqual([a(null, null)]);
    expect(joined([a(null, MON), a(FRI, null)], (h) => h.person)).toEqual([a(null, MON), a(FRI, null)]);
    expect(joined([a(MON, null), a(TUE, FRI)], (h) => h.person)).toEqual([a(MON, null)]);
  });
  test('a deputy and back again leaves no trace of two', () => {
    const given = handOver([all], week, [{ person: 'b', ...week }]);
    expect(handOver(given, week, [{ person: 'a', ...week }])).toEqual([all]);
  });
});

describe('who teaches', () => {
  test('a substitute has the class for those days, then it goes back by itself', () => {
    room.must('xu', 'org.v1.setTeaching', teach({ from: TUE, to: FRI, class: C1, person: 'zhao' }));
    expect(room.holds('zhao', MON)).not.toContain(T(C1));
    expect(room.holds('lin', MON)).toContain(T(C1));
    for (const day of [TUE, FRI]) {
      expect(room.holds('zhao', day)).toContain(T(C1));
      expect(room.holds('lin', day)).toEqual([T(C2)]);
    }
    expect(room.holds('zhao', SAT)).not.toContain(T(C1));
    expect(room.holds('lin', SAT)).toContain(T(C1));
  });
  test('taking over mid-term is for good, and the past stays written', () => {
    room.must('xu', 'org.v1.setTeaching', teach({ person: 'zhao' }));
    expect(room.holds('lin')).toEqual([T(C2)]);
    expect(room.holds('lin', '2026-11-20')).toContain(T(C1));
    expect(room.holds('zhao', '2027-06-01')).toContain(T(C1));
  });
  test('somebody beside; and nobody', () => {
    room.must('xu', 'org.v1.setTeaching', teach({ class: C3, instead: null }));
    expect(room.holds('zhao')).toContain(T(C3));
    expect(room.holds('mei')).toContain(T(C3));
    room.must('xu', 'org.v1.setTeaching', teach({ class: C3, instead: 'zhao', person: null }));
    expect(room.holds('zhao')).not.toContain(T(C3));
    expect(room.holds('mei')).toContain(T(C3));
  });
  test('who teaches the class a second subject keeps the class', () => {
    room.must('xu', 'org.v1.setTeaching', teach({ subject: 'labor', person: 'lin', instead: null }));
    room.must('xu', 'org.v1.setTeaching', teach());
    expect(room.holds('lin')).toContain(T(C1));
  });
  test('said a second time it finds nothing to hand over and changes nothing', () => {
    room.must('xu', 'org.v1.setTeaching', teach());
    const before = JSON.stringify([...room.bodies]);
    expect(code('xu', 'setTeaching', teach({ person: 'gao' }))).toBe('org.nothingToHandOver');
    expect(JSON.stringify([...room.bodies])).toBe(before);
  });
  test('who is said from last week on teaches from today on', () => {
    room.must('xu', 'org.v1.setTeaching', teach({ from: '2026-11-16' }));
    expect(room.holds('lin', '2026-11-20')).toContain(T(C1));
    expect(room.holds('mei', '2026-11-20')).toContain(T(C1)); // Chinese, as before
    expect(room.holds('lin', MON)).not.toContain(T(C1));
  });
  test.each([
    ['no such class', teach({ class: 'c-2026-9' }), 'kernel.notFound'],
    ['no such subject', teach({ subject: 'magic' }), 'kernel.notFound'],
    ['no such person', teach({ person: 'nobody' }), 'kernel.notFound'],
    ['nobody at all', teach({ person: null, instead: null }), 'kernel.badArguments'],
    ['days that are over', teach({ from: '2026-11-01', to: '2026-11-22' }), 'org.noDays'],
    ['days the wrong way round', teach({ from: FRI, to: TUE }), 'org.noDays'],
    ['30 February', teach({ from: '2026-02-30' }), 'kernel.badArguments'],
    ['the year 9999', teach({ from: '9999-12-31' }), 'kernel.badArguments'],
    ['somebody who does not teach it', teach({ instead: 'gao' }), 'org.nothingToHandOver'],
  ])('%s', (_, args, expected) => expect(code('xu', 'setTeaching', args)).toBe(expected));
});

describe('head teacher and group leader', () => {
  test('a deputy for a few days', () => {
    const head = 'headTeacher school/g7/c-2026-1';
    room.must('xu', 'org.v1.setHeadTeacher', { class: C1, person: 'mei', from: TUE, to: FRI });
    expect([MON, TUE, FRI, SAT].map((d) => room.holds('he', d).includes(head))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([MON, TUE, FRI, SAT].map((d) => room.holds('mei', d).includes(head))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    room.must('xu', 'org.v1.setHeadTeacher', { class: C1, person: null, from: MON, to: null });
    expect(room.holds('he', SAT)).toEqual([]);
  });
  test('a leader changes; a group that was not there is made', () => {
    room.must('xu', 'org.v1.setLeader', { grade: 7, subject: 'math', person: 'lin', from: MON, to: null });
    expect(room.holds('lin')).toContain('groupLeader prep/g7-math');
    expect(room.holds('zhao')).not.toContain('groupLeader prep/g7-math');
    room.must('xu', 'org.v1.setLeader', { grade: 8, subject: 'physics', person: 'hua', from: MON, to: null });
    expect(room.get(prepGroupRecord, 'g8-physics')).toMatchObject({ name: '八年级物理备课组', grade: 8 });
    expect(room.holds('hua')).toContain('groupLeader prep/g8-physics');
  });
  test.each([
    ['setHeadTeacher', { class: 'c-2026-9', person: 'lin', from: MON, to: null }],
    ['setHeadTeacher', { class: C1, person: 'nobody', from: MON, to: null }],
    ['setLeader', { grade: 7, subject: 'magic', person: 'lin', from: MON, to: null }],
    ['setLeader', { grade: 7, subject: 'math', person: 'nobody', from: MON, to: null }],
  ])('%s finds nobody', (name, args) => expect(code('xu', name, args)).toBe('kernel.notFound'));
});

describe('roles with dates', () => {
  test('a deputy dean, beside the dean', () => {
    room.must('xu', 'org.v1.setRole', role({ from: TUE, to: FRI }));
    expect(['song', 'lin'].map((p) => room.holds(p, TUE).includes('dean school'))).toEqual([true, true]);
    expect(room.holds('lin', SAT)).not.toContain('dean school');
    room.must('xu', 'org.v1.setRole', role({ person: 'song', held: false, from: TUE, to: FRI }));
    expect([MON, TUE, SAT].map((d) => room.holds('song', d).includes('dean school'))).toEqual([
      true,
      false,
      true,
    ]);
  });
  test('a grade supervisor has a grade, nobody else has one', () => {
    room.must('xu', 'org.v1.setRole', role({ role: 'gradeSupervisor', grade: 7 }));
    expect(room.holds('lin')).toContain('gradeSupervisor school/g7');
    expect(code('xu', 'setRole', role({ role: 'gradeSupervisor' }))).toBe('kernel.badArguments');
    expect(code('xu', 'setRole', role({ grade: 7 }))).toBe('kernel.badArguments');
    expect(code('xu', 'setRole', role({ role: 'teacher' }))).toBe('kernel.badArguments');
    expect(code('xu', 'setRole', role({ role: 'groupLeader', grade: 7 }))).toBe('kernel.badArguments');
  });
});

describe('administrators', () => {
  const admin = (over: object) => role({ role: 'admin', ...over });
  test('one makes another, who may then do what the first may', () => {
    expect(code('lin', 'setRole', role({ person: 'gao' }))).toBe('kernel.notAllowed');
    room.must('xu', 'org.v1.setRole', admin({ person: 'lin' }));
    expect(code('lin', 'setRole', role({ person: 'gao' }))).toBe('accepted');
  });
  test('nobody resigns alone, so somebody who can sign in is left', () => {
    expect(code('xu', 'setRole', admin({ person: 'xu', held: false }))).toBe('org.notOneself');
    expect(code('xu', 'leave', { person: 'xu', last: MON })).toBe('org.notOneself');
    expect(code('tang', 'setRole', admin({ person: 'xu', held: false }))).toBe('accepted');
    expect(code('xu', 'setRole', admin({ person: 'tang', held: false }))).toBe('kernel.notAllowed');
  });
  test('two who take it from each other for later do not leave the school with nobody', () => {
    expect(code('xu', 'setRole', admin({ person: 'tang', held: false, from: FRI }))).toBe('accepted');
    expect(code('tang', 'setRole', admin({ person: 'xu', held: false, from: FRI }))).toBe('org.lastAdmin');
    expect(code('tang', 'leave', { person: 'xu', last: FRI })).toBe('org.lastAdmin');
    // A deputy with dates does not count as somebody who remains.
    room.must('xu', 'org.v1.setRole', admin({ person: 'lin', to: FRI }));
    expect(code('tang', 'setRole', admin({ person: 'xu', held: false, from: FRI }))).toBe('org.lastAdmin');
  });
  test.each([
    ['a role', 'setRole', role({ person: 'xu' })],
    ['a role for one day', 'setRole', role({ person: 'xu', to: MON })],
    ['a class', 'setTeaching', teach({ person: 'xu' })],
    ['a head teacher’s class', 'setHeadTeacher', { class: C1, person: 'xu', from: MON, to: null }],
    ['a group', 'setLeader', { grade: 7, subject: 'math', person: 'xu', from: MON, to: null }],
  ])('nobody gives oneself %s; another administrator may', (_, name, args) => {
    expect(code('xu', name, args)).toBe('org.notOneself');
    expect(code('tang', name, args)).toBe('accepted');
  });
  test('giving up what is one’s own is allowed, and what one has anyway is no gift', () => {
    room.must('tang', 'org.v1.setRole', role({ person: 'xu' }));
    expect(code('xu', 'setRole', role({ person: 'xu', from: TUE }))).toBe('accepted');
    expect(code('xu', 'setRole', role({ person: 'xu', held: false, from: TUE }))).toBe('accepted');
    expect(room.holds('xu', TUE)).toEqual(['admin school']);
  });
});

describe('leaving, being away, joining', () => {
  test('on the day after the last one everything has ended, and only what is one’s own can be read', () => {
    room.must('xu', 'org.v1.setRole', role({ person: 'zhao' }));
    room.must('xu', 'org.v1.leave', { person: 'zhao', last: FRI });
    expect(room.holds('zhao', FRI)).toEqual(
      expect.arrayContaining([T(C3), 'dean school', 'groupLeader prep/g7-math']),
    );
    expect(room.holds('zhao', SAT)).toEqual([]);
    expect(room.actor('zhao', FRI).tags).toContain('school');
    expect(room.actor('zhao', SAT).tags).toEqual(['person:zhao']);
  });
  test('who is said to have left last week is gone now, but was here until yesterday', () => {
    room.must('xu', 'org.v1.leave', { person: 'lin', last: '2026-11-16' });
    expect(room.holds('lin', MON)).toEqual([]);
    expect(room.holds('lin', '2026-11-22')).toEqual([T(C1), T(C2)]);
  });
  test('nobody who leaves is given anything beyond the last day', () => {
    room.must('xu', 'org.v1.leave', { person: 'mei', last: FRI });
    expect(code('xu', 'setTeaching', teach({ to: FRI }))).toBe('accepted');
    expect(code('xu', 'setTeaching', teach({ class: C2, to: SAT }))).toBe('org.personLeaves');
    expect(code('xu', 'setTeaching', teach({ class: C2 }))).toBe('org.personLeaves');
    expect(code('xu', 'setRole', role({ person: 'mei' }))).toBe('org.personLeaves');
    expect(code('xu', 'setHeadTeacher', { class: C1, person: 'mei', from: MON, to: null })).toBe(
      'org.personLeaves',
    );
    expect(code('xu', 'setLeader', { grade: 7, subject: 'math', person: 'mei', from: MON, to: null })).toBe(
      'org.personLeaves',
    );
  });
  test('taken back, they are here again and hold nothing until it is given to them', () => {
    room.must('xu', 'org.v1.leave', { person: 'lin', last: '2026-11-22' });
    room.must('xu', 'org.v1.leave', { person: 'lin', last: null });
    expect(room.actor('lin').tags).toEqual(['person:lin', 'school']);
    expect(code('xu', 'setTeaching', teach({ person: 'lin', instead: null }))).toBe('accepted');
  });
  test('away on leave changes no right', () => {
    const before = JSON.stringify(room.get(accessRecord, 'lin'));
    room.must('xu', 'org.v1.setLeave', { person: 'lin', why: ' 产假 ' });
    expect(room.get(personRecord, 'lin')).toMatchObject({ onLeave: true, note: '产假' });
    room.must('xu', 'org.v1.setLeave', { person: 'lin', why: null });
    expect(room.get(personRecord, 'lin')).toMatchObject({ onLeave: false, note: null });
    expect(JSON.stringify(room.get(accessRecord, 'lin'))).toBe(before);
  });
  test('somebody new is on the roster, holds nothing and can be given something', () => {
    const someone = {
      name: '　新 人 ',
      pinyin: 'xinren',
      initials: 'xr',
      subject: 'math',
      phone: '13800000000',
    };
    const writes = room.must('xu', 'org.v1.addPerson', someone);
    const id = writes[0]!.id;
    expect(room.get(personRecord, id)).toMatchObject({ name: '新 人', subject: 'math', active: true });
    expect(room.get(contactRecord, id)).toEqual({ person: id, phone: '13800000000' });
    expect(room.actor(id).tags).toEqual([`person:${id}`, 'school']);
    room.must('xu', 'org.v1.setTeaching', teach({ person: id }));
    expect(room.holds(id)).toEqual([T(C1)]);
    expect(code('xu', 'addPerson', { ...someone, subject: 'magic' })).toBe('kernel.notFound');
    expect(code('xu', 'addPerson', { ...someone, phone: '=1+1' })).toBe('kernel.badArguments');
    expect(code('xu', 'addPerson', { ...someone, name: '\u200b ' })).toBe('kernel.badArguments');
  });
  test.each([
    ['leave', { person: 'nobody', last: MON }],
    ['setLeave', { person: 'nobody', why: '产假' }],
  ])('%s finds nobody', (name, args) => expect(code('xu', name, args)).toBe('kernel.notFound'));
});
