import * as v from 'valibot';
import { day, distinct, form, id, ids, itemId, round, text, tiers } from './fields';
import { STEPS } from './records';

/** Arguments of every homework command: the form's contract. Strings come out trimmed. */

const step = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(STEPS.length - 1));
const reason = text(500);

/** `homework.v1.assign` — the item's id will be the command's id. */
export const assignArgs = v.strictObject({
  /** 1–12 parallel classes of one grade. */
  classes: ids(12),
  subject: id,
  date: day,
  form,
  tiers,
  /** Item it was copied from (同昨天), kept as a label only. */
  copiedFrom: v.nullable(itemId),
});
export type AssignArgs = v.InferOutput<typeof assignArgs>;

/** `homework.v1.revise` — `round` is the one the author saw. */
export const reviseArgs = v.strictObject({ item: itemId, round, form, tiers });
export type ReviseArgs = v.InferOutput<typeof reviseArgs>;

/** `homework.v1.withdraw` */
export const withdrawArgs = v.strictObject({ item: itemId });
export type WithdrawArgs = v.InferOutput<typeof withdrawArgs>;

/** `homework.v1.sign` — `step` is an index into STEPS; `round` the one the signer saw. */
export const signArgs = v.strictObject({
  step,
  items: v.pipe(
    v.array(v.strictObject({ id: itemId, round })),
    v.minLength(1),
    v.maxLength(200),
    v.check((list) => distinct(list.map((i) => i.id)), 'list.repeated'),
  ),
});
export type SignArgs = v.InferOutput<typeof signArgs>;

/** `homework.v1.return` */
export const returnArgs = v.strictObject({ item: itemId, round, step, reason });
export type ReturnArgs = v.InferOutput<typeof returnArgs>;

/** `homework.v1.correct` */
export const correctArgs = v.strictObject({ item: itemId, tiers, reason });
export type CorrectArgs = v.InferOutput<typeof correctArgs>;

/** `homework.v1.excuse` — 今天不布置 */
export const excuseArgs = v.strictObject({ class: id, subject: id, date: day });
export type ExcuseArgs = v.InferOutput<typeof excuseArgs>;

const instant = v.pipe(v.number(), v.integer(), v.minValue(0));
const label = text(200);
const expectedArgs = v.strictObject({ subject: id, subjectName: label, person: id, personName: label });

/** `homework.v1.openDay` — system. `expected` is all that is expected of the class by the present plan. */
export const openDayArgs = v.strictObject({
  date: day,
  classes: v.pipe(
    v.array(
      v.strictObject({
        id,
        name: label,
        grade: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9)),
        scope: label,
        deadline: instant,
        expected: v.pipe(
          v.array(expectedArgs),
          v.maxLength(20),
          v.check((list) => distinct(list.map((e) => e.subject)), 'list.repeated'),
        ),
      }),
    ),
    v.minLength(1),
    v.maxLength(200),
    v.check((list) => distinct(list.map((c) => c.id)), 'list.repeated'),
  ),
});
export type OpenDayArgs = v.InferOutput<typeof openDayArgs>;
export type PlannedClass = OpenDayArgs['classes'][number];

/** `homework.v1.closeDay` — system, at or after the deadline. */
export const closeDayArgs = v.strictObject({ date: day, classes: ids(200) });
export type CloseDayArgs = v.InferOutput<typeof closeDayArgs>;
