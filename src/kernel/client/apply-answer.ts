import type { Registry } from '@kernel/shared/contract';
import type { Change, Session, SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import type { Instant } from '@kernel/shared/time';
import { endLease } from './outbox-push';
import type { OutboxEntry, PersonDb, RecordRow } from './person-db';
import { UNSENT } from './person-db';
import { entriesOf } from './outbox-reads';
import { overlaidKeys, rebase } from './rebase';
import { keepReceipt } from './receipts';
import { noticeHistory } from './restored';
import { rowAfter } from './rows';

export interface Exchange {
  readonly request: SyncRequest;
  readonly answer: SyncResponse;
  /** This phone's wall clock when the request left and when the answer was here. */
  readonly sentAt: Instant;
  readonly receivedAt: Instant;
  /** A new name for this outbox, should the server say that its own is used twice (rule 12). */
  readonly freshDevice?: string;
  /** The window that asked: its turn to deliver is over with the answer. */
  readonly tab?: string;
  /** The phone has no room for rows: only what became of the commands is stored. @default false */
  readonly resultsOnly?: boolean;
}

/** `behind`: the page was left out, e.g. because another tab has moved the cursor meanwhile; pull again. */
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
    await noticeHistory(db, request, answer, now);
    await storeResults(db, session, exchange, now);
    await takeName(db, exchange);
    if (request.unsent) await db.write('reported', request.unsent.count);
    if (exchange.tab !== undefined) await endLease(db, exchange.tab);
    // Remembered and not only computed: the page that makes a rebase necessary need not be the last one.
    const moved = answer.results.length > 0 || answer.changes.length > 0 || answer.reset;
    if (moved) await db.write('rebaseDue', true);
    if (exchange.resultsOnly || ((await db.read('cursor')) ?? null) !== request.cursor) return 'behind';

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

/** Two phones with one name would overwrite each other's numbers. Commands keep their ids, so nothing is lost or done twice. */
async function takeName(db: PersonDb, { request, answer, freshDevice }: Exchange): Promise<void> {
  // A signed time is the person's, whatever the outbox is called.
  await db.write('beacon', answer.beacon);
  if (answer.device === 'cloned' && freshDevice !== undefined && (await db.read('device')) === request.device)
    await db.write('device', freshDevice);
}

async function storeResults(
  db: PersonDb,
  session: Session,
  { request, answer, resultsOnly }: Exchange,
  now: Instant,
): Promise<void> {
  if (answer.results.length === 0) return;
  // On a full phone knowing what became of them comes first; the server signs again for whoever asks again.
  const receipt = resultsOnly ? null : await keepReceipt(db, session, answer, now);
  const byId = new Map(answer.results.map((r) => [r.id, r]));
  const seqs = request.commands.filter((c) => byId.has(c.id)).map((c) => c.seq);
  const entries = await entriesOf(db, seqs);
  const settled: OutboxEntry[] = [];
  for (const entry of entries) {
    const result = byId.get(entry.id);
    if (!result || !UNSENT.includes(entry.state)) continue; // another tab heard the same answer first
    const { outcome, code, details } = result;
    const confirmed = entry.again && outcome === 'accepted';
    settled.push({
      ...entry,
      ...{ state: outcome, code, details, foreseen: null },
      // Confirmed by the restored server: it was delivered when it was delivered.
      settledAt: confirmed ? entry.settledAt : now,
      again: entry.again && !confirmed,
      ...(receipt?.ids.has(entry.id) ? { receipt: receipt.name } : {}),
    });
  }
  if (settled.length > 0) await db.outbox.bulkPut(settled);
}

async function storeRows(db: PersonDb, registry: Registry, answer: SyncResponse, gen: number): Promise<void> {
  const latest = new Map(answer.changes.map((c) => [rowKey(c), c]));
  const changes = [...latest.values()];
  if (changes.length > 0) {
    // What was there before matters only where a pending command has changed it.
    const overlaid = await overlaidIn(db, changes);
    const rows: RecordRow[] = [];
    const gone: [string, string][] = [];
    for (const change of changes) {
      const row = rowAfter(registry, change, overlaid.get(rowKey(change)), gen);
      if (row) rows.push(row);
      else gone.push([change.kind, change.id]);
    }
    if (rows.length) await db.records.bulkPut(rows);
    if (gone.length) await db.records.bulkDelete(gone);
  }
  if (answer.measures.length > 0)
    await db.measures.bulkPut(
      answer.measures.map(([name, scope, day, value]) => ({ name, scope, day, value, gen })),
    );
}

const rowKey = ({ kind, id }: { kind: string; id: string }): string => `${kind}\u0000${id}`;

async function overlaidIn(db: PersonDb, changes: readonly Change[]): Promise<Map<string, RecordRow>> {
  const overlaid = new Set((await overlaidKeys(db)).map(([kind, id]) => rowKey({ kind, id })));
  const keys = changes.filter((c) => overlaid.has(rowKey(c))).map((c): [string, string] => [c.kind, c.id]);
  const rows = keys.length > 0 ? await db.records.bulkGet(keys) : [];
  return new Map(rows.flatMap((row) => (row ? [[rowKey(row), row]] : [])));
}
