import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pageOf, readCursor, writeCursor } from '@kernel/server/pull';
import type { PullPage } from '@kernel/server/store/store';

/** Place of the first entry: nobody starts a fresh copy here, which would leave out what is gone. */
const FIRST = 2;

interface Entry {
  seq: number;
  list: 'record' | 'gone' | 'measure';
}

/** What a store would answer from a feed of such entries. */
function storeOf(feed: readonly Entry[], after: number, limit: number): PullPage {
  const of = (...lists: Entry['list'][]) =>
    feed.filter((e) => lists.includes(e.list) && e.seq > after).slice(0, limit);
  return {
    entries: of('record', 'gone').map((e) => ({
      kind: 'k',
      id: `${e.list[0]}${e.seq}`,
      version: 1,
      seq: e.seq,
      gone: e.list === 'gone' ? 1 : 0,
      body: e.list === 'gone' ? null : '{}',
      audience: 1,
    })),
    measures: of('measure').map((e) => ({ name: `m${e.seq}`, scope: 's', day: 'd', value: 1, seq: e.seq })),
    seq: feed.length + FIRST - 1,
  };
}

const feed = fc
  .array(fc.constantFrom('record' as const, 'gone' as const, 'measure' as const), { maxLength: 60 })
  .map((lists) => lists.map((list, i): Entry => ({ seq: i + FIRST, list })));

/** Reads the whole feed page by page; `cut` is the rule under test. */
function readAll(entries: readonly Entry[], limit: number, cut: typeof pageOf): string[] {
  const seen: string[] = [];
  let after = FIRST - 1;
  for (let i = 0; i < 500; i++) {
    const page = cut(storeOf(entries, after, limit), after, limit);
    for (const c of JSON.parse(page.changes) as { id: string }[]) seen.push(c.id);
    for (const m of page.measures) seen.push(m[0]);
    after = page.seq;
    if (!page.more) return seen;
  }
  return seen;
}
const expected = (entries: readonly Entry[]): string[] => entries.map((e) => `${e.list[0]}${e.seq}`).sort();

describe('pages of the feed', () => {
  test('whatever the page size, everything arrives once', () => {
    fc.assert(
      fc.property(feed, fc.integer({ min: 1, max: 9 }), (entries, limit) => {
        expect(readAll(entries, limit, pageOf).sort()).toEqual(expected(entries));
      }),
      { numRuns: 400 },
    );
  });

  test('the property bites: a page that goes on behind the longest list instead of the shortest loses rows', () => {
    const greedy: typeof pageOf = (page, after, limit) => {
      const honest = pageOf(page, after, limit);
      const last = Math.max(after, ...page.entries.map((e) => e.seq), ...page.measures.map((m) => m.seq));
      return { ...honest, seq: honest.more ? last : honest.seq };
    };
    const run = () =>
      fc.assert(
        fc.property(feed, fc.integer({ min: 1, max: 9 }), (entries, limit) => {
          expect(readAll(entries, limit, greedy).sort()).toEqual(expected(entries));
        }),
        { numRuns: 400 },
      );
    expect(run).toThrow();
  });

  test('a cursor of another history or of other rights is no cursor', () => {
    const cursor = writeCursor({ epoch: 'e1', rights: 'abc', seq: 12 });
    expect(readCursor(cursor, 'e1', 'abc', 12)).toBe(12);
    // The feed has not come so far: an older backup was put in its place.
    expect(readCursor(cursor, 'e1', 'abc', 11)).toBeNull();
    for (const [text, epoch, rights] of [
      [cursor, 'e2', 'abc'],
      [cursor, 'e1', 'xyz'],
      [null, 'e1', 'abc'],
      ['', 'e1', 'abc'],
      ['e1.abc.-1', 'e1', 'abc'],
      ['e1.abc.1e5', 'e1', 'abc'],
      ['e1.abc', 'e1', 'abc'],
    ] as const)
      expect(readCursor(text, epoch, rights, 99)).toBeNull();
  });
});
