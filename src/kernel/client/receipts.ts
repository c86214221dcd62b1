import type { Session, SyncResponse } from '@kernel/shared/protocol';
import { readSigned } from '@kernel/shared/receipt';
import type { Instant } from '@kernel/shared/time';
import { DAY_MS } from '@kernel/shared/time';
import type { OutboxEntry, PersonDb } from './person-db';

/** Longer than any entry that was dealt with is kept. */
const KEEP_MS = 90 * DAY_MS;
const PREFIX = 'receipt/';

/** A public key of the school, in the order this phone met them: the first one is what it trusts since its sign-in. */
export interface KnownKey {
  readonly key: string;
  readonly since: Instant;
}

interface Kept {
  readonly text: string;
  readonly at: Instant;
}

/**
 * Keeps what the school has signed for a push, once for all its commands; inside the transaction that stores the results.
 * Answers the name under which its commands find it, or null. Whether it holds is looked at when somebody wants to see it: a
 * phone that cannot check (an old browser, a page without https) keeps it all the same, and others can.
 */
export async function keepReceipt(
  db: PersonDb,
  session: Session,
  { receipt, serverTime }: SyncResponse,
  now: Instant,
): Promise<{ name: string; ids: ReadonlySet<string> } | null> {
  const signed = receipt ? readSigned(receipt) : null;
  const first = signed?.entries[0];
  if (!receipt || !signed || !first) return null;
  const name = `${PREFIX}${serverTime}.${first.id}`;
  const kept: Kept = { text: receipt, at: now };
  await db.meta.put({ key: name, value: kept });
  const known = (await db.read('schoolKeys')) ?? [];
  const met = [session.school.key ?? signed.key, signed.key];
  const fresh = [...new Set(met)].filter((key) => !known.some((k) => k.key === key));
  if (fresh.length > 0)
    await db.write('schoolKeys', [...known, ...fresh.map((key) => ({ key, since: now }))]);
  return { name, ids: new Set(signed.entries.map((e) => e.id)) };
}

/** The signed text of an entry's push, and the keys this phone knows; null when there is none. */
export async function receiptOf(
  db: PersonDb,
  entry: Pick<OutboxEntry, 'receipt'>,
): Promise<{ text: string; keys: readonly KnownKey[] } | null> {
  if (entry.receipt === undefined) return null;
  const kept = (await db.meta.get(entry.receipt))?.value as Kept | undefined;
  return kept ? { text: kept.text, keys: (await db.read('schoolKeys')) ?? [] } : null;
}

export async function pruneReceipts(db: PersonDb, now: Instant): Promise<void> {
  await db.meta
    .where('key')
    .startsWith(PREFIX)
    .filter((row) => (row.value as Kept).at < now - KEEP_MS)
    .delete();
}
