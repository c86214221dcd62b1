import { Dexie } from 'dexie';
import type { Table } from 'dexie';
import type { Refusal } from '@kernel/shared/refusal';
import type { Day, Instant } from '@kernel/shared/time';

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
}

export const personDbName = (school: string, person: string): string => `qing-${school}-${person}`;

/** Everything one person has on this phone. Another person's sign-in opens another database. */
export class PersonDb extends Dexie {
  readonly records!: Table<RecordRow, [string, string]>;
  readonly measures!: Table<MeasureStored, [string, string, string]>;
  readonly outbox!: Table<OutboxEntry, number>;
  readonly drafts!: Table<DraftRow, string>;
  readonly meta!: Table<{ key: string; value: unknown }, string>;
  /** Closed on purpose: nothing may open it again behind its owner's back. */
  ended = false;

  constructor(name: string) {
    // `cache: disabled`: Dexie's cache shows writes before they are committed, and "kept" must be true when it is said.
    super(name, { chromeTransactionDurability: 'strict', cache: 'disabled' });
    this.version(1).stores({
      records: '[kind+id], *keys, *pendingBy, gen',
      measures: '[name+scope+day], [scope+day], gen',
      outbox: 'seq, &id, state',
      drafts: 'key',
      meta: 'key',
    });
  }

  end(): void {
    this.ended = true;
    this.close();
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
export const needsAttention = (e: OutboxEntry): boolean =>
  (e.state === 'refused' || e.state === 'stuck') && e.closed === null;
