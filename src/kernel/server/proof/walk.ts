import type { Counter } from '../store/store';
import type { Anchors } from './anchors';
import type { ChainEntry } from './chain';
import { digestOf, entryHash } from './chain';

/** An entry as it is stored, with what was said and the hash that was given to it. */
export interface StoredEntry extends ChainEntry {
  readonly name: string;
  readonly args: string;
  readonly hash: string;
}

/** The entries after a place in the log, in order, at most `limit`; fewer only at the end. */
export type EntrySource = (after: number, limit: number) => Promise<readonly StoredEntry[]>;

export interface Broken {
  /** Place in the log where the chain stops holding. */
  readonly log: number;
  readonly id: string | null;
  /**
   * `number` an entry is missing, or one too many · `said` who said what is not what was digested · `hash` something else of the
   * entry or of an earlier one · `tail` the log ends elsewhere than the school's counter says · `anchor` it disagrees with what
   * somebody outside kept, or with a daily head.
   */
  readonly what: 'number' | 'said' | 'hash' | 'tail' | 'anchor';
  readonly source?: string;
}

export interface Walked {
  /** Entries that were looked at. */
  readonly entries: number;
  readonly head: string;
  readonly broken: Broken | null;
}

const PAGE = 2_000;

/**
 * Walks a school's command log from its first entry and stops at the first place where it does not hold. Memory is one page,
 * whatever the log's length. Without anchors a log that was cut, or made anew from some place on by somebody who has the database,
 * looks whole: only what was kept elsewhere shows it (reliability.md rule 65).
 */
export async function walkChain(
  school: string,
  source: EntrySource,
  counter: Pick<Counter, 'log' | 'head'>,
  anchors: Anchors,
): Promise<Walked> {
  let log = 0;
  let head = '';
  const heads = [...anchors.heads].sort((a, b) => a.log - b.log);
  const kept = new Map(anchors.entries.map((e) => [e.log, e]));
  let next = 0;
  const end = (broken: Broken | null): Walked => ({ entries: log, head, broken });
  for (;;) {
    const page = await source(log, PAGE);
    for (const e of page) {
      if (e.log !== log + 1) return end({ log: log + 1, id: e.id, what: 'number' });
      if (e.digest !== digestOf(e.actor, e.name, e.args)) return end({ log: e.log, id: e.id, what: 'said' });
      if (e.hash !== entryHash(head, school, e)) return end({ log: e.log, id: e.id, what: 'hash' });
      const receipt = kept.get(e.log);
      if (receipt && (receipt.id !== e.id || receipt.digest !== e.digest))
        return end({ log: e.log, id: e.id, what: 'anchor', source: 'receipt' });
      log = e.log;
      head = e.hash;
      for (; heads[next]?.log === log; next += 1)
        if (heads[next]!.hash !== head)
          return end({ log, id: e.id, what: 'anchor', source: heads[next]!.source });
    }
    if (page.length < PAGE) break;
  }
  if (log !== counter.log || head !== counter.head) return end({ log: log + 1, id: null, what: 'tail' });
  const beyond = heads[next] ?? anchors.entries.find((e) => e.log > log);
  if (beyond)
    return end({
      log: beyond.log,
      id: null,
      what: 'anchor',
      source: 'source' in beyond ? beyond.source : 'receipt',
    });
  return end(null);
}
