import type { AudienceSet, StoredRecord } from '../store/store';

export interface CachedRecord {
  readonly version: number;
  readonly seq: number;
  readonly audience: number;
  /** Parsed and upcast; null when absent or deleted. Never mutated. */
  readonly body: unknown;
}

/**
 * What the writer remembers of one school between batches. Valid exactly as long as the school's counter has not been moved
 * by somebody else: the counter is read under the lock, so this needs no other coherence, also with many app servers.
 */
export class SchoolCache {
  seq = -1;
  private records = new Map<string, CachedRecord>();
  private setIds = new Map<string, number>();
  private lastSet = 0;

  constructor(private readonly limit = 20_000) {}

  /** Call with the counter read under the lock. Answers whether everything remembered still holds. */
  validate(seq: number): boolean {
    const valid = seq === this.seq;
    if (!valid || this.records.size > this.limit) this.records.clear();
    this.seq = seq;
    return valid;
  }
  get(key: string): CachedRecord | undefined {
    return this.records.get(key);
  }
  put(key: string, record: CachedRecord): void {
    this.records.set(key, record);
  }
  forget(): void {
    this.records.clear();
    this.seq = -1;
    this.setIds.clear();
    this.lastSet = 0;
  }

  get lastAudience(): number {
    return this.lastSet;
  }
  learn(sets: readonly AudienceSet[]): void {
    for (const s of sets) {
      this.setIds.set(s.tags.join('\n'), s.id);
      if (s.id > this.lastSet) this.lastSet = s.id;
    }
  }
  audienceId(key: string): number | undefined {
    return this.setIds.get(key);
  }
}

export const recordOf = (row: StoredRecord, body: unknown): CachedRecord => ({
  version: row.version,
  seq: row.seq,
  audience: row.audience,
  body,
});
