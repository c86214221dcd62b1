import type { Registry } from '@kernel/shared/contract';
import { Workspace } from '@kernel/shared/decide';
import type { Session } from '@kernel/shared/protocol';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, refuse } from '@kernel/shared/refusal';
import type { Write } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import type { Instant } from '@kernel/shared/time';
import { actorNow, judge, phoneEnv } from './judge';
import type { OutboxEntry, PersonDb, RecordRow } from './person-db';
import { UNSENT, shownOf } from './person-db';
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
  const pending = await db.outbox.where('state').anyOf(UNSENT).sortBy('seq');
  if (pending.length === 0) return;
  const actor = await actorNow(db, session, now);
  const space = new Workspace();
  const overlay = new Overlay();
  for (const entry of pending) {
    const def = registry.command(entry.name);
    let outcome: { writes: readonly Write[] } | Refusal;
    if (!actor) outcome = refuse('kernel.notSynced');
    else if (!def) outcome = refuse('kernel.unknownCommand', { command: entry.name });
    else
      outcome = await judge(
        db,
        space,
        def,
        entry.args,
        phoneEnv(session, actor, entry.id, entry.createdAt, now),
      );
    if (!isRefusal(outcome)) overlay.add(entry.id, outcome.writes);
    await foresee(db, entry, isRefusal(outcome) ? outcome : null);
  }
  await overlay.store(db, registry);
}

async function foresee(db: PersonDb, entry: OutboxEntry, foreseen: Refusal | null): Promise<void> {
  if (entry.foreseen?.code === foreseen?.code) return;
  await db.outbox.update(entry.seq, { foreseen });
}

async function dropOverlays(db: PersonDb, registry: Registry): Promise<void> {
  const overlaid = await db.records.where('pendingBy').above('').distinct().toArray();
  const back: RecordRow[] = [];
  const gone: [string, string][] = [];
  for (const row of overlaid) {
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
    const rows = await db.records.bulkGet(
      changes.map(({ write }): [string, string] => [write.kind, write.id]),
    );
    const gen = (await db.read('gen')) ?? 0;
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
