import type { Expression, Kysely, SqlBool } from 'kysely';
import { sql } from 'kysely';
import type { SavedDraft, SaveDraft, ServerDraft } from '@kernel/shared/draft-wire';
import { DRAFT_LIMITS, printOf } from '@kernel/shared/draft-wire';
import type { Instant } from '@kernel/shared/time';
import { DAY_MS } from '@kernel/shared/time';
import { ProblemError } from './problem';
import type { Tables } from './store/tables';

/** After this long without a change a draft is forgotten. */
const KEEP_MS = 30 * DAY_MS;
/** Finished drafts whose trace is kept, so that other devices hear of it; a month has fewer. */
const TRACES = 300;

interface Who {
  readonly school: string;
  readonly person: string;
}

/** The person's own draft, or null. There is no way to ask for anybody else's: a foreign one is an absent one. */
export async function readDraft(
  db: Kysely<Tables>,
  who: Who,
  key: string,
  now: Instant,
): Promise<ServerDraft | null> {
  const row = await db
    .selectFrom('draft')
    .select(['version', 'body', 'updated_at', 'device', 'edit', 'prints'])
    .where(whose(who))
    .where('key', '=', key)
    .where('updated_at', '>', now - KEEP_MS)
    .executeTakeFirst();
  if (!row) return null;
  const body: unknown = row.body === null ? null : JSON.parse(row.body);
  const { version, updated_at: updatedAt, device, edit } = row;
  return { version, body, updatedAt, device, edit, prints: JSON.parse(row.prints) as Record<string, string> };
}

/**
 * Saves over the version the text grew from, or over this device's own earlier save; never over what another device wrote
 * meanwhile: that is answered instead. Throws 413 and 409 `kernel.tooManyDrafts`.
 */
export async function saveDraft(
  db: Kysely<Tables>,
  who: Who,
  save: SaveDraft,
  now: Instant,
): Promise<SavedDraft> {
  const { key, device, edit } = save;
  const body = save.body === null ? null : JSON.stringify(save.body);
  if (body !== null && Buffer.byteLength(body) > DRAFT_LIMITS.bytes)
    throw new ProblemError(413, 'kernel.tooLarge', '草稿太长，学校服务器存不下，本机的还在');

  const before = await readDraft(db, who, key, now);
  // The same text once more is no news: a new version of it would only make other devices' knowledge stale.
  if (before && body !== null && JSON.stringify(before.body) === body)
    return { saved: true, version: before.version, updatedAt: before.updatedAt };
  const prints = JSON.stringify(withPrint(before?.prints ?? {}, device, body));
  const row = { edit, device, prints, body, updated_at: now };
  // Versions grow with time, so that a draft that was forgotten and written anew never looks like the one before.
  const version = sql<number>`case when draft.version >= ${sql.lit(now)} then draft.version + 1 else ${sql.lit(now)} end`;
  const [written] =
    body === null
      ? // What was never here needs no trace.
        await db
          .updateTable('draft')
          .set({ ...row, version })
          .where(whose(who))
          .where('key', '=', key)
          .where(mayReplace(save))
          .returning('version')
          .execute()
      : await db
          .insertInto('draft')
          .values({ ...who, key, ...row, version: now })
          .onConflict((c) =>
            c
              .columns(['school', 'person', 'key'])
              .doUpdateSet({ ...row, version })
              .where(mayReplace(save)),
          )
          .returning('version')
          .execute();
  if (written) {
    if (body === null) await keepFewTraces(db, who);
    else if ((before?.body ?? null) === null) await keepWithinCount(db, who, key, now);
    return { saved: true, version: written.version, updatedAt: now };
  }
  const there = await readDraft(db, who, key, now);
  const textThere = there === null || there.body === null ? null : JSON.stringify(there.body);
  return textThere === body
    ? { saved: true, version: there?.version ?? 0, updatedAt: there?.updatedAt ?? now }
    : { saved: false, draft: there };
}

/** Forgets what nobody has touched for thirty days, the traces of finished ones among it. */
export async function forgetOldDrafts(db: Kysely<Tables>, now: Instant): Promise<void> {
  await db
    .deleteFrom('draft')
    .where('updated_at', '<=', now - KEEP_MS)
    .execute();
}

/** More devices than anybody writes one text on; the oldest go. */
const DEVICES = 20;

const withPrint = (
  prints: Record<string, string>,
  device: string,
  body: string | null,
): Record<string, string> => {
  const { [device]: _before, ...others } = prints;
  return Object.fromEntries([
    ...Object.entries(others).slice(1 - DEVICES),
    [device, body === null ? '' : printOf(body)],
  ]);
};

const whose = ({ school, person }: Who): Expression<SqlBool> =>
  sql<SqlBool>`draft.school = ${school} and draft.person = ${person}`;

/** This device's saves replace each other in their order; another's only with knowledge of it, or when it was done with. */
const mayReplace = ({ base, device, edit }: SaveDraft): Expression<SqlBool> =>
  sql<SqlBool>`case when draft.device = ${device} then draft.edit < ${edit}
    else draft.version = ${base} or draft.body is null end`;

/** A new one is counted after writing, so that many at once cannot all slip through: then each takes itself out again. */
async function keepWithinCount(db: Kysely<Tables>, who: Who, key: string, now: Instant): Promise<void> {
  const { n } = await db
    .selectFrom('draft')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where(whose(who))
    .where('body', 'is not', null)
    .where('updated_at', '>', now - KEEP_MS)
    .executeTakeFirstOrThrow();
  if (Number(n) <= DRAFT_LIMITS.count) return;
  await db.deleteFrom('draft').where(whose(who)).where('key', '=', key).execute();
  throw new ProblemError(409, 'kernel.tooManyDrafts', '存在学校服务器的草稿太多了，这一份只存在本机');
}

async function keepFewTraces(db: Kysely<Tables>, who: Who): Promise<void> {
  await db
    .deleteFrom('draft')
    .where(whose(who))
    .where('body', 'is', null)
    .where('updated_at', '<', (e) =>
      e
        .selectFrom('draft as later')
        .select('later.updated_at')
        .where('later.school', '=', who.school)
        .where('later.person', '=', who.person)
        .where('later.body', 'is', null)
        .orderBy('later.updated_at', 'desc')
        .limit(1)
        .offset(TRACES),
    )
    .execute();
}
