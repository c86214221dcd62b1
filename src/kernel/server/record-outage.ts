import * as v from 'valibot';
import { defineCommand } from '@kernel/shared/command';
import type { Outage } from '@kernel/shared/outage';
import { outageRecord } from '@kernel/shared/outage';
import { put, ref } from '@kernel/shared/record';
import { isDay } from '@kernel/shared/time';

const instant = v.pipe(v.number(), v.integer());
const spanSchema = v.strictObject({ from: instant, to: instant });

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
