import type { Session } from '@kernel/shared/protocol';
import { SPARE_PREFIX, isSpare } from '@kernel/shared/spare';
import type { KnownPerson } from './device-db';
import type { DraftRow, OutboxEntry } from './person-db';
import { within } from './within';

/** The act or draft is safe without it, so nobody waits longer for its second place than this, ms. */
const PATIENCE_MS = 1_000;
/** Keys have to be addresses. This one is nobody's: no page and no worker finds words under a path of ours. */
const PLACE = 'https://spare.invalid/';

export type SpareKind = 'act' | 'draft';

/** An act as it lies in the second place, with what a phone that remembers nothing must know of it. */
export interface SpareAct {
  readonly owner: Pick<KnownPerson, 'name' | 'schoolName' | 'account'>;
  /** The outbox it was in. */
  readonly device: string;
  readonly entry: OutboxEntry;
}

/**
 * A second place on this phone for one person's unsent acts and drafts, beside IndexedDB: browsers throw a whole IndexedDB away
 * when they find it damaged, and Chromium finds that after some kills (decision 0019; google/leveldb#1287). Cache Storage lies in
 * files of its own. Where there is none (plain http, old web views) everything here does nothing, and nothing here ever fails.
 */
export class Spare {
  private readonly name: string;

  constructor(
    private readonly session: Session,
    private readonly caches: CacheStorage | undefined,
  ) {
    this.name = `${SPARE_PREFIX}${session.school.id}/${session.person.id}`;
  }

  /** Resolves when the act is in the second place, or cannot be. */
  keepAct(device: string, entry: OutboxEntry): Promise<void> {
    const { school, person, account } = this.session;
    const owner = { name: person.name, schoolName: school.name, account };
    const act: SpareAct = { owner, device, entry };
    return this.keep('act', entry.id, act);
  }
  keepDraft(row: DraftRow): Promise<void> {
    return this.keep('draft', row.key, row);
  }

  async drop(kind: SpareKind, keys: readonly string[]): Promise<void> {
    await this.use((cache) => Promise.all(keys.map((key) => cache.delete(placeOf(kind, key)))));
  }

  async keys(kind: SpareKind): Promise<string[]> {
    return (await this.use((cache) => keysIn(cache, kind))) ?? [];
  }

  /** What can be read of it, as it was written; whoever takes it back looks at it first. */
  async read(kind: SpareKind, keys: readonly string[]): Promise<unknown[]> {
    const found = await this.use((cache) => Promise.all(keys.map((key) => jsonAt(cache, kind, key))));
    return (found ?? []).filter((value) => value !== undefined);
  }

  private async keep(kind: SpareKind, key: string, value: unknown): Promise<void> {
    await this.use(async (cache) => {
      await cache.put(placeOf(kind, key), new Response(JSON.stringify(value)));
      // Chromium closes an entry's file before it opens it again, and only a closed one outlives a kill.
      await cache.match(placeOf(kind, key));
    });
  }

  private async use<T>(work: (cache: Cache) => Promise<T>): Promise<T | undefined> {
    const { caches, name } = this;
    if (!caches) return undefined;
    return quietly(() => caches.open(name).then(work));
  }
}

/** Whose acts lie in second places here, and how many: for a sign-in page that remembers nobody. */
export async function ownersOfSpares(caches: CacheStorage | undefined): Promise<KnownPerson[]> {
  const found = await quietly(async () => {
    const names = ((await caches?.keys()) ?? []).filter(isSpare);
    return Promise.all(names.map(async (name) => ownerOf(name, await caches!.open(name))));
  });
  return (found ?? []).filter((owner) => owner !== null);
}

async function ownerOf(name: string, cache: Cache): Promise<KnownPerson | null> {
  const keys = await keysIn(cache, 'act');
  const act = keys[0] === undefined ? undefined : await jsonAt(cache, 'act', keys[0]);
  const [school, person] = name.slice(SPARE_PREFIX.length).split('/');
  if (!act || !school || !person) return null;
  return { school, person, ...(act as SpareAct).owner, lastAt: 0, unsent: keys.length, sealed: true };
}

async function keysIn(cache: Cache, kind: SpareKind): Promise<string[]> {
  const begin = placeOf(kind, '');
  const urls = (await cache.keys()).map((request) => request.url).filter((url) => url.startsWith(begin));
  return urls.map((url) => decodeURIComponent(url.slice(begin.length)));
}

async function jsonAt(cache: Cache, kind: SpareKind, key: string): Promise<unknown> {
  const kept = await cache.match(placeOf(kind, key));
  return kept?.json().catch(() => undefined) as Promise<unknown>;
}

const placeOf = (kind: SpareKind, key: string): string => `${PLACE}${kind}/${encodeURIComponent(key)}`;

async function quietly<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await within(PATIENCE_MS, work());
  } catch {
    return undefined;
  }
}
