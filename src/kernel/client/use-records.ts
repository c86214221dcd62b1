import type { MaybeRefOrGetter, ShallowRef } from 'vue';
import { toValue } from 'vue';
import type { RecordDef } from '@kernel/shared/record';
import type { Row } from './row';
import { getRows } from './row';
import { useShared } from './shared-live';

/** Several records by id, in the order asked; absent ones are left out. */
export function useRecords<B>(
  def: RecordDef<B>,
  ids: MaybeRefOrGetter<readonly string[]>,
): Readonly<ShallowRef<Row<B>[] | undefined>> {
  return useShared<Row<B>[]>(
    () => `rows ${def.kind} ${JSON.stringify(toValue(ids))}`,
    () => {
      const wanted = toValue(ids);
      return (db) => getRows(db, def, wanted);
    },
  );
}
