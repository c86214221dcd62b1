import * as v from 'valibot';
import { defineRecord } from '@kernel/shared/record';
import { DUTY_ROLES } from './duty-roles';

const day = v.string();
const optionalDay = v.nullable(v.string());
/** From when to when something is held, both days included; null = without end on that side. */
const span = { from: optionalDay, to: optionalDay };
/** Who holds something, when: deputies and successors stand beside whom they stand in for. */
const held = v.object({ person: v.string(), ...span });

/** 学校: one record, id `school`. */
export const schoolRecord = defineRecord({
  kind: 'org.school',
  version: 1,
  schema: v.object({
    name: v.string(),
    zone: v.string(),
    example: v.boolean(),
    /** 学科. `homework`: may carry written homework; `short`: other names seen in tables (道法, 信息, 体育). */
    subjects: v.array(
      v.object({ id: v.string(), name: v.string(), short: v.array(v.string()), homework: v.boolean() }),
    ),
  }),
  audience: () => ['school'],
});

/**
 * 校历: one record, id `school`. Public holidays and makeup days are written in by the server from a kept package, only for
 * the years it really covers; a day in a year without data is unknown until the school says what it is.
 */
export const calendarRecord = defineRecord({
  kind: 'org.calendar',
  version: 1,
  schema: v.object({
    terms: v.array(v.object({ id: v.string(), name: v.string(), start: day, end: day })),
    coveredYears: v.array(v.number()),
    /** Public holidays and makeup days of the covered years, inside the terms. */
    published: v.record(day, v.object({ kind: v.picklist(['holiday', 'makeup']), name: v.string() })),
    /** What the school itself said; wins over `published`. `follows`: whose weekday's timetable (1–5) a school day uses. */
    overrides: v.record(
      day,
      v.object({ kind: v.picklist(['school', 'off']), follows: v.nullable(v.number()), reason: v.string() }),
    ),
  }),
  audience: () => ['school'],
});

/** 班级. Id `c-<entry year>-<number>`: the cohort keeps its id when it is promoted. */
export const classRecord = defineRecord({
  kind: 'org.class',
  version: 1,
  schema: v.object({
    /** 七(3)班 */
    name: v.string(),
    entryYear: v.number(),
    number: v.number(),
    /** 1–9 */
    grade: v.number(),
    /** `school/g7/c-2026-3` */
    scope: v.string(),
    /** 班主任, one at a time. */
    heads: v.array(held),
    teachings: v.array(v.object({ subject: v.string(), person: v.string(), ...span })),
  }),
  audience: () => ['school'],
  keys: (body) => [`grade:g${body.grade}`],
});

/** 课表 of one class. Id = class id. `days['1']` is Monday. */
export const timetableRecord = defineRecord({
  kind: 'org.timetable',
  version: 1,
  schema: v.object({
    class: v.string(),
    grade: v.number(),
    days: v.record(
      v.string(),
      v.array(
        v.object({
          period: v.number(),
          /** Subject id, or null for 自习, 班会, 社团 and the like, named in `activity`. */
          subject: v.nullable(v.string()),
          activity: v.nullable(v.string()),
          person: v.nullable(v.string()),
        }),
      ),
    ),
  }),
  audience: (body) => [`class:${body.class}`, `grade:g${body.grade}`, 'oversight', 'role:admin'],
});

/** 人员: name and what they are called for; how to reach them is apart. */
export const personRecord = defineRecord({
  kind: 'org.person',
  version: 1,
  schema: v.object({
    name: v.string(),
    /** Full pinyin without tones and initials, for search: `zhengxinsheng`, `zxs`. */
    pinyin: v.string(),
    initials: v.string(),
    /** 职务 as the roster says it. */
    duties: v.array(v.string()),
    subject: v.nullable(v.string()),
    /** 借调, 产假, 支教, 病休 … as written, or null. */
    note: v.nullable(v.string()),
    onLeave: v.boolean(),
    active: v.boolean(),
  }),
  audience: () => ['school'],
});

/** 联系电话, for the administrator and the person alone. Id = person id. */
export const contactRecord = defineRecord({
  kind: 'org.contact',
  version: 1,
  schema: v.object({ person: v.string(), phone: v.string() }),
  audience: (body) => [`person:${body.person}`, 'role:admin'],
});

/** 备课组. Id `g7-math`. */
export const prepGroupRecord = defineRecord({
  kind: 'org.prepGroup',
  version: 1,
  schema: v.object({
    name: v.string(),
    grade: v.number(),
    subject: v.string(),
    /** 备课组长, one at a time. */
    leaders: v.array(held),
    /** As the roster had them; who teaches now stands in the classes. */
    members: v.array(v.string()),
  }),
  audience: () => ['school'],
});

/** 护学岗值班表 as imported, id = Monday of its week: kept whole and readable until rosters take it over. */
export const dutyTableRecord = defineRecord({
  kind: 'org.dutyTable',
  version: 1,
  schema: v.object({
    title: v.string(),
    monday: day,
    rows: v.array(
      v.object({
        post: v.string(),
        /** 早 / 午 / 晚 with its window `6:50-7:30` as `from` and `to`. */
        label: v.string(),
        from: v.string(),
        to: v.string(),
        /** Weekday 1–5 → person ids. */
        people: v.record(v.string(), v.array(v.string())),
      }),
    ),
    note: v.nullable(v.string()),
  }),
  audience: () => ['school'],
});

/** 任职: the roles somebody holds beside those that stand in classes and prep groups. Id = person id; absent = none. */
export const serviceRecord = defineRecord({
  kind: 'org.service',
  version: 1,
  schema: v.object({
    person: v.string(),
    /** Last day in the school, once it is known. */
    until: optionalDay,
    roles: v.array(v.object({ role: v.picklist(DUTY_ROLES), grade: v.nullable(v.number()), ...span })),
  }),
  audience: (body) => [`person:${body.person}`, 'role:admin'],
});

/** 学校管理员, all in one record, id `school`: a decision must see that one remains. */
export const adminsRecord = defineRecord({
  kind: 'org.admins',
  version: 1,
  schema: v.object({ people: v.array(held) }),
  audience: () => ['role:admin'],
});
