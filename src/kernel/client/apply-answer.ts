import type { Registry } from '@kernel/shared/contract';
import type { CommandResult, Session, SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import type { Instant } from '@kernel/shared/time';
import type { PersonDb, RecordRow } from './person-db';
import { UNSENT } from './person-db';
import { rebase } from './rebase';
import { rowAfter } from './rows';

export interface Exchange {
  readonly request: SyncRequest;
  readonly answer: SyncResponse;
  /** This phone's wall clock when the request left and when the answer was here. */
  readonly sentAt: Instant;
  readonly receivedAt: Instant;
}

/** `behind`: another tab has moved the cursor meanwhile, so the page was left out; pull again. */
export type Applied = 'applied' | 'behind';

/**
 * Stores one answer: results, rows, measures, cursor and the new overlays, in one transaction (reliability.md rule 19).
 * Either all of it is on the phone afterwards or nothing is, and asking again is always right.
 *
 * While more pages follow, rows change below and overlays stay as they are: a command accepted on page 1 may have its
 * effect on page 3, and its author must not see it vanish in between.
 */
export async function applyAnswer(
  db: PersonDb,
  registry: Registry,
  session: Session,
  exchange: Exchange,
): Promise<Applied> {
  const { request, answer, receivedAt } = exchange;
  return db.transaction('rw', db.records, db.measures, db.outbox, db.meta, async () => {
    const offset = await learnOffset(db, exchange);
    const now = receivedAt + offset;
    await storeResults(db, answer.results, now);
    await db.write('beacon', answer.beacon);
    // Remembered and not only computed: the page that makes a rebase necessary need not be the last one.
    const moved = answer.results.length > 0 || answer.changes.length > 0 || answer.reset;
    if (moved) await db.write('rebaseDue', true);
    if (((await db.read('cursor')) ?? null) !== request.cursor) return 'behind';

    const gen = ((await db.read('gen')) ?? 0) + (answer.reset ? 1 : 0);
    await storeRows(db, registry, answer, gen);
    await db.write('gen', gen);
    await db.write('cursor', answer.cursor);
    if (answer.more) return 'applied';

    await db.records.where('gen').below(gen).delete();
    await db.measures.where('gen').below(gen).delete();
    await db.write('lastSyncAt', now);
    if (await db.read('rebaseDue')) {
      await rebase(db, registry, session, now);
      await db.write('rebaseDue', false);
    }
    return 'applied';
  });
}

/**
 * The true offset lies between `serverTime − receivedAt` and `serverTime − sentAt`. One that still fits is kept, so that
 * clocks on the screen do not tremble; otherwise the middle is taken.
 */
async function learnOffset(db: PersonDb, { answer, sentAt, receivedAt }: Exchange): Promise<number> {
  const low = answer.serverTime - receivedAt;
  const high = answer.serverTime - sentAt;
  const known = await db.read('offset');
  if (known !== undefined && known >= low && known <= high) return known;
  const offset = Math.round((low + high) / 2);
  await db.write('offset', offset);
  return offset;
}

async function storeResults(db: PersonDb, results: readonly CommandResult[], now: Instant): Promise<void> {
  if (results.length === 0) return;
  const entries = await db.outbox
    .where('id')
    .anyOf(results.map((r) => r.id))
    .toArray();
  const byId = new Map(results.map((r) => [r.id, r]));
  for (const entry of entries) {
    if (!UNSENT.includes(entry.state)) continue; // another tab heard the same answer first
    const result = byId.get(entry.id);
    if (!result) continue;
    await db.outbox.update(entry.seq, {
      state: result.outcome,
      code: result.code,
      details: result.details,
      foreseen: null,
      settledAt: now,
    });
  }
}

async function storeRows(db: PersonDb, registry: Registry, answer: SyncResponse, gen: number): Promise<void> {
  const latest = new Map(answer.changes.map((c) => [`${c.kind}\u0000${c.id}`, c]));
  const changes = [...latest.values()];
  if (changes.length > 0) {
    const before = await db.records.bulkGet(changes.map((c): [string, string] => [c.kind, c.id]));
    const rows: RecordRow[] = [];
    const gone: [string, string][] = [];
    changes.forEach((change, i) => {
      const row = rowAfter(registry, change, before[i], gen);
      if (row) rows.push(row);
      else if (before[i]) gone.push([change.kind, change.id]);
    });
    if (rows.length) await db.records.bulkPut(rows);
    if (gone.length) await db.records.bulkDelete(gone);
  }
  if (answer.measures.length > 0)
    await db.measures.bulkPut(
      answer.measures.map(([name, scope, day, value]) => ({ name, scope, day, value, gen })),
    );
}
