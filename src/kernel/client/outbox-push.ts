import type { Envelope, SyncRequest } from '@kernel/shared/protocol';
import { LIMITS } from '@kernel/shared/protocol';
import type { Instant } from '@kernel/shared/time';
import { canPack } from './packing-fetch';
import type { OutboxEntry, PersonDb } from './person-db';
import { UNSENT } from './person-db';
import { jsonBytes } from './plain';

/** What cannot be packed goes in smaller pieces, so that each is through before the deadline on one bar of signal. */
export const PUSH_COMMANDS = canPack ? LIMITS.commandsPerPush : 100;
export const PUSH_BYTES = canPack ? 900_000 : 250_000;
/** From here on a push is acknowledged first and what it changed is fetched after it. */
const LARGE_BYTES = 50_000;
/** A window that delivers says so again within this time; after it another one may (reliability.md B6: ≤ 15 s), ms. */
export const LEASE_MS = 10_000;

/** How one window stands to the others that could deliver the same queue. */
export interface Turn {
  readonly tab: string;
  /** It did not get the lock in time: then it delivers only if nobody else does just now. */
  readonly impatient: boolean;
  readonly now: Instant;
}

export interface Push {
  readonly device: string;
  readonly cursor: string | null;
  readonly commands: Envelope[];
  /** The answer should only say what became of the commands; changes are asked for after it. */
  readonly large: boolean;
  readonly unsent: NonNullable<SyncRequest['unsent']> | null;
  /** Another window is delivering: look again after so many ms. */
  readonly heldMs: number | null;
}

/**
 * The next push, oldest first, marked as sent before it leaves: from then on the server may have it. One transaction, so that
 * two windows never take turns in the middle.
 * @param most commands at most; 0 = only what a pull needs
 * @param turn `null` where there are no locks: two windows may then push at once, which is harmless
 */
export async function nextPush(db: PersonDb, most: number, turn: Turn | null): Promise<Push> {
  return db.transaction('rw', db.outbox, db.meta, async () => {
    const device = (await db.read('device')) ?? '';
    const cursor = (await db.read('cursor')) ?? null;
    const nothing = { device, cursor, commands: [], large: false, unsent: null };
    const heldMs = turn?.impatient ? await heldByOther(db, turn) : null;
    if (heldMs !== null) return { ...nothing, heldMs };

    const entries = await oldestUnsent(db, most + 1);
    const { count, bytes } = fitting(entries.slice(0, most));
    const batch = entries.slice(0, count);
    if (batch.length > 0) {
      await db.outbox.bulkPut(batch.map((e) => ({ ...e, state: 'sent', attempts: e.attempts + 1 })));
      if (turn) await db.write('lease', { tab: turn.tab, until: turn.now + LEASE_MS });
    }
    const left = (await db.outbox.where('state').anyOf(UNSENT).count()) - batch.length;
    const oldest = left > 0 ? (entries[batch.length]?.createdAt ?? null) : null;
    const known = (await db.read('reported')) ?? 0;
    return {
      device,
      cursor,
      commands: batch.map(envelopeOf),
      // Without a cursor there is no copy yet that could be left as it is.
      large: cursor !== null && batch.length > 0 && (left > 0 || bytes > LARGE_BYTES),
      unsent: left === known ? null : { count: left, oldest },
      heldMs: null,
    };
  });
}

/** Says that this window is still at it. */
export async function renewLease(db: PersonDb, tab: string, now: Instant): Promise<void> {
  await db.transaction('rw', db.meta, async () => {
    if ((await db.read('lease'))?.tab === tab) await db.write('lease', { tab, until: now + LEASE_MS });
  });
}

/** Lets the next one deliver. */
export async function endLease(db: PersonDb, tab: string): Promise<void> {
  await db.transaction('rw', db.meta, async () => {
    if ((await db.read('lease'))?.tab === tab) await db.write('lease', null);
  });
}

async function heldByOther(db: PersonDb, { tab, now }: Turn): Promise<number | null> {
  const lease = await db.read('lease');
  const left = lease && lease.tab !== tab ? lease.until - now : 0;
  // A clock that was set back must not make a lease last for days.
  return left > 0 && left <= LEASE_MS ? left : null;
}

/** By number across both states; each is read in its own order and no further than needed. */
async function oldestUnsent(db: PersonDb, most: number): Promise<OutboxEntry[]> {
  const each = await Promise.all(
    UNSENT.map((state) => db.outbox.where('state').equals(state).limit(most).toArray()),
  );
  return each
    .flat()
    .sort((a, b) => a.seq - b.seq)
    .slice(0, most);
}

/** How many of them fit one request; always at least one. */
function fitting(entries: readonly OutboxEntry[]): { count: number; bytes: number } {
  let bytes = 0;
  for (const [i, entry] of entries.entries()) {
    const more = jsonBytes(envelopeOf(entry));
    if (i > 0 && bytes + more > PUSH_BYTES) return { count: i, bytes };
    bytes += more;
  }
  return { count: entries.length, bytes };
}

export const envelopeOf = ({ id, seq, name, args, at, mono, beacon }: OutboxEntry): Envelope => ({
  ...{ id, seq, name, args, at, mono, beacon },
});
