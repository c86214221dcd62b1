import * as v from 'valibot';
import { day, distinct, id, ids, text } from '../shared/fields';

/** Arguments of what only the school itself says. */

const instant = v.pipe(v.number(), v.integer(), v.minValue(0));
const label = text(200);
const expectedArgs = v.strictObject({ subject: id, subjectName: label, person: id, personName: label });

/** `homework.v1.openDay`: `expected` is all that is expected of the class by the present plan. */
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

/** `homework.v1.closeDay`, at or after the deadline. */
export const closeDayArgs = v.strictObject({ date: day, classes: ids(200) });
export type CloseDayArgs = v.InferOutput<typeof closeDayArgs>;
