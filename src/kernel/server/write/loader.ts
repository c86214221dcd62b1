import type { Registry } from '@kernel/shared/contract';
import type { Workspace } from '@kernel/shared/decide';
import type { Ref } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import { readBody } from '../body';
import type { Soon, WriteTx } from '../store/store';
import { wait } from '../store/store';
import type { CachedRecord, SchoolCache } from './school-cache';
import { recordOf } from './school-cache';

/** Brings records into the workspace, from what the writer remembers or from the database, and keeps how they were before. */
export class Loader {
  /** As stored when the batch began; null = absent. */
  readonly before = new Map<string, CachedRecord | null>();

  constructor(
    private readonly tx: WriteTx,
    private readonly school: string,
    private readonly registry: Registry,
    private readonly cache: SchoolCache,
    private readonly space: Workspace,
  ) {}

  /** One round trip for all that is missing; none when everything is remembered. */
  *fetch(refs: readonly Ref[]): Generator<Soon<unknown>, void, unknown> {
    const missing = new Map<string, Ref>();
    for (const r of refs) {
      const key = refKey(r);
      if (this.before.has(key) || missing.has(key)) continue;
      const hit = this.cache.get(key);
      if (hit) this.keep(r, key, hit);
      else missing.set(key, r);
    }
    if (missing.size === 0) return;
    const rows = new Map(
      (yield* wait(this.tx.load(this.school, [...missing.values()]))).map((r) => [refKey(r), r]),
    );
    for (const [key, r] of missing) {
      const row = rows.get(key);
      const found = row ? recordOf(row, readBody(this.registry, row.kind, row.version, row.body)) : null;
      this.keep(r, key, found);
      if (found) this.cache.put(key, found);
    }
  }

  private keep(ref: Ref, key: string, found: CachedRecord | null): void {
    this.before.set(key, found);
    // What an earlier command of this batch wrote stays.
    if (!this.space.has(ref)) this.space.load(ref, found?.body ?? null);
  }
}
