import * as v from 'valibot';
import { BASES } from '@kernel/shared/interval';
import { defineRecord } from '@kernel/shared/record';

const instant = v.number();

/** A 基础 · B 提高 · C 拓展 */
export const TIERS = ['A', 'B', 'C'] as const;

export const tierSchema = v.object({
  tier: v.picklist(TIERS),
  content: v.string(),
  /** Estimated minutes (预计时长). */
  minutes: v.number(),
});
export type Tier = v.InferOutput<typeof tierSchema>;

/** Who signs, in order. Index in this list is the item's `step`; 3 = all signed. */
export const STEPS = ['groupLeader', 'dean', 'vicePrincipal'] as const;
export type StepRole = (typeof STEPS)[number];
/** Whose lateness it can be: the author, then each signer. */
export const HOLDERS = ['author', ...STEPS] as const;
export type Holder = (typeof HOLDERS)[number];
/** Whose lateness it was. `nobody`: each kept to their own time, and it was still late (a dead network, a return). */
export const BLAMES = [...HOLDERS, 'nobody'] as const;
export type Blame = (typeof BLAMES)[number];

export const FLAGS = ['overMinutes', 'revised', 'late'] as const;
export type Flag = (typeof FLAGS)[number];

const actSchema = v.object({
  /** `skip`: a step nobody else could sign, passed over by rule; its `reason` is `ownRole` or `noLeader` (steps.ts). */
  act: v.picklist(['assign', 'skip', 'sign', 'return', 'revise', 'withdraw', 'publish', 'correct']),
  /** The signing step the act belongs to, or null for the author's and the system's acts. */
  step: v.nullable(v.number()),
  person: v.string(),
  name: v.string(),
  /** Earliest possible time of the act: what it is judged by. */
  at: instant,
  /** Latest possible time: when the server had it. */
  received: instant,
  /** What `at` rests on (kernel `interval.ts`). */
  basis: v.picklist(BASES),
  /** What the phone's own clock said, where that is worth telling. Shown as 未核实, never decisive. */
  claimed: v.nullable(instant),
  reason: v.nullable(v.string()),
});
export type Act = v.InferOutput<typeof actSchema>;

/** Longest way ahead homework may be assigned, and the days that are made ready: today and this many more. */
export const DAYS_AHEAD = 14;

/** 作业: one assignment of one subject to one or several parallel classes for one day. */
export const itemRecord = defineRecord({
  kind: 'homework.item',
  version: 1,
  schema: v.object({
    author: v.string(),
    authorName: v.string(),
    subject: v.string(),
    subjectName: v.string(),
    /** Prep group id, `g7-math`. */
    prep: v.string(),
    grade: v.number(),
    classes: v.array(v.object({ id: v.string(), name: v.string() })),
    /** The day the homework is for. */
    date: v.string(),
    form: v.picklist(['written', 'oral', 'practical']),
    tiers: v.array(tierSchema),
    state: v.picklist(['waiting', 'returned', 'signed', 'published', 'withdrawn']),
    /** Next signing step: index into STEPS; STEPS.length when all signed. */
    step: v.number(),
    /** Raised at every revision: a signature is for the round the signer saw. */
    round: v.number(),
    /** What is unusual about it, for the signers: `overMinutes`, `revised` (was returned once), `late`. Empty = rule-clean. */
    flags: v.array(v.picklist(FLAGS)),
    acts: v.array(actSchema),
    /** Visible after publishing: what changed, when and why. */
    corrections: v.array(v.object({ at: instant, reason: v.string(), before: v.array(tierSchema) })),
    copiedFrom: v.nullable(v.string()),
    rulesVersion: v.number(),
  }),
  audience: (b) => [
    ...b.classes.map((c) => `class:${c.id}`),
    `prep:${b.prep}`,
    `grade:g${b.grade}`,
    'oversight',
    `person:${b.author}`,
  ],
  keys: (b) => [
    `author:${b.author}`,
    `author:${b.author}|${b.date}`,
    `day:${b.date}`,
    `${b.state}:${b.step}`,
    ...b.classes.map((c) => `class:${c.id}|${b.date}`),
  ],
});
export type Item = v.InferOutput<typeof itemRecord.schema>;
export type Form = Item['form'];

/**
 * 班级日: what one class has on one day: the meter, the slots and the board in one record, so that a claim on a slot reads and
 * writes exactly one row. Id `<class>|<date>`.
 */
export const classDayRecord = defineRecord({
  kind: 'homework.classDay',
  version: 1,
  schema: v.object({
    class: v.string(),
    className: v.string(),
    grade: v.number(),
    scope: v.string(),
    date: v.string(),
    /** When the board is due, ms. */
    deadline: instant,
    /** From the timetable, made ahead: whose homework is expected. */
    expected: v.array(
      v.object({
        subject: v.string(),
        subjectName: v.string(),
        person: v.string(),
        personName: v.string(),
        task: v.string(),
        state: v.picklist(['open', 'done', 'excused']),
      }),
    ),
    entries: v.array(
      v.object({
        item: v.string(),
        subject: v.string(),
        subjectName: v.string(),
        person: v.string(),
        personName: v.string(),
        written: v.boolean(),
        /** Minutes of the largest tier: what counts against the caps. */
        minutes: v.number(),
        state: v.picklist(['waiting', 'returned', 'signed', 'published']),
        step: v.number(),
        overLimit: v.boolean(),
        corrected: v.boolean(),
        /** When it reached the present holder, ms: the server's receipt, because nobody can sign what is still on its way. */
        since: instant,
        publishedAt: v.nullable(instant),
        /** Set when it was not published by the deadline: own late minutes of each holder, and the first that was late. */
        late: v.nullable(
          v.object({
            minutes: v.object({
              author: v.number(),
              groupLeader: v.number(),
              dean: v.number(),
              vicePrincipal: v.number(),
            }),
            holder: v.picklist(BLAMES),
            /** What the holder's moment rests on; for `nobody`, that of the last act. */
            basis: v.picklist(BASES),
          }),
        ),
      }),
    ),
    /** The board's own state, decided at the deadline. `void`: our outage took the whole day; counted nowhere. */
    board: v.object({
      state: v.picklist(['open', 'onTime', 'late', 'void']),
      /** When the last expected homework was out. */
      completeAt: v.nullable(instant),
      /** Set when a late board is complete: whose lateness the last one was. */
      holder: v.nullable(v.picklist(BLAMES)),
      /** When it was judged instead, if an outage of ours lay on the deadline, ms. */
      lifted: v.nullable(instant),
    }),
  }),
  audience: (b) => [`class:${b.class}`, `grade:g${b.grade}`, `board:g${b.grade}`, 'oversight', 'role:admin'],
  keys: (b) => [`day:${b.date}`, `class:${b.class}`],
});
export type ClassDay = v.InferOutput<typeof classDayRecord.schema>;
export type Expected = ClassDay['expected'][number];
export type Entry = ClassDay['entries'][number];
export const classDayId = (classId: string, date: string): string => `${classId}|${date}`;

/** 作业规则, id `school`; absent = the published defaults. Every version keeps the day it takes effect. */
export const rulesRecord = defineRecord({
  kind: 'homework.rules',
  version: 1,
  schema: v.object({
    versions: v.array(
      v.object({
        version: v.number(),
        from: v.string(),
        /** Written subjects a class may have a day. */
        subjects: v.number(),
        /** Minutes a subject's largest tier may take before it is an exception. */
        subjectMinutes: v.number(),
        /** Written minutes a class may have a day, by grade 1–9. */
        dayMinutes: v.array(v.number()),
        /** When the board is due, `HH:MM` in the school's zone. */
        deadline: v.string(),
        /** When each holder should have passed it on, `HH:MM`: author, group leader, dean, vice principal. */
        targets: v.array(v.string()),
        /** Minutes every signer has at least, however late it came. */
        allowance: v.number(),
      }),
    ),
  }),
  audience: () => ['school'],
});
export type Rules = v.InferOutput<typeof rulesRecord.schema>['versions'][number];
