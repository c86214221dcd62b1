import type { ComputedRef, MaybeRefOrGetter } from 'vue';
import { computed, toValue } from 'vue';
import type { RecordDef } from '@kernel/shared/record';
import type { Row } from './row';
import { getRow } from './row';
import { useShared } from './shared-live';

/**
 * One record: `undefined` = not looked up yet, `null` = not on this phone (absent, deleted or not ours).
 * Never shows the record of the id asked before.
 */
export function useRecord<B>(
  def: RecordDef<B>,
  id: MaybeRefOrGetter<string | null | undefined>,
): ComputedRef<Row<B> | null | undefined> {
  const found = useShared(
    () => `get ${def.kind} ${toValue(id) ?? ''}`,
    () => {
      const wanted = toValue(id);
      return async (db) => ({ wanted, row: wanted ? await getRow(db, def, wanted) : null });
    },
  );
  return computed(() => (found.value && found.value.wanted === toValue(id) ? found.value.row : undefined));
}
