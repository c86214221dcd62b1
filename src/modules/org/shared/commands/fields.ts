import { isDay } from '@kernel/shared/time';
import * as v from 'valibot';

/** Arguments that several commands share. */

/** A person's, a class's or a subject's id. */
export const id = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/));
/** A day within a lifetime: arithmetic with days must stay among four-digit years. */
export const day = v.pipe(
  v.string(),
  v.check((d) => isDay(d) && d >= '2000-01-01' && d <= '2199-12-31', 'not a day'),
);
export const grade = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(9));
/** From when to when, both included; `to` null = from then on. Past days are left as they were. */
export const days = { from: day, to: v.nullable(day) };
