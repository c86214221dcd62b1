import type { Registry } from '@kernel/shared/contract';
import { contributions } from '@kernel/shared/measure';
import type { Ref } from '@kernel/shared/record';
import { must } from '@kernel/shared/refusal';
import type { AudienceSet, FeedRow, MeasureDelta, StoredRecord } from '../store/store';
import type { AudienceIndex } from './audience-index';
import type { CachedRecord } from './school-memory';

export interface Touched {
  readonly ref: Ref;
  readonly body: unknown;
}

export interface Rows {
  readonly records: StoredRecord[];
  readonly feed: FeedRow[];
  readonly audiences: AudienceSet[];
  readonly measures: MeasureDelta[];
  /** Last place given. */
  readonly seq: number;
}

/**
 * From the last bodies of a batch to rows: each record and each changed measure gets the next place in the feed. A record
 * written many times in the batch is stored once.
 */
export function rowsOf(
  registry: Registry,
  known: AudienceIndex,
  touched: ReadonlyMap<string, Touched>,
  before: ReadonlyMap<string, CachedRecord | null>,
  from: number,
): Rows {
  let seq = from;
  const records: StoredRecord[] = [];
  const feed: FeedRow[] = [];
  const sums = new Map<string, number>();
  const sets = new AudienceSets(known);
  for (const [key, { ref, body }] of touched) {
    const def = must(registry.record(ref.kind), `no record kind ${ref.kind}`);
    const old = before.get(key);
    const was = old && old.body !== null ? old : null;
    let audience = old?.audience ?? 0;
    if (body !== null) {
      audience = sets.idOf(def.audience(body, ref.id));
      // Before the change itself: who may see the record in both places loses it and has it again, never the other way round.
      if (was && was.audience !== audience)
        feed.push({ seq: ++seq, audience: was.audience, gone: 1, ...ref });
    }
    seq += 1;
    feed.push({ seq, audience, gone: 0, ...ref });
    const measured = registry.measuresOf(ref.kind);
    if (was) contributions(measured, was.body, ref.id, sums, -1);
    if (body !== null) contributions(measured, body, ref.id, sums, 1);
    records.push({
      kind: ref.kind,
      id: ref.id,
      version: def.version,
      seq,
      body: body === null ? null : JSON.stringify(body),
      audience,
    });
  }
  const measures: MeasureDelta[] = [];
  for (const [key, delta] of sums) {
    if (delta === 0) continue;
    const [name, scope, day] = key.split('|') as [string, string, string];
    seq += 1;
    measures.push({ name, scope, day, delta, seq });
  }
  return { records, feed, audiences: sets.added, measures, seq };
}

/** Interns lists of tags; new ones are numbered after the last known. */
class AudienceSets {
  readonly added: AudienceSet[] = [];
  private readonly fresh = new Map<string, number>();
  private next: number;

  constructor(private readonly index: AudienceIndex) {
    this.next = index.last;
  }

  idOf(tags: readonly string[]): number {
    const list = [...new Set(tags)].sort();
    const key = list.join('\n');
    const known = this.index.idOf(key) ?? this.fresh.get(key);
    if (known !== undefined) return known;
    this.next += 1;
    this.fresh.set(key, this.next);
    this.added.push({ id: this.next, tags: list });
    return this.next;
  }
}
