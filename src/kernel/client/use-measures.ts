import type { MaybeRefOrGetter, ShallowRef } from 'vue';
import { toValue } from 'vue';
import type { Scope } from '@kernel/shared/scope';
import type { Day } from '@kernel/shared/time';
import type { MeasureValue, PersonDb } from './person-db';
import { useShared } from './shared-live';

export interface MeasureQuestion {
  /** Measure names; left out = all. */
  readonly names?: readonly string[];
  readonly scope: Scope | readonly Scope[];
  /** First and last day, both included. */
  readonly from: Day;
  readonly to: Day;
}

/** Numbers the server keeps; what is still pending on this phone is not in them. Sorted by scope, then day. */
export function useMeasures(
  question: MaybeRefOrGetter<MeasureQuestion | null | undefined>,
): Readonly<ShallowRef<MeasureValue[] | undefined>> {
  return useShared<MeasureValue[]>(
    () => `measures ${JSON.stringify(toValue(question) ?? null)}`,
    () => {
      const asked = toValue(question);
      return (db) => (asked ? readMeasures(db, asked) : []);
    },
  );
}

export async function readMeasures(
  db: PersonDb,
  { names, scope, from, to }: MeasureQuestion,
): Promise<MeasureValue[]> {
  const scopes = typeof scope === 'string' ? [scope] : [...new Set(scope)].sort();
  const pages = await Promise.all(
    scopes.map((s) => db.measures.where('[scope+day]').between([s, from], [s, to], true, true).toArray()),
  );
  const rows = pages
    .flat()
    .map(({ name, scope: at, day, value }): MeasureValue => ({ name, scope: at, day, value }));
  return names ? rows.filter((row) => names.includes(row.name)) : rows;
}

/** `sumMeasure(rows, 'homework.itemsPublished')`: a name's total over what was asked for. */
export const sumMeasure = (rows: readonly MeasureValue[] | undefined, name: string): number =>
  (rows ?? []).reduce((sum, row) => (row.name === name ? sum + row.value : sum), 0);
