import type { Kysely } from 'kysely';
import type { Ref } from '@kernel/shared/record';
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
}

export interface LogRow extends KnownCommand {
  readonly device: string;
  readonly deviceSeq: number;
  readonly actor: string;
  readonly name: string;
  readonly args: string;
  readonly at: number;
  readonly earliest: number;
  readonly received: number;
  readonly hash: string;
}

export interface MeasureDelta {
  readonly name: string;
  readonly scope: string;
  readonly day: string;
  readonly delta: number;
  readonly seq: number;
}

/** A person who could read a record before this write and cannot any more is told so once, through here. */
export interface GoneRow {
  readonly audience: number;
  readonly seq: number;
  readonly kind: string;
  readonly id: string;
}

/** Everything one batch changes in one school; written by one call, in three or four multi-row statements. */
export interface Batch {
  readonly log: readonly LogRow[];
  readonly records: readonly StoredRecord[];
  readonly gone: readonly GoneRow[];
  readonly audiences: readonly AudienceSet[];
  readonly measures: readonly MeasureDelta[];
  readonly counter: Counter;
}

/** A distinct list of tags, interned: records point to it, so that a feed is a range scan over (school, audience, seq). */
export interface AudienceSet {
  readonly id: number;
  readonly tags: readonly string[];
}

export type Soon<T> = T | Promise<T>;

/** One open write transaction. Answers at once on SQLite, later on PostgreSQL: see `wait`. */
export interface WriteTx {
  lock(school: string): Soon<Counter | null>;
  known(school: string, ids: readonly string[]): Soon<KnownCommand[]>;
  load(school: string, refs: readonly Ref[]): Soon<StoredRecord[]>;
  audiences(school: string, after: number): Soon<AudienceSet[]>;
  write(school: string, batch: Batch): Soon<void>;
}

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

export interface PullPage {
  readonly records: StoredRecord[];
  readonly gone: GoneRow[];
  readonly measures: { name: string; scope: string; day: string; value: number; seq: number }[];
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
  /** Writers that must not run at once share a lane: one for SQLite, one per school on PostgreSQL. */
  lane(school: string): string;
  write<T>(body: WriteBody<T>): Promise<T>;
  audiences(school: string, after: number): Promise<AudienceSet[]>;
  pull(request: PullRequest): Promise<PullPage>;
  load(school: string, refs: readonly Ref[]): Promise<StoredRecord[]>;
  /** Live records of a kind whose id starts with a prefix. */
  list(school: string, kind: string, idPrefix: string): Promise<StoredRecord[]>;
  knownIds(school: string, ids: readonly string[]): Promise<string[]>;
  createSchool(row: SchoolRow, createdAt: number): Promise<void>;
  schools(): Promise<SchoolRow[]>;
  /** For the few cold statements that are not worth a method. */
  readonly db: Kysely<Tables>;
  close(): Promise<void>;
}
