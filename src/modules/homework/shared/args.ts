import * as v from 'valibot';
import { day, distinct, form, id, ids, itemId, round, text, tiers } from './fields';
import { STEPS } from './records';

/** Arguments of every command that people send: the form's contract. Strings come out trimmed. */

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
