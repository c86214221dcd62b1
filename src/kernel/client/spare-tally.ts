import type { Instant } from '@kernel/shared/time';
import { turnedDown, unsentEntries } from './outbox-reads';
import type { OutboxEntry, PersonDb } from './person-db';
import { UNSENT, needsAttention } from './person-db';
import type { Reserve } from './reserve';
import type { Spare } from './spare';
import { steady } from './steady';

export interface Tallied {
  readonly db: PersonDb;
  readonly reserve: Reserve;
  readonly spare: Spare;
}

/** What had been lost and was found in the second place: how many acts, and the names of the outboxes they had been in. */
export interface TakenBack {
  readonly count: number;
  readonly devices: readonly string[];
}

/** The words exist only here: the server does not have them, or turned them down and their author has not dealt with it. */
const isMine = (e: OutboxEntry): boolean => UNSENT.includes(e.state) || needsAttention(e);

/**
 * Makes the second place hold what the queue holds, and the queue what only the second place still has. Under its old id an act
 * is done once, whatever the server already knows of it.
 * @param fresh the database has just been made: drafts that are only in the second place were lost, too
 */
export async function tally(of: Tallied, fresh: boolean, now: Instant): Promise<TakenBack> {
  const { db, spare } = of;
  const device = await steady(db, () => db.read('device'));
  const emptied = fresh || device === undefined;
  const [acts, drafts] = await Promise.all([spare.keys('act'), spare.keys('draft')]);
  const known = acts.length > 0 ? await steady(db, () => db.outbox.where('id').anyOf(acts).toArray()) : [];
  const here = new Set(known.map((e) => e.id));
  const lost = acts.filter((id) => !here.has(id));
  const written = new Set(await steady(db, () => db.drafts.toCollection().primaryKeys()));
  const unwritten = drafts.filter((key) => !written.has(key));

  const taken = { count: 0, devices: [] as readonly string[] };
  if (lost.length > 0 || (emptied && unwritten.length > 0)) {
    const { takeBackActs, takeBackDrafts } = await import('./spare-back');
    if (emptied) await takeBackDrafts(of, await spare.read('draft', unwritten));
    Object.assign(taken, await takeBackActs(of, await spare.read('act', lost), now));
  }
  if (!emptied) await spare.drop('draft', unwritten);
  const over = known.filter((e) => !isMine(e)).map((e) => e.id);
  await spare.drop('act', over);
  await keepMissing(of, device ?? '', new Set(acts));
  return taken;
}

/** What came into the queue another way, e.g. from a file. */
async function keepMissing({ db, spare }: Tallied, device: string, acts: ReadonlySet<string>): Promise<void> {
  const mine = await steady(db, async () => [...(await unsentEntries(db)), ...(await turnedDown(db))]);
  for (const entry of mine) if (!acts.has(entry.id)) await spare.keepAct(device, entry);
}
