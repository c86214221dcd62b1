import type { Registry } from '@kernel/shared/contract';
import { Workspace } from '@kernel/shared/decide';
import type { Session } from '@kernel/shared/protocol';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, refuse } from '@kernel/shared/refusal';
import type { Write } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import type { Instant } from '@kernel/shared/time';
import { evidenceOf, floorOf } from './beacon';
import { actorNow, foretaste, judge, judgeLoaded, phoneEnv } from './judge';
import { unsentEntries } from './outbox-reads';
import type { OutboxEntry, PersonDb, RecordRow } from './person-db';
import { shownOf } from './person-db';
import { plain } from './plain';
import { keysOf } from './rows';

/**
 * Decides every unsent command again over the new base, oldest first. Must run inside the transaction that stored the
 * base, so that no screen ever sees new rows under old guesses.
 *
 * A command that would now be refused keeps its place and is sent: the phone knows less than the server. It only loses
 * its overlay and gains a warning (`foreseen`).
 */
export async function rebase(
  db: PersonDb,
  registry: Registry,
  session: Session,
  now: Instant,
): Promise<void> {
  await dropOverlays(db, registry);
  // What a restored server is asked to confirm is mostly in the base already; done again over it, it would show twice.
  const pending = (await unsentEntries(db)).filter((e) => !e.again);
  if (pending.length === 0) return;
  const actor = await actorNow(db, session, now);
  const space = new Workspace();
  const overlay = new Overlay();
  const changed: OutboxEntry[] = [];
  const known = pending.map((entry) => {
    const def = registry.command(entry.name);
    const evidence = evidenceOf(entry.at, entry);
    const env = actor && phoneEnv(session, actor, entry.id, evidence, Math.max(now, floorOf(evidence)));
    return { entry, judged: def && env ? { policy: registry.policy, def, args: entry.args, env } : null };
  });
  await foretaste(
    db,
    space,
    known.flatMap((k) => k.judged ?? []),
  );
  for (const { entry, judged } of known) {
    let outcome: { writes: readonly Write[] } | Refusal;
    // Waited for only where something has to be fetched: Dexie lets go of a transaction after a hundred waits in a row that ask
    // the database for nothing, and then no answer could be stored while some fifty commands wait.
    if (judged) outcome = judgeLoaded(space, judged) ?? (await judge(db, space, judged));
    else if (!actor) outcome = refuse('kernel.notSynced');
    else outcome = refuse('kernel.unknownCommand', { command: entry.name });
    if (!isRefusal(outcome)) overlay.add(entry.id, outcome.writes);
    const foreseen = isRefusal(outcome) ? outcome : null;
    if (entry.foreseen?.code !== foreseen?.code) changed.push({ ...entry, foreseen });
  }
  if (changed.length > 0) await db.outbox.bulkPut(changed);
  await overlay.store(db, registry);
}

/** Which rows pending commands have changed. Keys only: mostly there is none, and one read says so. */
export async function overlaidKeys(db: PersonDb): Promise<[string, string][]> {
  const keys = await db.records.where('pendingBy').above('').primaryKeys();
  return [...new Map(keys.map((key) => [key.join('\u0000'), key])).values()];
}

async function dropOverlays(db: PersonDb, registry: Registry): Promise<void> {
  const back: RecordRow[] = [];
  const gone: [string, string][] = [];
  for (const row of await db.records.bulkGet(await overlaidKeys(db))) {
    if (!row) continue;
    if (row.body === null) {
      gone.push([row.kind, row.id]);
      continue;
    }
    const clean: RecordRow = { ...row, pendingBy: [], keys: keysOf(registry, row.kind, row.id, row.body) };
    delete clean.shown;
    back.push(clean);
  }
  if (gone.length) await db.records.bulkDelete(gone);
  if (back.length) await db.records.bulkPut(back);
}

/** What pending commands change, gathered before it is written, so that each row is written once. */
export class Overlay {
  private readonly changed = new Map<string, { write: Write; by: string[] }>();

  add(command: string, writes: readonly Write[]): void {
    for (const write of writes) {
      const by = this.changed.get(refKey(write))?.by ?? [];
      this.changed.set(refKey(write), { write, by: [...by, command] });
    }
  }

  async store(db: PersonDb, registry: Registry): Promise<void> {
    if (this.changed.size === 0) return;
    const changes = [...this.changed.values()];
    const [rows, gen = 0] = await Promise.all([
      db.records.bulkGet(changes.map(({ write }): [string, string] => [write.kind, write.id])),
      db.read('gen'),
    ]);
    await db.records.bulkPut(
      changes.map(({ write, by }, i): RecordRow => {
        const { kind, id } = write;
        const before = rows[i];
        const row: RecordRow = {
          kind,
          id,
          version: before?.version ?? registry.record(kind)?.version ?? 1,
          seq: before?.seq ?? 0,
          body: before?.body ?? null,
          shown: plain(write.body),
          keys: [],
          pendingBy: [...(before?.pendingBy ?? []), ...by],
          gen: before?.gen ?? gen,
        };
        row.keys = keysOf(registry, kind, id, shownOf(row));
        return row;
      }),
    );
  }
}
