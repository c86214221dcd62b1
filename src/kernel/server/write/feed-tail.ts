import type { Change } from '@kernel/shared/protocol';
import type { FeedRow, StoredRecord } from '../store/store';

interface Entry {
  readonly seq: number;
  readonly audience: number;
  /** `kind id`: a later change of the same record takes its place. */
  readonly key: string;
  readonly gone: 0 | 1;
  /** JSON of the change as it goes on the wire; null once a later change took its place. */
  text: string | null;
}

/** A school's latest changes are worth at most so much memory, in characters of their texts. */
const CHARS = 1_500_000;
const ENTRIES = 4_000;

/**
 * The end of one school's feed, kept in memory: what a phone that was here this morning has not seen yet. Most pulls are
 * answered from it and read nothing. It holds every change after `from`; who asks for an older place reads the database.
 */
export class FeedTail {
  /** Complete for every place after this one. */
  from = 0;
  private entries: Entry[] = [];
  private readonly latest = new Map<string, Entry>();
  private chars = 0;

  restart(seq: number): void {
    this.from = seq;
    this.entries = [];
    this.latest.clear();
    this.chars = 0;
  }

  /** Size in characters, for the memory all schools share. */
  get size(): number {
    return this.chars;
  }

  /** What one committed batch changed; both lists are in the order of the feed, and every record has its place in it. */
  append(records: readonly StoredRecord[], feed: readonly FeedRow[]): void {
    let at = 0;
    for (const f of feed) {
      const key = `${f.kind} ${f.id}`;
      if (f.gone === 1) {
        const text = changeText({ ...f, version: 0, body: null });
        this.add({ seq: f.seq, audience: f.audience, gone: 1, key, text });
        continue;
      }
      const before = this.latest.get(key);
      if (before?.text != null) {
        this.chars -= before.text.length;
        before.text = null;
      }
      const entry: Entry = {
        seq: f.seq,
        audience: f.audience,
        gone: 0,
        key,
        text: changeText(records[at++]!),
      };
      this.latest.set(key, entry);
      this.add(entry);
    }
    this.trim();
  }

  private add(entry: Entry): void {
    this.entries.push(entry);
    this.chars += entry.text?.length ?? 0;
  }

  private trim(): void {
    if (this.chars <= CHARS && this.entries.length <= ENTRIES) return;
    // Down to half at once: moving the array for every entry would cost more than the entries.
    let drop = 0;
    while (
      drop < this.entries.length &&
      (this.chars > CHARS / 2 || this.entries.length - drop > ENTRIES / 2)
    ) {
      const e = this.entries[drop++]!;
      this.chars -= e.text?.length ?? 0;
      this.from = e.seq;
      if (this.latest.get(e.key) === e) this.latest.delete(e.key);
    }
    this.entries.splice(0, drop);
  }

  /**
   * JSON texts of the changes after a place that these audience sets may see, in order; null when the tail begins later than
   * that or more than `limit` are due.
   */
  after(seq: number, sets: ReadonlySet<number>, limit: number): string[] | null {
    if (seq < this.from) return null;
    const out: string[] = [];
    const seen = new Set<string>();
    const mine: Entry[] = [];
    for (let i = this.firstAfter(seq); i < this.entries.length; i++) {
      const e = this.entries[i]!;
      if (e.text === null || !sets.has(e.audience)) continue;
      mine.push(e);
      if (e.gone === 0) seen.add(e.key);
    }
    if (mine.length > limit) return null;
    // Who may see the record where it went to is not told that it went.
    for (const e of mine) if (e.gone === 0 || !seen.has(e.key)) out.push(e.text!);
    return out;
  }

  private firstAfter(seq: number): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.entries[mid]!.seq <= seq) low = mid + 1;
      else high = mid;
    }
    return low;
  }
}

/** A change as it goes on the wire: the body goes there as it is stored, without being parsed. */
export function changeText(r: Pick<StoredRecord, 'kind' | 'id' | 'seq' | 'version' | 'body'>): string {
  const head: Omit<Change, 'body'> = { kind: r.kind, id: r.id, seq: r.seq, version: r.version };
  return `${JSON.stringify(head).slice(0, -1)},"body":${r.body ?? 'null'}}`;
}
