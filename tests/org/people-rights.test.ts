import { isRefusal } from '@kernel/shared/refusal';
import { accessRecord } from '@kernel/shared/kernel-records';
import { addDays } from '@kernel/shared/time';
import { expect, test } from 'vitest';
import { Dice, runs, SEED } from '../kernel/client/dice';
import { C1, C2, C3, PEOPLE } from '../support/small-school';
import { StaffRoom } from './staff-room';

/**
 * Random months of an office: teaching, heads, leaders, roles, leaving and coming back, by two administrators, while days pass.
 * After every command (1) the stored rights of everybody are those that all facts of the school give when they are worked out
 * at once, and (2) on every day from then on everybody holds what a day-by-day book says, which knows nothing of spans.
 * QING_SEED=<seed> ORG_MONTHS=1 for one of them.
 */
const MONTHS = runs('ORG_MONTHS', 250);
const STEPS = 30;
const FIRST = '2026-11-23';
const LAST = 45;
const day = (n: number): string => addDays(FIRST, n);

const STAFF = Object.keys(PEOPLE);
const CLASSES = [C1, C2, C3];
const SUBJECTS = ['math', 'chinese', 'labor'];
const ROLES = ['dean', 'vicePrincipal', 'gradeSupervisor', 'admin', 'officeHead'];

/** What is held, one entry for each day; the last day stands for ever after. */
class DayBook {
  readonly held = new Set<string>();
  constructor(room: StaffRoom) {
    for (const person of STAFF)
      for (let d = 0; d <= LAST; d += 1)
        for (const { role, scope } of room.actor(person, day(d)).grants) {
          const place = role === 'teacher' ? null : scope;
          if (place !== null) this.held.add(`${d}|${role} ${place}|${person}`);
        }
  }
  teach(d: number, cls: string, subject: string, person: string): string {
    return `${d}|teacher school/g7/${cls}|${person}|${subject}`;
  }
  /** Everybody's roles and places on one day, as `StaffRoom.holds` says them. */
  on(d: number): Map<string, Set<string>> {
    const found = new Map(STAFF.map((person) => [person, new Set<string>()]));
    for (const h of this.held)
      if (h.startsWith(`${d}|`)) {
        const [, place = '', person = ''] = h.split('|');
        found.get(person)?.add(place);
      }
    return found;
  }
}

type Command = { name: string; args: Record<string, unknown>; book(held: Set<string>, b: DayBook): void };

function aCommand(dice: Dice, now: number): Command {
  const from = now + dice.below(8) - 2;
  const ends = dice.chance(0.5) ? null : from + dice.below(10);
  const span = { from: day(from), to: ends === null ? null : day(ends) };
  const days: number[] = [];
  for (let d = Math.max(from, now); d <= (ends ?? LAST); d += 1) days.push(d);
  const person = dice.one(STAFF);
  const other = dice.chance(0.3) ? null : dice.one(STAFF);
  const cls = dice.one(CLASSES);
  const subject = dice.one(SUBJECTS);
  const single = (place: string) => (held: Set<string>) => {
    for (const d of days) {
      for (const h of [...held]) if (h.startsWith(`${d}|${place}|`)) held.delete(h);
      if (other !== null) held.add(`${d}|${place}|${other}`);
    }
  };
  const what = dice.below(10);
  if (what < 4) {
    const instead = dice.chance(0.7) ? dice.one(STAFF) : null;
    return {
      name: 'org.v1.setTeaching',
      args: { class: cls, subject, person: other, instead, ...span },
      book(held, b) {
        for (const d of days) {
          const had = instead === null || held.delete(b.teach(d, cls, subject, instead));
          if (had && other !== null) held.add(b.teach(d, cls, subject, other));
        }
      },
    };
  }
  if (what < 5)
    return {
      name: 'org.v1.setHeadTeacher',
      args: { class: cls, person: other, ...span },
      book: single(`headTeacher school/g7/${cls}`),
    };
  if (what < 6)
    return {
      name: 'org.v1.setLeader',
      args: { grade: 7, subject, person: other, ...span },
      book: single(`groupLeader prep/g7-${subject}`),
    };
  if (what < 8) {
    const role = dice.one(ROLES);
    const grade = role === 'gradeSupervisor' ? 7 : null;
    const held = dice.chance(0.6);
    const place = `${role} ${grade === null ? 'school' : 'school/g7'}`;
    return {
      name: 'org.v1.setRole',
      args: { person, role, grade, held, ...span },
      book(book) {
        for (const d of days)
          if (held) book.add(`${d}|${place}|${person}`);
          else book.delete(`${d}|${place}|${person}`);
      },
    };
  }
  const last = dice.chance(0.2) ? null : from;
  return {
    name: 'org.v1.leave',
    args: { person, last: last === null ? null : day(last) },
    book(held) {
      if (last === null) return;
      for (const h of [...held]) {
        const [d, , who] = h.split('|');
        if (who === person && Number(d) > Math.max(last, now - 1)) held.delete(h);
      }
    },
  };
}

interface Seen {
  accepted: number;
  refused: Map<string, number>;
}

/** One month. Answers what was wrong first, or null. */
function month(seed: number, seen: Seen, plant: StaffRoom['plant'] = null): string | null {
  const dice = new Dice(seed);
  const room = new StaffRoom(FIRST);
  const book = new DayBook(room);
  // The roster's teachings, which the book keeps by subject.
  const taught: readonly [string, string, string][] = [
    ...[C1, C2].flatMap((c): [string, string, string][] => [
      [c, 'math', 'lin'],
      [c, 'chinese', 'mei'],
      [c, 'english', 'gao'],
      [c, 'history', 'bai'],
      [c, 'biology', 'hua'],
    ]),
    [C3, 'math', 'zhao'],
  ];
  for (const [cls, subject, person] of taught)
    for (let d = 0; d <= LAST; d += 1) book.held.add(book.teach(d, cls, subject, person));
  room.plant = plant;
  let now = 0;
  for (let step = 0; step < STEPS; step += 1) {
    if (now < 25 && dice.chance(0.3)) now += 1;
    room.today = day(now);
    const command = aCommand(dice, now);
    const who = dice.chance(0.5) ? 'xu' : 'tang';
    const outcome = room.does(who, command.name, command.args);
    if (isRefusal(outcome)) {
      seen.refused.set(outcome.code, (seen.refused.get(outcome.code) ?? 0) + 1);
      continue;
    }
    seen.accepted += 1;
    command.book(book.held, book);
    const at = `seed ${seed} step ${step} ${room.today} ${who} ${command.name} ${JSON.stringify(command.args)}`;
    const wanted = room.rebuilt();
    for (const [person, rights] of room.stored())
      if (rights !== wanted.get(person)) return `${at}\n${person} has ${rights}\nnot ${wanted.get(person)}`;
    for (const d of [now, now + 1, now + 2 + dice.below(LAST - now - 2), LAST])
      for (const [person, places] of book.on(d)) {
        const [is, should] = [room.holds(person, day(d)), [...places].sort()];
        if (is.join() !== should.join())
          return `${at}\n${person} on ${day(d)}: ${is.join()} not ${should.join()}`;
      }
  }
  return null;
}

const nothingSeen = (): Seen => ({ accepted: 0, refused: new Map() });

test(
  `${MONTHS} random months: rights are what the facts give, and last the days that were said`,
  { timeout: 120_000 },
  () => {
    const seen = nothingSeen();
    for (let i = 0; i < MONTHS; i += 1) {
      const wrong = month(SEED + i, seen);
      if (wrong !== null) throw new Error(wrong);
    }
    console.log(
      `people over time: QING_SEED=${SEED}, ${seen.accepted} accepted`,
      Object.fromEntries(seen.refused),
    );
    expect(seen.accepted).toBeGreaterThan(MONTHS * 5);
    if (MONTHS >= 100)
      expect([...seen.refused.keys()].sort()).toEqual([
        'kernel.badArguments',
        'kernel.notAllowed',
        'org.lastAdmin',
        'org.noDays',
        'org.notOneself',
        'org.nothingToHandOver',
        'org.personLeaves',
      ]);
  },
);

test.each<[string, NonNullable<StaffRoom['plant']>]>([
  [
    'whoever is replaced keeps the rights',
    (name, args, writes) =>
      name !== 'org.v1.setTeaching'
        ? writes
        : writes.filter((w) => w.kind !== accessRecord.kind || w.id !== args['instead']),
  ],
  [
    'whoever leaves stays head teacher in the class’s record',
    (name, _, writes) => (name !== 'org.v1.leave' ? writes : writes.filter((w) => w.kind !== 'org.class')),
  ],
  [
    'a deputy’s end is forgotten',
    (name, _, writes) =>
      name !== 'org.v1.setRole'
        ? writes
        : writes.map(
            (w) => JSON.parse(JSON.stringify(w).replaceAll(/"to":"[^"]*"/g, '"to":null')) as typeof w,
          ),
  ],
])('the check bites: %s', (_, plant) => {
  let caught: string | null = null;
  for (let i = 0; i < 60 && caught === null; i += 1) caught = month(SEED + i, nothingSeen(), plant);
  expect(caught).not.toBeNull();
});
