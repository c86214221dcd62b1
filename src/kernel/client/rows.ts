import type { Registry } from '@kernel/shared/contract';
import type { Change } from '@kernel/shared/protocol';
import type { RecordRow } from './person-db';
import { shownOf } from './person-db';

/** Index words of a body. A body this build cannot read is found by its kind alone, until an update re-keys it. */
export function keysOf(registry: Registry, kind: string, id: string, body: unknown): string[] {
  if (body === null) return [];
  const def = registry.record(kind);
  const words = new Set([kind]);
  try {
    for (const key of def?.keys?.(body, id) ?? []) words.add(`${kind}/${key}`);
  } catch {
    // A body of a newer version than this build knows. It stays stored; the update re-keys it.
  }
  return [...words];
}

/** Older bodies are read up on the way in, so that screens and decisions meet one shape only. */
export function upcast(
  registry: Registry,
  kind: string,
  version: number,
  body: unknown,
): { version: number; body: unknown } {
  const def = registry.record(kind);
  if (!def || version >= def.version || body === null) return { version, body };
  return { version: def.version, body: def.upcast ? def.upcast(body, version) : body };
}

/** The row after a change from the server; `null` = nothing left to keep. An overlay stays until the next rebase. */
export function rowAfter(
  registry: Registry,
  change: Change,
  before: RecordRow | undefined,
  gen: number,
): RecordRow | null {
  const base = upcast(registry, change.kind, change.version, change.body ?? null);
  const overlay = before && before.shown !== undefined ? before : null;
  if (base.body === null && !overlay) return null;
  const row: RecordRow = {
    kind: change.kind,
    id: change.id,
    version: base.version,
    seq: change.seq,
    body: base.body,
    keys: [],
    pendingBy: overlay ? overlay.pendingBy : [],
    gen,
  };
  if (overlay) row.shown = overlay.shown;
  row.keys = keysOf(registry, row.kind, row.id, shownOf(row));
  return row;
}
