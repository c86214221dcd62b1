import type { Kysely } from 'kysely';
import type { Ref } from '@kernel/shared/record';
import type { StoreHealth } from '../ops/store-health';
import type { Tables } from './tables';

/** The school's counters, read under its lock. */
export interface Counter {
  /** Last place given in the feed. */
  readonly seq: number;
  /** Last place given in the command log. */
  readonly log: number;
  /** Hash of the last entry of the command log. */
  readonly head: string;
}

export interface StoredRecord {
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly seq: number;
  /** JSON text; `null` when deleted. */
  readonly body: string | null;
  readonly audience: number;
}

export interface KnownCommand {
  readonly id: string;
  readonly digest: string;
  readonly outcome: 'accepted' | 'refused' | 'stuck';
  readonly code: string | null;
  readonly details: string | null;
  readonly log: number;
  readonly earliest: number;
  readonly received: number;
  /** `<anchor>+<elapsed>`, `<anchor>`, or null where only the arrival is known; ms. */
  readonly evidence: string | null;
  /** Hash of this entry and of all before it. */
  readonly hash: string;
}

export interface LogRow extends KnownCommand {
  readonly device: string;
  readonly deviceSeq: number;
  readonly actor: string;
  readonly name: string;
  readonly args: string;
  readonly at: number;
}

export interface MeasureDelta {
  readonly name: string;
  readonly scope: string;
  readonly day: string;
  readonly delta: number;
  readonly seq: number;
}

/** A place in the feed: a record's change or, with `gone`, that it left an audience: told once to whoever could see it there. */
export interface FeedRow {
  readonly seq: number;
  readonly audience: number;
  readonly gone: 0 | 1;
  readonly kind: string;
  readonly id: string;
}

/** A place in the feed with what stands there; a record's earlier places are not among them. */
export interface FeedEntry extends FeedRow {
  readonly version: number;
  /** JSON text; null when deleted or gone. */
  readonly body: string | null;
}

/** The highest number a device's commands have carried so far. */
export interface Sender {
  readonly device: string;
  readonly seq: number;
}

/** Everything one batch changes in one school; written by one call, in three or four multi-row statements. */
export interface Batch {
  readonly log: readonly LogRow[];
  readonly records: readonly StoredRecord[];
  readonly feed: readonly FeedRow[];
  readonly audiences: readonly AudienceSet[];
  readonly measures: readonly MeasureDelta[];
  readonly senders: readonly Sender[];
  readonly counter: Counter;
}

/** A distinct list of tags, interned: records point to it, so that a feed is a range scan over (school, audience, seq). */
export interface AudienceSet {
  readonly id: number;
  readonly tags: readonly string[];
}

export type Soon<T> = T | Promise<T>;

/** What deciding and pulling read. Answers at once on SQLite, later on PostgreSQL: see `wait`. */
export interface Reads {
  counter(school: string): Soon<Counter | null>;
  known(school: string, ids: readonly string[]): Soon<KnownCommand[]>;
  load(school: string, refs: readonly Ref[]): Soon<StoredRecord[]>;
  audiences(school: string, after: number): Soon<AudienceSet[]>;
  senders(school: string, devices: readonly string[]): Soon<Sender[]>;
}

/** One open write transaction: `counter` takes the school's lock and holds it to the end. */
export interface WriteTx extends Reads {
  write(decided: Decided): Soon<void>;
}

/** A batch that was decided outside a transaction, with the counter it was decided on. */
export interface Decided {
  readonly school: string;
  readonly expected: Counter;
  readonly batch: Batch;
}

/**
 * `moved`: another writer was there since the counter was read. `known`: one of the commands is in the log already. In both
 * cases nothing at all was written.
 */
export type Verdict = 'written' | 'moved' | 'known';

/**
 * The body of a write transaction. A generator, so that SQLite can run it without ever leaving the call stack (nothing else
 * of the process can come between BEGIN and COMMIT) while PostgreSQL awaits each step.
 */
export type WriteBody<T> = (tx: WriteTx) => Generator<Soon<unknown>, T, unknown>;

export function* wait<T>(value: Soon<T>): Generator<Soon<unknown>, T, unknown> {
  return (yield value) as T;
}

export interface PullRequest {
  readonly school: string;
  /**
   * Audience sets the reader matches. As a function when sets may be added meanwhile: asked after the feed's end was read, so
   * that no record behind that end is in a set the reader was not yet known to match.
   */
  readonly audiences: readonly number[] | (() => Promise<readonly number[]>);
  /** Scopes whose measures the reader sees, with everything below. */
  readonly oversees: readonly string[];
  readonly after: number;
  readonly limit: number;
}

export interface FeedMeasure {
  readonly name: string;
  readonly scope: string;
  readonly day: string;
  readonly value: number;
  readonly seq: number;
}

export interface PullPage {
  readonly entries: FeedEntry[];
  readonly measures: FeedMeasure[];
  /** The feed's end when the page was read. */
  readonly seq: number;
}

export interface SchoolRow {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly example: boolean;
}

/** One database. The same contract suite runs over every implementation (tests/kernel/server/store). */
export interface Store {
  readonly dialect: 'sqlite' | 'postgres';
  /** Identity of this database's history: changes when it is made anew or restored. Part of every cursor. */
  readonly epoch: string;
  /** Secret of this installation, for beacons and sessions: 32 random bytes, hex. */
  readonly secret: string;
  /** Whether the disk takes writes; every failed one is told to it. */
  readonly health: StoreHealth;
  /** Writers that must not run at once share a lane: one for SQLite, one per school on PostgreSQL. */
  lane(school: string): string;
  /** Outside any transaction. What was read so is written only through `commit`, which sees whether it still holds. */
  readonly reads: Reads;
  /** Writes what was decided outside a transaction, all or nothing, if no counter moved since. One round trip. */
  commit(sections: readonly Decided[]): Promise<Verdict>;
  /** The patient way: decides while it holds the lock. For schools that several servers write at once. */
  write<T>(body: WriteBody<T>): Promise<T>;
  pull(request: PullRequest): Promise<PullPage>;
  /** Measures at these scopes and below that changed after a place, in order. */
  measures(request: Omit<PullRequest, 'audiences'>): Soon<FeedMeasure[]>;
  /** Live records of a kind whose id starts with a prefix. */
  list(school: string, kind: string, idPrefix: string): Promise<StoredRecord[]>;
  knownIds(school: string, ids: readonly string[]): Promise<string[]>;
  createSchool(row: SchoolRow, createdAt: number): Promise<void>;
  schools(): Promise<SchoolRow[]>;
  /** For the few cold statements that are not worth a method. */
  readonly db: Kysely<Tables>;
  close(): Promise<void>;
}
