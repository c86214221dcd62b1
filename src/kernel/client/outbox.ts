import type { CommandDef } from '@kernel/shared/command';
import type { Registry } from '@kernel/shared/contract';
import { Workspace } from '@kernel/shared/decide';
import { uuidv7 } from '@kernel/shared/ids';
import type { Session } from '@kernel/shared/protocol';
import type { Refusal } from '@kernel/shared/refusal';
import type { Instant } from '@kernel/shared/time';
import { isRefusal, refuse } from '@kernel/shared/refusal';
import type { BeaconSeen, Stamp } from './beacon';
import { evidenceOf, floorOf } from './beacon';
import type { DeviceClock } from './clock';
import { actorNow, judge, phoneEnv } from './judge';
import type { EntryState, OutboxEntry, PersonDb } from './person-db';
import { UNSENT, needsAttention, setAsideHere } from './person-db';
import { jsonBytes, plain } from './plain';
import { Overlay } from './rebase';
import { pruneReceipts } from './receipts';
import type { Reserve } from './reserve';
import { withRoom } from './reserve';
import type { Spare } from './spare';
import { steady } from './steady';
import type { TroubleKind } from './trouble';
import { troubleOf } from './trouble';
import { UnkeptActs } from './unkept';
import { PATIENCE_MS, undoneIfLate, within } from './within';

/** The command is on this phone, committed: it survives a crash and will reach the server once. */
export interface Kept {
  readonly kept: true;
  readonly id: string;
}

/** One command alone must fit a push with room to spare; photos go another way. */
export const COMMAND_BYTES = 300_000;
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
  /** Given up when the phone is full, so that words still find room. */
  readonly reserve?: Reserve | undefined;
  readonly spare?: Spare | undefined;
  readonly onTrouble?: ((kind: TroubleKind) => void) | undefined;
  /** Longest time until `enqueue` answers, ms. @default 5,000 */
  readonly patienceMs?: number | undefined;
}

/** An act on its way into the queue. */
interface Act {
  readonly def: CommandDef;
  readonly args: unknown;
  readonly id: string;
  readonly replaces: string | null;
  /** When it was done first, by this phone's clock, and what is known of the server's time then. */
  readonly at: Instant;
  readonly stamp: Stamp;
}

/** An entry that is in the queue, committed, and the queue's name. */
interface Stored {
  readonly entry: OutboxEntry;
  readonly device: string;
}

/**
 * What a person did, in the order they did it. `enqueue` is the only way in; an answer of the server is the only way to
 * `accepted`; nothing here deletes what was not sent. What could not be kept is in `unkept`, in memory, for the person to see.
 */
export class Outbox {
  readonly unkept = new UnkeptActs();

  constructor(private readonly parts: OutboxParts) {}

  /**
   * Decides on this phone first: a refusal is returned and nothing is queued, because the person is still looking at
   * what they wrote. Otherwise resolves after the transaction, not the write, is complete (reliability.md rule 39), and in
   * any case within five seconds.
   */
  async enqueue<A>(def: CommandDef<A>, args: A): Promise<Kept | Refusal> {
    return this.keep(def as CommandDef, args, null);
  }

  /** An edit is a new command with a new id: the old one may have been seen by the server (rule 14). */
  async editAgain(id: string, args: unknown): Promise<Kept | Refusal> {
    const old = await this.find(id).catch(() => null);
    if (old === null) return this.unreadable();
    if (!old || !needsAttention(old)) return refuse('kernel.onItsWay');
    const def = this.parts.registry.command(old.name);
    if (!def) return refuse('kernel.unknownCommand', { command: old.name });
    return this.keep(def, args, old.id);
  }

  /** The same act once more, e.g. after our own mistake (`stuck`) was mended. */
  async retry(id: string): Promise<Kept | Refusal> {
    const old = await this.find(id).catch(() => null);
    if (old === null) return this.unreadable();
    if (!old) return refuse('kernel.notFound');
    if (!setAsideHere(old)) return this.editAgain(id, old.args);
    // The server never answered it, and may have it from a try before the one its door refused: under its own id it is done once.
    const { db } = this.parts;
    const again = async (): Promise<void> => {
      // Behind what was done since: numbers that go back would look like a second phone.
      const seq = (await db.read('nextSeq')) ?? 1;
      await db.write('nextSeq', seq + 1);
      await db.outbox.delete(old.seq);
      await db.outbox.add({ ...old, seq, state: 'waiting', code: null, details: null, settledAt: null });
      await db.write('rebaseDue', true);
    };
    try {
      await this.inTime(steady(db, () => db.transaction('rw', db.outbox, db.meta, async () => again())));
    } catch {
      return this.unreadable();
    }
    this.parts.saved?.();
    return { kept: true, id };
  }

  /** Tries again to keep what could not be kept. The same act: if it was kept after all, it is found and not done twice. */
  async keepAgain(id: string): Promise<Kept | Refusal> {
    const act = this.unkept.find(id);
    if (!act) return refuse('kernel.notFound');
    const def = this.parts.registry.command(act.name);
    return def
      ? this.keep(def, act.args, act.replaces)
      : refuse('kernel.unknownCommand', { command: act.name });
  }

  /** Its author has read why; the card may go. */
  async markRead(id: string): Promise<void> {
    await this.close(id, 'read');
  }

  /** Only by explicit choice, and only for what the server has already turned down or this phone could not keep. */
  async discard(id: string): Promise<void> {
    if (this.unkept.find(id)) this.unkept.settled(id);
    else await this.close(id, 'discarded');
  }

  /** Server time cannot be earlier than this. */
  floor(): number {
    return this.parts.beacon.floor();
  }

  async find(id: string): Promise<OutboxEntry | undefined> {
    const { db } = this.parts;
    return this.inTime(steady(db, () => db.outbox.where('id').equals(id).first()));
  }

  async unsent(): Promise<number> {
    return steady(this.parts.db, () => this.parts.db.outbox.where('state').anyOf(UNSENT).count());
  }

  /** Set aside a command that the server's door refuses to read, so that the ones behind it can pass (rule 15). */
  async park(id: string, code: string, details: Record<string, unknown>): Promise<void> {
    const { db } = this.parts;
    const settledAt = await this.serverNow();
    await db.transaction('rw', db.outbox, db.meta, async () => {
      const entry = await db.outbox.where('id').equals(id).first();
      if (!entry || !UNSENT.includes(entry.state)) return;
      await db.outbox.update(entry.seq, { state: 'stuck', code, details, settledAt });
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
    await pruneReceipts(db, before + KEEP_MS);
  }

  private async keep(def: CommandDef, args: unknown, replaces: string | null): Promise<Kept | Refusal> {
    const { clock, beacon } = this.parts;
    const clean = plain(args);
    const bytes = jsonBytes(clean);
    if (bytes > COMMAND_BYTES) return refuse('kernel.tooLarge', { bytes, limit: COMMAND_BYTES });
    // Made once, outside: should the connection die after the commit, the next try finds the entry by its id.
    const id = this.unkept.idFor(def.name, clean, clock.mono()) ?? uuidv7(clock.now(), clock.random(10));
    const tried = this.unkept.find(id);
    const act: Act = {
      ...{ def, args: clean, id, replaces },
      at: tried?.at ?? clock.now(),
      stamp: tried ?? beacon.stamp(null),
    };
    const work: { storing?: Promise<Stored | Refusal> } = {};
    try {
      const outcome = await undoneIfLate(
        this.parts.patienceMs ?? PATIENCE_MS,
        (hold) => (work.storing = this.store(act, hold)),
      );
      if (isRefusal(outcome)) return outcome;
      this.unkept.settled(id);
      await this.parts.spare?.keepAct(outcome.device, outcome.entry);
      this.parts.saved?.();
      return { kept: true, id };
    } catch (error) {
      void work.storing?.then(
        (outcome) => this.keptAfterAll(id, outcome),
        () => undefined,
      );
      return this.notKept(act, error);
    }
  }

  private store(
    act: Act,
    hold: Parameters<Parameters<typeof undoneIfLate>[1]>[0],
  ): Promise<Stored | Refusal> {
    const { db, reserve } = this.parts;
    return withRoom(reserve, () =>
      steady(db, () =>
        // `async` here is not decoration: Dexie tells by it that native awaits follow, and holds the transaction open.
        db.transaction('rw', db.records, db.outbox, db.meta, async (tx) => {
          hold(tx);
          return this.decideAndStore(act);
        }),
      ),
    );
  }

  /** Says so, and keeps the words in memory. */
  private notKept(act: Act, error: unknown): Refusal {
    const { db, clock, onTrouble } = this.parts;
    const why = troubleOf(error, db);
    const { id, args, replaces, at, stamp } = act;
    const { beacon, mono } = stamp;
    this.unkept.add({ id, name: act.def.name, args, at, beacon, mono, why, replaces }, clock.mono());
    onTrouble?.(why);
    return refuse('kernel.notKept', { reason: why, id, problem: String(error) });
  }

  /** A commit that could not be called off any more came through after the person was told otherwise. */
  private keptAfterAll(id: string, outcome: Stored | Refusal): void {
    if (isRefusal(outcome)) return;
    this.unkept.drop(id);
    void this.parts.spare?.keepAct(outcome.device, outcome.entry);
    this.parts.saved?.();
  }

  private async decideAndStore({ def, args, id, replaces, at, ...act }: Act): Promise<Stored | Refusal> {
    const { db, registry, session, clock, beacon } = this.parts;
    // Asked for together: on a slow phone each answer costs a turn of its own.
    const [twin, offset = 0, seen, seq = 1, device = ''] = await Promise.all([
      db.outbox.where('id').equals(id).first(),
      db.read('offset'),
      db.read('beacon'),
      db.read('nextSeq'),
      db.read('device'),
    ]);
    if (twin) return { entry: twin, device };
    const stamp = act.stamp.beacon === null ? beacon.stamp(seen ?? null) : act.stamp;
    const evidence = evidenceOf(at, { beacon: stamp.beacon, mono: stamp.mono });
    // A clock that was set back since the last contact is behind what is already known.
    const createdAt = Math.max(at + offset, floorOf(evidence));
    const now = Math.max(clock.now() + offset, createdAt, beacon.floor());
    const actor = await actorNow(db, session, now);
    if (!actor) return refuse('kernel.notSynced');
    const env = phoneEnv(session, actor, id, evidence, now);
    const outcome = await judge(db, new Workspace(), { policy: registry.policy, def, args, env });
    if (isRefusal(outcome)) return outcome;

    const { beacon: signed, mono } = stamp;
    const entry: OutboxEntry = {
      ...FRESH,
      seq,
      id,
      name: def.name,
      args,
      at,
      beacon: signed,
      mono,
      createdAt,
    };
    const overlay = new Overlay();
    overlay.add(id, outcome.writes);
    await Promise.all([db.write('nextSeq', seq + 1), db.outbox.add(entry), overlay.store(db, registry)]);
    const old = replaces === null ? undefined : await db.outbox.where('id').equals(replaces).first();
    if (old && needsAttention(old))
      await db.outbox.update(old.seq, { closed: 'replaced', closedAt: now, replacedBy: id });
    return { entry, device };
  }

  /** Nobody waits longer for the phone's own storage, and nothing here is worse for being done late. */
  private inTime<T>(work: PromiseLike<T>): Promise<T> {
    return within(this.parts.patienceMs ?? PATIENCE_MS, work);
  }

  /** The phone cannot be asked just now; nothing was changed. */
  private unreadable(): Refusal {
    this.parts.onTrouble?.('lost');
    return refuse('kernel.notKept', { reason: 'lost' });
  }

  private async close(id: string, closed: 'read' | 'discarded'): Promise<void> {
    const { db } = this.parts;
    try {
      const closedAt = await this.serverNow();
      const closing = steady(db, () =>
        db.transaction('rw', db.outbox, async () => {
          const entry = await db.outbox.where('id').equals(id).first();
          if (entry && needsAttention(entry)) await db.outbox.update(entry.seq, { closed, closedAt });
        }),
      );
      await this.inTime(closing);
    } catch {
      this.unreadable(); // the card stays, which is the truth
    }
  }

  private async serverNow(): Promise<number> {
    const { db, clock } = this.parts;
    return clock.now() + ((await steady(db, () => db.read('offset'))) ?? 0);
  }
}

/** What every entry begins with. */
export const FRESH = {
  state: 'waiting',
  code: null,
  details: null,
  foreseen: null,
  settledAt: null,
  attempts: 0,
  again: false,
  closed: null,
  closedAt: null,
  replacedBy: null,
} as const satisfies Partial<OutboxEntry>;
