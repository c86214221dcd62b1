import { refKey } from '@kernel/shared/record';
import type { AudienceSet, Counter, StoredRecord } from '../store/store';
import { AudienceIndex } from './audience-index';
import type { BatchOutcome } from './batch';
import { FeedTail } from './feed-tail';

export interface CachedRecord {
  readonly version: number;
  readonly seq: number;
  readonly audience: number;
  /** Parsed and upcast; null when absent or deleted. Never mutated. */
  readonly body: unknown;
  /** Characters of the stored text, for the memory all schools share. */
  readonly chars: number;
}

/**
 * What this process remembers of one school: the counter, records, audience sets and the end of the feed, all as they were at
 * that counter. A write names the counter it was decided on and is refused when somebody else moved it, so this memory needs
 * no other coherence, also with many app servers (architecture.md §3).
 */
export class SchoolMemory {
  readonly tail = new FeedTail();
  readonly sets = new AudienceIndex();
  /** Null: nothing is remembered. */
  private at: Counter | null = null;
  private setsKnown = false;
  /** Highest number each device has sent, of the devices asked for since `begin`; 0 = none yet. */
  readonly senders = new Map<string, number>();
  /** Devices that numbered a new command as they had numbered another: two phones bear one name (reliability.md rule 12). */
  readonly clones = new Set<string>();
  private records = new Map<string, CachedRecord>();
  private chars = 0;

  get counter(): Counter | null {
    return this.at;
  }
  /** Are all audience sets up to the counter known? */
  get knowsSets(): boolean {
    return this.setsKnown;
  }
  /** Characters held, about. */
  get size(): number {
    return this.chars + this.tail.size;
  }

  /** The counter as the database has it now: when it is not ours, everything but the (append-only) sets starts anew. */
  begin(counter: Counter): void {
    if (
      this.at &&
      this.at.seq === counter.seq &&
      this.at.log === counter.log &&
      this.at.head === counter.head
    )
      return;
    this.records.clear();
    this.senders.clear();
    this.chars = 0;
    this.tail.restart(counter.seq);
    this.setsKnown = false;
    this.at = counter;
  }

  /** After a write that failed: nothing here is known to be true. */
  forget(): void {
    this.records.clear();
    this.senders.clear();
    this.chars = 0;
    this.at = null;
    this.setsKnown = false;
  }

  get(key: string): CachedRecord | undefined {
    return this.records.get(key);
  }
  put(key: string, record: CachedRecord): void {
    this.chars += record.chars - (this.records.get(key)?.chars ?? 0);
    this.records.set(key, record);
  }
  learn(sets: readonly AudienceSet[]): void {
    this.sets.add(sets);
    this.setsKnown = true;
  }

  /** A batch that is committed. */
  apply({ batch, touched, clones }: Pick<BatchOutcome, 'batch' | 'touched' | 'clones'>): void {
    for (const r of batch.records) {
      const key = refKey(r);
      this.put(key, recordOf(r, touched.get(key)?.body ?? null));
    }
    if (this.setsKnown) this.sets.add(batch.audiences);
    this.tail.append(batch.records, batch.feed);
    for (const device of clones) this.clones.add(device);
    for (const s of batch.senders) this.senders.set(s.device, s.seq);
    this.at = batch.counter;
  }
}

export const recordOf = (row: StoredRecord, body: unknown): CachedRecord => ({
  version: row.version,
  seq: row.seq,
  audience: row.audience,
  body,
  chars: row.body?.length ?? 0,
});
