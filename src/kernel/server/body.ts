import { safeParse } from 'valibot';
import type { Registry } from '@kernel/shared/contract';
import { must } from '@kernel/shared/refusal';

/** Stored text → body of today's schema. Older versions go through the record's `upcast`. */
export function readBody(registry: Registry, kind: string, version: number, text: string | null): unknown {
  if (text === null) return null;
  const body: unknown = JSON.parse(text);
  const def = registry.record(kind);
  if (!def || def.version === version || !def.upcast) return body;
  return def.upcast(body, version);
}

/** A decision's body is checked before it is stored: a module that writes nonsense is a defect, not bad data for ever. */
export function checkBody(registry: Registry, kind: string, id: string, body: unknown): void {
  const def = must(registry.record(kind), `no record kind ${kind}`);
  const parsed = safeParse(def.schema, body, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const path = (issue.path ?? []).map((p) => String(p.key)).join('.');
    // Not what stands there: this is logged, and it may be somebody's words.
    throw new Error(
      `defect: ${kind}/${id} does not fit its schema at ${path}: ${issue.expected ?? issue.type}`,
    );
  }
}
