import type { GuardedDb } from './guarded-db';
import { quotaExceeded, writtenByNewer } from './steady';
import { Late, PATIENCE_MS, within } from './within';

/**
 * What can be wrong with the phone's own storage:
 *
 * | kind    | what happened                                         | what a person can do        |
 * | blocked | another window still holds the old version open       | close the other windows     |
 * | slow    | the browser does not answer                           | wait, reload                |
 * | newer   | the database was written by a newer build             | update                      |
 * | yielded | a newer window took over while this one was open      | reload                      |
 * | broken  | the browser cannot open its storage                   | restart the browser         |
 * | full    | no room, not even in the reserve                      | free some space             |
 * | lost    | three tries, each with a fresh connection, failed     | copy, send now, reload      |
 */
export type TroubleKind = 'blocked' | 'slow' | 'newer' | 'yielded' | 'broken' | 'full' | 'lost';

/** A database that could not be opened in time. */
export class StorageTrouble extends Error {
  override readonly name = 'StorageTrouble';
  constructor(
    readonly kind: TroubleKind,
    /** Settles when it opened after all; `null` when it never will. */
    readonly later: Promise<unknown> | null,
  ) {
    super(`storage: ${kind}`);
  }
}

/** Opens a database, or says within five seconds why it is not open (reliability.md rule 44, B5). */
export async function openInTime(db: GuardedDb, ms: number = PATIENCE_MS): Promise<void> {
  let blocked = false;
  const noteBlocked = (): void => void (blocked = true);
  db.on('blocked', noteBlocked);
  // A frozen window answers nothing, and Chromium then does not say `blocked`: asked in time for the answer.
  const ask = setTimeout(() => void db.behind().then((is) => is && noteBlocked()), ms * 0.8);
  const opening = Promise.resolve(db.open());
  opening.catch(() => undefined); // told below, or by whoever waits for it later
  try {
    await within(ms, opening);
  } catch (error) {
    if (error instanceof Late) throw new StorageTrouble(blocked ? 'blocked' : 'slow', opening);
    throw new StorageTrouble(writtenByNewer(error) ? 'newer' : 'broken', null);
  } finally {
    clearTimeout(ask);
    db.on('blocked').unsubscribe(noteBlocked);
  }
}

/** Why something could not be kept, from the error it failed with. */
export const troubleOf = (error: unknown, db: Pick<GuardedDb, 'yielded'>): TroubleKind =>
  db.yielded
    ? 'yielded'
    : quotaExceeded(error)
      ? 'full'
      : writtenByNewer(error)
        ? 'newer'
        : error instanceof Late
          ? 'slow'
          : 'lost';
