import { watch } from 'vue';
import type { Device } from './device';
import type { Here } from './draft-meeting';
import type { OpenPerson } from './open-person';
import type { PersonDb } from './person-db';
import { DraftCopy, draftsWithCopy } from './server-draft';
import { steady } from './steady';

/** Drafts on a screen look after themselves. */
class OpenCopies {
  private readonly open = new WeakMap<PersonDb, Set<string>>();

  /** @returns ends it */
  hold({ db }: OpenPerson, key: string): () => void {
    const keys = this.open.get(db) ?? new Set();
    this.open.set(db, keys.add(key));
    return () => keys.delete(key);
  }
  has({ db }: OpenPerson, key: string): boolean {
    return this.open.get(db)?.has(key) ?? false;
  }
}
export const openCopies = new OpenCopies();

/**
 * Tells the server of what was typed, or finished, while it could not be reached and is on no screen now. Should another device
 * have been there meanwhile, its text becomes another one, offered when the form is opened.
 */
export async function sendWaitingDrafts(person: OpenPerson): Promise<void> {
  for (const key of await draftsWithCopy(person)) {
    if (openCopies.has(person, key)) continue;
    const row = await steady(person.db, () => person.db.drafts.get(key));
    const look = (): Here => {
      const text = JSON.stringify(row?.json ?? null);
      const words = row !== undefined && text !== copy.known.blank;
      return { json: row?.json ?? null, text, at: row?.updatedAt ?? null, words, typed: true };
    };
    const copy: DraftCopy = new DraftCopy(person, key, { look, show: () => undefined, fits: () => true });
    await copy.recall();
    if (row || copy.known.done) await copy.send();
  }
}

/** At most this often, ms. */
const EVERY_MS = 30_000;

/** After every round that reached the server: then it can hear of drafts too. @returns ends it */
export function keepDrafts(device: Device): () => void {
  let last = -Infinity;
  return watch(
    () => device.person.value?.sync.status.lastSyncAt ?? null,
    (at) => {
      const person = device.person.value;
      if (at === null || !person || Date.now() - last < EVERY_MS) return;
      last = Date.now();
      void sendWaitingDrafts(person).catch(() => undefined);
    },
    { immediate: true },
  );
}
