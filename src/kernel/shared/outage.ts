import * as v from 'valibot';
import { defineCommand } from './command';
import { defineRecord, put, ref } from './record';
import type { Instant } from './time';
import { isDay } from './time';

const instant = v.pipe(v.number(), v.integer());
const spanSchema = v.strictObject({ from: instant, to: instant });

/** A time in which the server did not work: from its last heartbeat to the first one after, ms. */
export type Outage = v.InferOutput<typeof spanSchema>;

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

/** A heartbeat that was missing, told to one school for one day. Told twice, or in pieces, it is the same outage. */
export const recordOutage = defineCommand({
  name: 'kernel.v1.recordOutage',
  kind: 'fact',
  args: v.strictObject({ day: v.pipe(v.string(), v.check(isDay, 'day.notReal')), span: spanSchema }),
  reads: (args) => [ref(outageRecord, args.day)],
  decide(state, { day, span }) {
    const before = state.get(outageRecord, day)?.spans ?? [];
    const spans = joined([...before, span]);
    return JSON.stringify(spans) === JSON.stringify(before) ? [] : [put(outageRecord, day, { day, spans })];
  },
});

/** Spans in order, those that touch made one; empty ones left out. */
function joined(spans: readonly Outage[]): Outage[] {
  const out: Outage[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from || a.to - b.to)) {
    const last = out[out.length - 1];
    if (span.to <= span.from) continue;
    if (last && span.from <= last.to) out[out.length - 1] = { ...last, to: Math.max(last.to, span.to) };
    else out.push(span);
  }
  return out;
}

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
