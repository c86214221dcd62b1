import type { Change, MeasureRow } from '@kernel/shared/protocol';
import type { Actor } from '@kernel/shared/scope';
import { createHash } from 'node:crypto';
import type { PullPage, Store, StoredRecord } from './store/store';

/** Which audience sets each reader matches, kept per school and grown as sets are added. */
export class AudienceBook {
  private readonly books = new Map<string, { last: number; byTag: Map<string, number[]> }>();

  constructor(private readonly store: Store) {}

  async matching(school: string, tags: readonly string[]): Promise<number[]> {
    let book = this.books.get(school);
    if (!book) {
      book = { last: 0, byTag: new Map() };
      this.books.set(school, book);
    }
    for (const set of await this.store.audiences(school, book.last)) {
      if (set.id <= book.last) continue; // two pulls at once read the same new sets
      for (const tag of set.tags) book.byTag.set(tag, [...(book.byTag.get(tag) ?? []), set.id]);
      book.last = set.id;
    }
    const ids = new Set<number>();
    for (const tag of tags) for (const id of book.byTag.get(tag) ?? []) ids.add(id);
    return [...ids].sort((a, b) => a - b);
  }
}

/** A cursor binds a place in the feed to the server's epoch and the reader's rights: when either differs, the copy starts anew. */
export interface Cursor {
  readonly epoch: string;
  readonly rights: string;
  readonly seq: number;
}

export function rightsOf(actor: Actor): string {
  return createHash('sha256')
    .update(JSON.stringify([actor.person, actor.tags, actor.oversees]))
    .digest('base64url')
    .slice(0, 12);
}

export const writeCursor = (c: Cursor): string => `${c.epoch}.${c.rights}.${c.seq}`;

/** Null when it is not a cursor of this epoch and these rights. */
export function readCursor(text: string | null, epoch: string, rights: string): number | null {
  const [e, r, seq] = (text ?? '').split('.');
  return e === epoch && r === rights && seq !== undefined && /^\d{1,15}$/.test(seq) ? Number(seq) : null;
}

export interface Page {
  /** JSON text of the changes array: bodies go from the database to the wire without being parsed. */
  readonly changes: string;
  readonly measures: MeasureRow[];
  readonly seq: number;
  readonly more: boolean;
}

/** Cuts what was read at the first place where one of the lists was full, so that nothing behind it is skipped. */
export function pageOf(page: PullPage, after: number, limit: number): Page {
  const full = [page.records, page.gone, page.measures]
    .filter((rows) => rows.length >= limit)
    .map((rows) => rows[rows.length - 1]!.seq);
  const more = full.length > 0;
  // Never behind the end that was read first: what committed since may be in a set the reader was not yet known to match.
  const end = Math.max(after, Math.min(...full, page.seq));
  const visible = new Set<string>();
  const out: { seq: number; text: string }[] = [];
  for (const r of page.records) {
    if (r.seq > end) break;
    visible.add(`${r.kind} ${r.id}`);
    // A fresh copy has no use for what was deleted before it began.
    if (r.body === null && after === 0) continue;
    out.push({ seq: r.seq, text: changeText(r) });
  }
  for (const g of page.gone) {
    if (g.seq > end) break;
    if (visible.has(`${g.kind} ${g.id}`)) continue;
    out.push({ seq: g.seq, text: changeText({ ...g, version: 0, body: null }) });
  }
  out.sort((a, b) => a.seq - b.seq);
  return {
    changes: `[${out.map((o) => o.text).join(',')}]`,
    measures: page.measures.filter((m) => m.seq <= end).map((m) => [m.name, m.scope, m.day, m.value]),
    seq: end,
    more,
  };
}

function changeText(r: Pick<StoredRecord, 'kind' | 'id' | 'seq' | 'version' | 'body'>): string {
  const head: Omit<Change, 'body'> = { kind: r.kind, id: r.id, seq: r.seq, version: r.version };
  return `${JSON.stringify(head).slice(0, -1)},"body":${r.body ?? 'null'}}`;
}
