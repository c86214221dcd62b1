import type { CommandDef } from '@kernel/shared/command';
import type { Registry } from '@kernel/shared/contract';
import { Workspace } from '@kernel/shared/decide';
import { uuidv7 } from '@kernel/shared/ids';
import type { Envelope, Session } from '@kernel/shared/protocol';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, refuse } from '@kernel/shared/refusal';
import type { BeaconSeen } from './beacon';
import type { DeviceClock } from './clock';
import { actorNow, judge, phoneEnv } from './judge';
import type { EntryState, OutboxEntry, PersonDb } from './person-db';
import { UNSENT, needsAttention } from './person-db';
import { jsonBytes, plain } from './plain';
import { Overlay } from './rebase';
import { quotaExceeded, steady } from './steady';

/** The command is on this phone, committed: it survives a crash and will reach the server once. */
export interface Kept {
  readonly kept: true;
  readonly id: string;
}

/** One command alone must fit a push with room to spare; photos go another way. */
export const COMMAND_BYTES = 300_000;
export const PUSH_COMMANDS = 100;
export const PUSH_BYTES = 500_000;
/** Accepted commands are kept so that they can be shown, and offered again should the server lose its memory. */
export const KEEP_MS = 30 * 24 * 3_600_000;

export interface OutboxParts {
  readonly db: PersonDb;
  readonly registry: Registry;
  readonly session: Session;
  readonly clock: DeviceClock;
  readonly beacon: BeaconSeen;
  /** Called after something new was kept. */
  readonly saved?: () => void;
}

/**
 * What a person did, in the order they did it. `enqueue` is the only way in; an answer of the server is the only way to
 * `accepted`; nothing here deletes what was not sent.
 */
export class Outbox {
  constructor(private readonly parts: OutboxParts) {}

  /**
   * Decides on this phone first: a refusal is returned and nothing is queued, because the person is still looking at
   * what they wrote. Otherwise resolves after the transaction, not the write, is complete (reliability.md rule 39).
   */
  async enqueue<A>(def: CommandDef<A>, args: A): Promise<Kept | Refusal> {
    return this.keep(def as CommandDef, args, null);
  }

  /** An edit is a new command with a new id: the old one may have been seen by the server (rule 14). */
  async editAgain(id: string, args: unknown): Promise<Kept | Refusal> {
    const old = await this.find(id);
    if (!old || !needsAttention(old)) return refuse('kernel.onItsWay');
    const def = this.parts.registry.command(old.name);
    if (!def) return refuse('kernel.unknownCommand', { command: old.name });
    return this.keep(def, args, old);
  }

  /** The same act once more, e.g. after our own mistake (`stuck`) was mended. */
  async retry(id: string): Promise<Kept | Refusal> {
    const old = await this.find(id);
    return old ? this.editAgain(id, old.args) : refuse('kernel.notFound');
  }

  /** Its author has read why; the card may go. */
  async markRead(id: string): Promise<void> {
    await this.close(id, 'read');
  }

  /** Only by explicit choice, and only for what the server has already turned down. */
  async discard(id: string): Promise<void> {
    await this.close(id, 'discarded');
  }

  async find(id: string): Promise<OutboxEntry | undefined> {
    return steady(this.parts.db, () => this.parts.db.outbox.where('id').equals(id).first());
  }

  async unsent(): Promise<number> {
    return steady(this.parts.db, () => this.parts.db.outbox.where('state').anyOf(UNSENT).count());
  }

  /** The next push, oldest first, marked as sent before it leaves: from then on the server may have it. */
  async takeBatch(most: number = PUSH_COMMANDS): Promise<Envelope[]> {
    const { db } = this.parts;
    return db.transaction('rw', db.outbox, async () => {
      const entries = await db.outbox.where('state').anyOf(UNSENT).sortBy('seq');
      const batch: Envelope[] = [];
      let bytes = 0;
      for (const entry of entries) {
        const { id, seq, name, args, at, mono, beacon } = entry;
        const envelope: Envelope = { id, seq, name, args, at, mono, beacon };
        bytes += jsonBytes(envelope);
        if (batch.length >= most || (batch.length > 0 && bytes > PUSH_BYTES)) break;
        batch.push(envelope);
        await db.outbox.update(seq, { state: 'sent', attempts: entry.attempts + 1 });
      }
      return batch;
    });
  }

  /** Set aside a command that the server's door refuses to read, so that the ones behind it can pass (rule 15). */
  async park(id: string, code: string, details: Record<string, unknown>): Promise<void> {
    const { db } = this.parts;
    await db.transaction('rw', db.outbox, db.meta, async () => {
      const entry = await db.outbox.where('id').equals(id).first();
      if (!entry || !UNSENT.includes(entry.state)) return;
      await db.outbox.update(entry.seq, { state: 'stuck', code, details, settledAt: await this.serverNow() });
      await db.write('rebaseDue', true);
    });
  }

  /** Forgets what was settled, and read where it had to be read, more than thirty days ago. */
  async prune(): Promise<void> {
    const { db } = this.parts;
    const before = (await this.serverNow()) - KEEP_MS;
    const settled: readonly EntryState[] = ['accepted', 'refused', 'stuck'];
    await db.outbox
      .where('state')
      .anyOf(settled)
      .filter((e) => !needsAttention(e) && Math.max(e.settledAt ?? 0, e.closedAt ?? 0) < before)
      .delete();
  }

  private async keep(def: CommandDef, args: unknown, replaces: OutboxEntry | null): Promise<Kept | Refusal> {
    const { db, clock } = this.parts;
    const clean = plain(args);
    const bytes = jsonBytes(clean);
    if (bytes > COMMAND_BYTES) return refuse('kernel.tooLarge', { bytes, limit: COMMAND_BYTES });
    // Made once, outside: should the connection die after the commit, the second try finds the entry by its id.
    const id = uuidv7(clock.now(), clock.random(10));
    try {
      const outcome = await steady(db, () =>
        // `async` here is not decoration: Dexie tells by it that native awaits follow, and holds the transaction open.
        db.transaction('rw', db.records, db.outbox, db.meta, async () =>
          this.decideAndStore(def, clean, id, replaces),
        ),
      );
      if (!isRefusal(outcome)) this.parts.saved?.();
      return outcome;
    } catch (error) {
      return refuse('kernel.notKept', {
        reason: quotaExceeded(error) ? 'full' : 'storage',
        problem: String(error),
      });
    }
  }

  private async decideAndStore(
    def: CommandDef,
    args: unknown,
    id: string,
    replaces: OutboxEntry | null,
  ): Promise<Kept | Refusal> {
    const { db, registry, session, clock, beacon } = this.parts;
    if (await db.outbox.where('id').equals(id).first()) return { kept: true, id };
    const at = clock.now();
    const now = at + ((await db.read('offset')) ?? 0);
    const actor = await actorNow(db, session, now);
    if (!actor) return refuse('kernel.notSynced');
    const outcome = await judge(db, new Workspace(), def, args, phoneEnv(session, actor, id, now, now));
    if (isRefusal(outcome)) return outcome;

    const seq = (await db.read('nextSeq')) ?? 1;
    await db.write('nextSeq', seq + 1);
    await db.outbox.add({
      seq,
      id,
      name: def.name,
      args,
      at,
      ...beacon.stamp((await db.read('beacon')) ?? null),
      createdAt: now,
      state: 'waiting',
      code: null,
      details: null,
      foreseen: null,
      settledAt: null,
      attempts: 0,
      closed: null,
      closedAt: null,
      replacedBy: null,
    });
    if (replaces) await db.outbox.update(replaces.seq, { closed: 'replaced', closedAt: now, replacedBy: id });
    const overlay = new Overlay();
    overlay.add(id, outcome.writes);
    await overlay.store(db, registry);
    return { kept: true, id };
  }

  private async close(id: string, closed: 'read' | 'discarded'): Promise<void> {
    const { db } = this.parts;
    const closedAt = await this.serverNow();
    await steady(db, () =>
      db.transaction('rw', db.outbox, async () => {
        const entry = await db.outbox.where('id').equals(id).first();
        if (entry && needsAttention(entry)) await db.outbox.update(entry.seq, { closed, closedAt });
      }),
    );
  }

  private async serverNow(): Promise<number> {
    return this.parts.clock.now() + ((await this.parts.db.read('offset')) ?? 0);
  }
}
