import type { PersonDb } from '@kernel/client/person-db';
import { putAway } from '@kernel/client/unsaved';
import { dropWorker } from './drop-worker';
import { serverBuild } from './server-build';
import { tellTabs } from './tabs';
import type { WorkerWatch } from './worker';
import { buildInCharge, takeOver } from './worker';

/** Named in the page's session: the build that was left, so that the next page knows whether leaving it worked. */
export const LEFT = 'qing-left';
const QUIET_MS = 3_000;

/**
 * Changes to the new version, after everything here is put away (reliability.md rules 49, 50). Ends with a reload.
 * @returns `unsaved` when something on the screen cannot be put anywhere; nothing was changed then
 */
export async function applyUpdate(
  build: string,
  worker: WorkerWatch | null,
  db: PersonDb | null,
): Promise<'unsaved' | 'reloading'> {
  if (!(await putAway())) return 'unsaved';
  await tellTabs();
  await quiet(db);
  const waiting = await worker?.waiting();
  const changed = waiting ? await takeOver(waiting) : false;
  // Somebody may have begun to write while the worker was changing.
  if (!(await putAway())) return 'unsaved';
  // A worker that does not let go would open the old build again. With the server in reach its files can be had anew.
  if (!changed && (await buildInCharge()) === build && (await serverHasAnother(build))) await dropWorker();
  remember(build);
  location.reload();
  return 'reloading';
}

async function serverHasAnother(build: string): Promise<boolean> {
  const there = await serverBuild();
  return there !== null && there.build !== build;
}

/**
 * Waits for what is being stored right now. Write transactions over the same tables run one after another, in all tabs:
 * when this one has its turn, the ones before it are complete. Twice, for a command is followed by its draft's end.
 */
async function quiet(db: PersonDb | null): Promise<void> {
  if (!db) return;
  const turn = (): Promise<unknown> =>
    db.transaction(
      'rw',
      db.outbox,
      db.drafts,
      async () => (await db.outbox.count()) + (await db.drafts.count()),
    );
  const late = new Promise((done) => setTimeout(done, QUIET_MS));
  await Promise.race([turn().then(turn), late]).catch(() => undefined);
}

function remember(build: string): void {
  try {
    sessionStorage.setItem(LEFT, build);
  } catch {
    // Only the word that it worked is lost.
  }
}
