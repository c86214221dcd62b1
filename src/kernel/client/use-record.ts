import type { ComputedRef, MaybeRefOrGetter } from 'vue';
import { computed, toValue } from 'vue';
import type { RecordDef } from '@kernel/shared/record';
import type { Row } from './row';
import { getRow } from './row';
import { useLive } from './use-live';

/**
 * One record: `undefined` = not looked up yet, `null` = not on this phone (absent, deleted or not ours).
 * Never shows the record of the id asked before.
 */
export function useRecord<B>(
  def: RecordDef<B>,
  id: MaybeRefOrGetter<string | null | undefined>,
): ComputedRef<Row<B> | null | undefined> {
  const found = useLive(
    async (db) => {
      const wanted = toValue(id);
      return { wanted, row: wanted ? await getRow(db, def, wanted) : null };
    },
    [() => toValue(id)],
  );
  return computed(() => (found.value && found.value.wanted === toValue(id) ? found.value.row : undefined));
}
