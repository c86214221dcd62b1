import type { Registry } from '@kernel/shared/contract';
import type { Workspace } from '@kernel/shared/decide';
import type { Ref } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import { readBody } from '../body';
import type { Reads, Soon } from '../store/store';
import { wait } from '../store/store';
import type { CachedRecord, SchoolMemory } from './school-memory';
import { recordOf } from './school-memory';

/** What was looked for and is not there is remembered, too: most rules look for an exception that nobody made. */
const ABSENT: CachedRecord = { version: 0, seq: 0, audience: 0, body: null, chars: 100 };

/** Brings records into the workspace, from what the writer remembers or from the database, and keeps how they were before. */
export class Loader {
  /** As stored when the batch began; null = absent. */
  readonly before = new Map<string, CachedRecord | null>();

  constructor(
    private readonly reads: Reads,
    private readonly school: string,
    private readonly registry: Registry,
    private readonly memory: SchoolMemory,
    private readonly space: Workspace,
  ) {}

  /** One round trip for all that is missing; none when everything is remembered. */
  *fetch(refs: readonly Ref[]): Generator<Soon<unknown>, void, unknown> {
    let missing: Map<string, Ref> | null = null;
    for (const r of refs) {
      const key = refKey(r);
      if (this.before.has(key)) continue;
      const hit = this.memory.get(key);
      if (hit) this.keep(r, key, hit);
      else (missing ??= new Map()).set(key, r);
    }
    if (missing === null) return;
    const rows = new Map(
      (yield* wait(this.reads.load(this.school, [...missing.values()]))).map((r) => [refKey(r), r]),
    );
    for (const [key, r] of missing) {
      const row = rows.get(key);
      const found = row ? recordOf(row, readBody(this.registry, row.kind, row.version, row.body)) : null;
      this.keep(r, key, found);
      this.memory.put(key, found ?? ABSENT);
    }
  }

  private keep(ref: Ref, key: string, found: CachedRecord | null): void {
    this.before.set(key, found);
    // What an earlier command of this batch wrote stays.
    if (!this.space.has(ref)) this.space.load(ref, found?.body ?? null);
  }
}
