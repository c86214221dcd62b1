import type { SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import type { Instant } from '@kernel/shared/time';
import type { OutboxEntry, PersonDb } from './person-db';
import { needsAttention } from './person-db';

/** A server may have lost what it accepted this long ago, ms: as long as accepted commands are kept here (rule 20). */
const OFFER_MS = 30 * 24 * 3_600_000;

/**
 * The server has another history than the one this phone knew: it was restored from a backup, and what it accepted since may be
 * gone (reliability.md S13). Everything it had accepted in the last thirty days goes back into the queue, under its old id:
 * the server answers what it still has with its first answer and does the rest. Nobody is told "delivered" meanwhile. What was
 * accepted once and refused by a history that is now gone too belongs to it, as long as its author has not dealt with it.
 *
 * Runs inside the answer's transaction, before its results are stored: they are already the new history's.
 */
export async function noticeHistory(
  db: PersonDb,
  request: SyncRequest,
  answer: SyncResponse,
  now: Instant,
): Promise<void> {
  const known = await db.read('epoch');
  if (known !== answer.epoch) await db.write('epoch', answer.epoch);
  if (known === undefined || (known === answer.epoch && !wentBack(request.cursor, answer))) return;
  const settled = await db.outbox.where('state').anyOf(['accepted', 'refused']).toArray();
  const offered = settled
    .filter((e) => e.state === 'accepted' || (e.again && needsAttention(e)))
    .filter((e) => (e.settledAt ?? 0) > now - OFFER_MS)
    .map((e): OutboxEntry => ({ ...e, state: 'waiting', code: null, details: null, again: true }));
  if (offered.length > 0) await db.outbox.bulkPut(offered);
  // The restored server may remember any number of unsent commands: whatever it is now is told again.
  await db.write('reported', -1);
}

/**
 * Same history by name, same rights, and yet a fresh copy from a place before the one this phone had reached: the database was
 * put back behind the server's back.
 */
function wentBack(cursor: string | null, answer: SyncResponse): boolean {
  if (!answer.reset || cursor === null) return false;
  const before = placeOf(cursor);
  const after = placeOf(answer.cursor);
  return before !== null && after !== null && before.of === after.of && after.at < before.at;
}

/** A cursor is `<history and rights>.<place>`. */
function placeOf(cursor: string): { of: string; at: number } | null {
  const found = /^(.*)\.(\d+)$/.exec(cursor);
  return found ? { of: found[1]!, at: Number(found[2]) } : null;
}
