import type { RecordDef } from './record';
import type { Scope } from './scope';
import type { Day } from './time';

/** Numbers a record contributes at one scope and day. The kernel keeps the sums up the scope's path in the same transaction. */
export interface MeasureDef<B = unknown> {
  readonly record: RecordDef<B>;
  /** Where and when this record counts, or null when it counts nowhere. */
  at(body: B, id: string): { readonly scope: Scope; readonly day: Day } | null;
  /** Measure name (`module.nounPastParticiple`) → this record's contribution. Whole numbers. */
  readonly values: Readonly<Record<string, (body: B) => number>>;
}

export function defineMeasures<B>(
  record: RecordDef<B>,
  def: {
    at(body: B, id: string): { scope: Scope; day: Day } | null;
    values: Record<string, (body: B) => number>;
  },
): MeasureDef<B> {
  return { record, ...def };
}

/** Every contribution of one body, already spread over its scope and all scopes above, as `name|scope|day` → value. */
export function contributions(
  defs: readonly MeasureDef[],
  body: unknown,
  id: string,
  into: Map<string, number>,
  sign: 1 | -1,
): void {
  for (const def of defs) {
    const at = def.at(body, id);
    if (!at) continue;
    for (const name in def.values) {
      const value = def.values[name]!(body);
      if (value === 0) continue;
      let scope = at.scope;
      for (;;) {
        const key = `${name}|${scope}|${at.day}`;
        into.set(key, (into.get(key) ?? 0) + sign * value);
        const cut = scope.lastIndexOf('/');
        if (cut < 0) break;
        scope = scope.slice(0, cut);
      }
    }
  }
}
