import type { Registry } from '@kernel/shared/contract';
import { accessRecord } from '@kernel/shared/kernel-records';
import { LIMITS } from '@kernel/shared/protocol';
import type { BodyOf } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import type { Actor } from '@kernel/shared/scope';
import { makeActor } from '@kernel/shared/scope';
import type { Instant } from '@kernel/shared/time';
import { dayOf } from '@kernel/shared/time';
import { readBody } from './body';
import type { Page } from './pull';
import { pageOf, readCursor, rightsOf, writeCursor } from './pull';
import type { Counter, SchoolRow, Store } from './store/store';
import type { Dispatcher } from './write/dispatcher';
import type { CachedRecord, SchoolMemory } from './write/school-memory';
import { recordOf } from './write/school-memory';

type Access = BodyOf<typeof accessRecord>;

/** What somebody may read today; the same person asks many times on the same rights. */
interface Reader {
  readonly actor: Actor;
  readonly rights: string;
  readonly day: string;
  /** Audience sets matched, as of so many sets. */
  sets: ReadonlySet<number>;
  setsTo: number;
}

export interface FeedAnswer extends Page {
  /** True when what the phone has is of another history or of other rights: this page starts a fresh copy. */
  readonly reset: boolean;
  readonly cursor: string;
}

/** Answers pulls: from what the writer remembers when that holds, else from the database. */
export class Feed {
  private readonly readers = new WeakMap<object, Reader>();

  constructor(
    private readonly store: Store,
    private readonly registry: Registry,
    private readonly dispatcher: Dispatcher,
  ) {}

  /**
   * One page of a person's feed, or null when the person has no rights in this school.
   * @param pushed the same request has just written: what is remembered holds at least that
   * @param wanted false: the phone asks again at once and needs no page now, unless its copy must start anew
   */
  async read(
    school: SchoolRow,
    person: string,
    cursor: string | null,
    now: Instant,
    pushed: boolean,
    wanted = true,
  ): Promise<FeedAnswer | null> {
    const memory = this.dispatcher.memory(school.id);
    const counter = (pushed ? memory.counter : null) ?? (await this.store.reads.counter(school.id));
    const holds = same(counter, memory.counter);
    const access = await this.access(school.id, person, holds ? memory : null);
    if (!access) return null;
    const reader = this.readerOf(school, access, now);
    const { epoch } = this.store;
    const known = readCursor(cursor, epoch, reader.rights, counter?.seq ?? 0);
    if (!wanted && cursor !== null && known !== null)
      return { changes: '[]', measures: [], seq: known, more: true, reset: false, cursor };
    const page =
      (holds && known !== null ? await this.fromMemory(school.id, memory, reader, known) : null) ??
      (await this.fromStore(school.id, memory, reader, known ?? 0));
    const cursorTo = writeCursor({ epoch, rights: reader.rights, seq: page.seq });
    return { ...page, reset: known === null, cursor: cursorTo };
  }

  private async fromMemory(
    school: string,
    memory: SchoolMemory,
    reader: Reader,
    after: number,
  ): Promise<Page | null> {
    const limit = LIMITS.changesPerPage;
    const end = memory.counter?.seq ?? 0;
    if (after === 0 || after < memory.tail.from) return null;
    if (!memory.knowsSets) {
      const found = await this.store.reads.audiences(school, memory.sets.last);
      if (memory.counter?.seq !== end) return null;
      memory.learn(found);
    }
    const changes = memory.tail.after(after, this.setsOf(memory, reader), limit);
    if (changes === null) return null;
    const { oversees } = reader.actor;
    const measures =
      oversees.length === 0 ? [] : await this.store.measures({ school, oversees, after, limit });
    if (measures.length >= limit) return null;
    return {
      changes: `[${changes.join(',')}]`,
      // What another server committed since belongs to the next page, with its records.
      measures: measures.filter((m) => m.seq <= end).map((m) => [m.name, m.scope, m.day, m.value]),
      seq: end,
      more: false,
    };
  }

  private async fromStore(
    school: string,
    memory: SchoolMemory,
    reader: Reader,
    after: number,
  ): Promise<Page> {
    const limit = LIMITS.changesPerPage;
    const audiences = async (): Promise<number[]> => {
      memory.sets.add(await this.store.reads.audiences(school, memory.sets.last));
      return [...this.setsOf(memory, reader)].sort((a, b) => a - b);
    };
    const { oversees } = reader.actor;
    return pageOf(await this.store.pull({ school, audiences, oversees, after, limit }), after, limit);
  }

  private setsOf(memory: SchoolMemory, reader: Reader): ReadonlySet<number> {
    if (reader.setsTo !== memory.sets.last) {
      reader.sets = memory.sets.matching(reader.actor.tags);
      reader.setsTo = memory.sets.last;
    }
    return reader.sets;
  }

  private async access(
    school: string,
    person: string,
    memory: SchoolMemory | null,
  ): Promise<CachedRecord | null> {
    const ref = { kind: accessRecord.kind, id: person };
    const key = refKey(ref);
    const hit = memory?.get(key);
    if (hit) return hit.body === null ? null : hit;
    const at = memory?.counter;
    const [row] = await this.store.reads.load(school, [ref]);
    if (!row || row.body === null) return null;
    const record = recordOf(row, readBody(this.registry, row.kind, row.version, row.body));
    // Only if nothing was written meanwhile is it what the memory would hold.
    if (memory && at === memory.counter) memory.put(key, record);
    return record;
  }

  private readerOf(school: SchoolRow, access: CachedRecord, now: Instant): Reader {
    const day = dayOf(now, school.zone);
    const body = access.body as Access;
    let reader = this.readers.get(body);
    if (reader?.day !== day) {
      const actor = makeActor(school.id, body, day);
      reader = { actor, rights: rightsOf(actor), day, sets: new Set(), setsTo: -1 };
      this.readers.set(body, reader);
    }
    return reader;
  }
}

const same = (a: Counter | null, b: Counter | null): boolean =>
  a !== null && b !== null && (a === b || (a.seq === b.seq && a.log === b.log && a.head === b.head));
