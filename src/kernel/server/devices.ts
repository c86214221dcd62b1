import type { Kysely } from 'kysely';
import type { HeldElsewhere } from '@kernel/shared/protocol';
import type { Instant } from '@kernel/shared/time';
import { DAY_MS } from '@kernel/shared/time';
import type { Tables } from './store/tables';

/** What a phone said two months ago is not a phone anybody still looks for. */
const REMEMBER_MS = 60 * DAY_MS;

export interface UnsentReport {
  readonly school: string;
  readonly person: string;
  /** Name of the outbox on the wire. */
  readonly device: string;
  readonly unsent: { readonly count: number; readonly oldest: Instant | null };
  readonly at: Instant;
}

/**
 * Remembers what a phone still holds (reliability.md rule 42). The phone says it only when the number changes, and a phone
 * that holds nothing has no row, so the table is as long as the list of phones with work on them.
 */
export async function noteUnsent(db: Kysely<Tables>, report: UnsentReport): Promise<void> {
  const { school, person, device, unsent, at } = report;
  if (unsent.count === 0) {
    await db
      .deleteFrom('device')
      .where('school', '=', school)
      .where('person', '=', person)
      .where('device', '=', device)
      .execute();
    return;
  }
  const row = { unsent: unsent.count, oldest: unsent.oldest, reported_at: at };
  await db
    .insertInto('device')
    .values({ school, person, device, ...row })
    .onConflict((c) => c.columns(['school', 'person', 'device']).doUpdateSet(row))
    .execute();
}

/** The person's phones that last said they held work, latest word first. */
export async function heldBy(
  db: Kysely<Tables>,
  who: { readonly school: string; readonly person: string },
  now: Instant,
): Promise<HeldElsewhere> {
  const rows = await db
    .selectFrom('device')
    .select(['device', 'unsent', 'oldest', 'reported_at'])
    .where('school', '=', who.school)
    .where('person', '=', who.person)
    .where('reported_at', '>', now - REMEMBER_MS)
    .orderBy('reported_at', 'desc')
    .limit(20)
    .execute();
  return rows.map((r) => ({
    device: r.device,
    count: r.unsent,
    oldest: r.oldest,
    reportedAt: r.reported_at,
  }));
}
