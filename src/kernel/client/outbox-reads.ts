import type { OutboxEntry, PersonDb } from './person-db';
import { UNSENT, needsAttention } from './person-db';

/*
 * Reads of the queue that stay quick when it is long. `anyOf` walks a cursor, one event per entry; `equals` and `between` are
 * one request each, which on a slow phone is ten times less for a thousand entries.
 */

export async function unsentCount(db: PersonDb): Promise<number> {
  const counts = await Promise.all(UNSENT.map((state) => db.outbox.where('state').equals(state).count()));
  return counts.reduce((sum, n) => sum + n, 0);
}

/** Oldest first. */
export async function unsentEntries(db: PersonDb): Promise<OutboxEntry[]> {
  const each = await Promise.all(UNSENT.map((state) => db.outbox.where('state').equals(state).toArray()));
  return each.flat().sort((a, b) => a.seq - b.seq);
}

/** What the server has not accepted and its author has not dealt with, newest first. Mostly there is none. */
export async function turnedDown(db: PersonDb): Promise<OutboxEntry[]> {
  const each = await Promise.all(
    (['refused', 'stuck'] as const).map((state) => db.outbox.where('state').equals(state).toArray()),
  );
  return each
    .flat()
    .filter(needsAttention)
    .sort((a, b) => b.seq - a.seq);
}

/** The entries with these numbers; the numbers of one push mostly stand side by side. */
export async function entriesOf(db: PersonDb, seqs: readonly number[]): Promise<OutboxEntry[]> {
  const [first, last] = [Math.min(...seqs), Math.max(...seqs)];
  if (seqs.length === 0) return [];
  if (last - first > 2 * seqs.length)
    return (await db.outbox.bulkGet([...seqs])).filter((e) => e !== undefined);
  const wanted = new Set(seqs);
  const span = await db.outbox.where('seq').between(first, last, true, true).toArray();
  return span.filter((e) => wanted.has(e.seq));
}
