import * as v from 'valibot';
import { defineCommand } from '@kernel/shared/command';
import { put, ref } from '@kernel/shared/record';
import { notFound, refuse } from '@kernel/shared/refusal';
import { isDay } from '@kernel/shared/time';
import { termOf } from '../calendar';
import { calendarRecord } from '../records';
import { tidy } from '../text';

/**
 * The administrator says what one day is: a school day with whose weekday's timetable (调休上班日, 补课), or a day off
 * (运动会放假, 停课). Only from today on, because what was due on past days has been judged: `org.dayPast`.
 * Outside every term: `org.dayOutsideTerm`. Saying it again replaces what was said.
 */
export const setDay = defineCommand({
  name: 'org.v1.setDay',
  kind: 'decision',
  args: v.strictObject({
    day: v.pipe(v.string(), v.check(isDay, 'not a day')),
    says: v.variant('kind', [
      v.strictObject({ kind: v.literal('school'), follows: v.picklist([1, 2, 3, 4, 5]) }),
      v.strictObject({ kind: v.literal('off') }),
    ]),
    reason: v.pipe(v.string(), v.transform(tidy), v.minLength(1), v.maxLength(100)),
  }),
  reads: () => [ref(calendarRecord, 'school')],
  decide(state, args, env) {
    const calendar = state.get(calendarRecord, 'school');
    if (!calendar) return notFound();
    if (args.day < env.today) return refuse('org.dayPast', { day: args.day, today: env.today });
    if (!termOf(calendar, args.day)) return refuse('org.dayOutsideTerm', { day: args.day });
    const said = {
      kind: args.says.kind,
      follows: args.says.kind === 'school' ? args.says.follows : null,
      reason: args.reason,
    };
    return [
      put(calendarRecord, 'school', { ...calendar, overrides: { ...calendar.overrides, [args.day]: said } }),
    ];
  },
});
