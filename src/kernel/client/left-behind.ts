import { PersonDb, personDbName } from './person-db';
import type { KnownPerson } from './device-db';
import { UNSENT } from './person-db';
import { steady } from './steady';
import { openInTime } from './trouble';
import { within } from './within';

/** Short: it is only asked for on a sign-in page, and nobody's own work hangs on it. */
const GLANCE_MS = 1_500;

type Whose = Pick<KnownPerson, 'school' | 'person'>;

/** How much unsent work of somebody lies on this phone: the number and nothing of what it says. Null = could not look. */
export async function countUnsent(who: Whose): Promise<number | null> {
  return glance(who, (db) => db.outbox.where('state').anyOf(UNSENT).count());
}

/** Takes away what could be read; what was written here, and drafts, stay for their owner. False = could not. */
export async function clearReadable(of: PersonDb | Whose): Promise<boolean> {
  if (!(of instanceof PersonDb)) return (await glance(of, clearReadable)) ?? false;
  await steady(of, () =>
    of.transaction('rw', of.records, of.measures, of.meta, async () => {
      await of.records.clear();
      await of.measures.clear();
      await of.write('cursor', null);
      await of.write('rebaseDue', true);
    }),
  );
  return true;
}

async function glance<T>(who: Whose, work: (db: PersonDb) => PromiseLike<T>): Promise<T | null> {
  const db = new PersonDb(personDbName(who.school, who.person));
  try {
    await openInTime(db, GLANCE_MS);
    return await within(GLANCE_MS, work(db));
  } catch {
    return null;
  } finally {
    db.end();
  }
}
