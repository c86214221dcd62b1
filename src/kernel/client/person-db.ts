import type { Table } from 'dexie';
import type { HeldElsewhere } from '@kernel/shared/protocol';
import type { Refusal } from '@kernel/shared/refusal';
import type { Day, Instant } from '@kernel/shared/time';
import { GuardedDb } from './guarded-db';
import type { KnownKey } from './receipts';

/** One record on the phone. What screens see is `shownOf(row)`. */
export interface RecordRow {
  kind: string;
  id: string;
  version: number;
  /** Place in the feed, 0 when the server has not seen it. */
  seq: number;
  /** As the server last told it; `null` when it exists only here, in a pending command. */
  body: unknown;
  /** Present only when pending commands changed it: the body to show, `null` = they delete it. */
  shown?: unknown;
  /** `<kind>` and `<kind>/<key>` of the shown body. */
  keys: string[];
  /** Commands, oldest first, that made `shown`. */
  pendingBy: string[];
  /** Which copy of the school it belongs to; a reset starts a new one. */
  gen: number;
}

export interface MeasureValue {
  name: string;
  scope: string;
  day: Day;
  value: number;
}
export interface MeasureStored extends MeasureValue {
  gen: number;
}

export type EntryState = 'waiting' | 'sent' | 'accepted' | 'refused' | 'stuck';

/** One command in the outbox. Everything the server will read is frozen when the entry is made. */
export interface OutboxEntry {
  readonly seq: number;
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
  readonly at: Instant;
  readonly mono: number | null;
  readonly beacon: string | null;
  /** Estimated server time of the act: what decisions on this phone use. */
  readonly createdAt: Instant;
  state: EntryState;
  /** Why, when refused or stuck. */
  code: string | null;
  details: Record<string, unknown> | null;
  /** What this phone now expects the server to refuse. It is sent all the same: the server decides. */
  foreseen: Refusal | null;
  settledAt: Instant | null;
  attempts: number;
  /** Was accepted once, by a server whose history is another one now: offered again until this one has answered. */
  again: boolean;
  /** Where the school's signature for it is kept, see `receipts.ts`. */
  receipt?: string;
  /** How its author dealt with a refusal; null = still needs attention. */
  closed: 'read' | 'replaced' | 'discarded' | null;
  closedAt: Instant | null;
  replacedBy: string | null;
}

export interface DraftRow {
  key: string;
  json: unknown;
  updatedAt: Instant;
}

interface PersonMeta {
  /** This outbox's name on the wire. One per person and phone, so that its numbers have no gaps and one owner. */
  device: string;
  nextSeq: number;
  cursor: string | null;
  gen: number;
  /** Server clock minus this phone's clock, ms. */
  offset: number;
  beacon: string | null;
  lastSyncAt: Instant | null;
  /** Rows or results changed since overlays were last made. */
  rebaseDue: boolean;
  /** Build that wrote the rows' keys. */
  build: string;
  /** Public keys the school has signed receipts with, oldest first. */
  schoolKeys: KnownKey[];
  /** The server's history this copy belongs to. */
  epoch: string;
  /** How many unsent commands the server was last told of. */
  reported: number;
  /** Which window delivers the queue just now; only asked where Web Locks are stuck. */
  lease: Lease | null;
  /** Room kept free for words on a full phone; see `reserve.ts`. */
  reserve: Uint8Array;
  /** What the person should know about the storage this copy began with; `null` once read. */
  news: StorageNews | null;
}

export interface Lease {
  readonly tab: string;
  readonly until: Instant;
}

/** `asked`: the server has been asked what other phones still hold. */
export interface StorageNews {
  readonly asked: boolean;
  /** This browser was signed in, and its storage was empty all the same. */
  readonly evicted: boolean;
  readonly held: HeldElsewhere;
  /** Acts found in the second place (`spare.ts`) and in the queue again, and the outboxes they had been in. */
  readonly restored?: { readonly count: number; readonly devices: readonly string[] };
}

export const personDbName = (school: string, person: string): string => `qing-${school}-${person}`;

/** Everything one person has on this phone. Another person's sign-in opens another database. */
export class PersonDb extends GuardedDb {
  readonly records!: Table<RecordRow, [string, string]>;
  readonly measures!: Table<MeasureStored, [string, string, string]>;
  readonly outbox!: Table<OutboxEntry, number>;
  readonly drafts!: Table<DraftRow, string>;
  readonly meta!: Table<{ key: string; value: unknown }, string>;

  constructor(name: string) {
    super(name);
    this.version(1).stores({
      records: '[kind+id], *keys, *pendingBy, gen',
      measures: '[name+scope+day], [scope+day], gen',
      outbox: 'seq, &id, state',
      drafts: 'key',
      meta: 'key',
    });
  }

  async read<K extends keyof PersonMeta>(key: K): Promise<PersonMeta[K] | undefined> {
    return (await this.meta.get(key))?.value as PersonMeta[K] | undefined;
  }
  async write<K extends keyof PersonMeta>(key: K, value: PersonMeta[K]): Promise<void> {
    await this.meta.put({ key, value });
  }
}

export const shownOf = (row: Pick<RecordRow, 'body' | 'shown'>): unknown =>
  row.shown === undefined ? row.body : row.shown;

/** Neither accepted nor answered: the server may or may not have it. */
export const UNSENT: readonly EntryState[] = ['waiting', 'sent'];
/** Set aside by this phone because the server's door refused it (`Outbox.park`): the server itself has not said no. */
export const setAsideHere = (e: OutboxEntry): boolean =>
  e.state === 'stuck' && e.closed === null && typeof e.details?.['status'] === 'number';
export const needsAttention = (e: OutboxEntry): boolean =>
  (e.state === 'refused' || e.state === 'stuck') && e.closed === null;
