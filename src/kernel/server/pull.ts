import type { MeasureRow } from '@kernel/shared/protocol';
import type { Actor } from '@kernel/shared/scope';
import { createHash } from 'node:crypto';
import type { PullPage } from './store/store';
import { changeText } from './write/feed-tail';

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

/**
 * Null when it is not a cursor of this epoch and these rights, or of a place the feed has not reached: then the server went back
 * in time without knowing it.
 */
export function readCursor(text: string | null, epoch: string, rights: string, end: number): number | null {
  const [e, r, seq] = (text ?? '').split('.');
  if (e !== epoch || r !== rights || seq === undefined || !/^\d{1,15}$/.test(seq)) return null;
  return Number(seq) <= end ? Number(seq) : null;
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
  const full = [page.entries, page.measures]
    .filter((rows) => rows.length >= limit)
    .map((rows) => rows[rows.length - 1]!.seq);
  const more = full.length > 0;
  // Never behind the end that was read first: what committed since may be in a set the reader was not yet known to match.
  const end = Math.max(after, Math.min(...full, page.seq));
  const entries = page.entries.filter((e) => e.seq <= end);
  const visible = new Set<string>();
  for (const e of entries) if (e.gone === 0) visible.add(`${e.kind} ${e.id}`);
  const out: string[] = [];
  for (const e of entries) {
    // Who may see the record where it went to is not told that it went.
    if (e.gone === 1 && visible.has(`${e.kind} ${e.id}`)) continue;
    // A fresh copy has no use for what went before it began.
    if (after === 0 && e.body === null) continue;
    out.push(changeText(e));
  }
  return {
    changes: `[${out.join(',')}]`,
    measures: page.measures.filter((m) => m.seq <= end).map((m) => [m.name, m.scope, m.day, m.value]),
    seq: end,
    more,
  };
}
