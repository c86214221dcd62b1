import * as v from 'valibot';
import { defineRecord } from './record';
import type { Instant } from './time';

/** A time in which the server did not work: from its last heartbeat to the first one after, ms. */
export interface Outage {
  readonly from: Instant;
  readonly to: Instant;
}

/** 停机记录 of one day (its id, in the school's zone): what deadlines of that day are lifted by. Everybody in the school may read it. */
export const outageRecord = defineRecord({
  kind: 'kernel.outage',
  version: 1,
  schema: v.object({
    day: v.string(),
    /** In order, not touching each other. One that crosses midnight stands whole in both days. */
    spans: v.array(v.object({ from: v.number(), to: v.number() })),
  }),
  audience: () => ['school'],
  keys: (body) => [`day:${body.day}`],
});

/**
 * When something is due after our own outages: a time that lies in one, or less than `grace` ms after its end, moves to the
 * end plus `grace`; should another outage lie there, on. Any other time stays as it is.
 * @param spans in order, as in the record
 */
export function lifted(due: Instant, spans: readonly Outage[], grace: number): Instant {
  let at = due;
  for (const { from, to } of spans) if (from <= at && at < to + grace) at = to + grace;
  return at;
}
