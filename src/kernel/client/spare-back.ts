import * as v from 'valibot';
import type { Instant } from '@kernel/shared/time';
import { actSchema, addToQueue } from './outbox-file';
import type { DraftRow } from './person-db';
import type { TakenBack, Tallied } from './spare-tally';
import { steady } from './steady';

const spareSchema = v.object({ device: v.string(), entry: actSchema });
const draftSchema = v.object({ key: v.string(), json: v.unknown(), updatedAt: v.number() });

/** Puts acts of the second place back into the queue, in the order they were done. */
export async function takeBackActs(of: Tallied, raws: readonly unknown[], now: Instant): Promise<TakenBack> {
  const acts = raws.flatMap((raw) => {
    const parsed = v.safeParse(spareSchema, raw);
    return parsed.success ? [parsed.output] : [];
  });
  if (acts.length === 0) return { count: 0, devices: [] };
  // In each outbox by its own numbers; what was done in the older one comes first.
  const began = new Map<string, number>();
  for (const { device, entry } of acts)
    began.set(device, Math.min(began.get(device) ?? Infinity, entry.createdAt));
  acts.sort(
    (a, b) =>
      began.get(a.device)! - began.get(b.device)! ||
      a.device.localeCompare(b.device) ||
      a.entry.seq - b.entry.seq,
  );
  const entries = acts.map((a) => a.entry);
  const count = await addToQueue(of, entries, now);
  return { count, devices: [...began.keys()] };
}

/** A draft that is there is newer: it was typed since. */
export async function takeBackDrafts({ db }: Tallied, raws: readonly unknown[]): Promise<void> {
  const rows = raws.filter((raw): raw is DraftRow => v.is(draftSchema, raw));
  await steady(db, () =>
    db.transaction('rw', db.drafts, async () => {
      for (const row of rows) if (!(await db.drafts.get(row.key))) await db.drafts.put(row);
    }),
  );
}
