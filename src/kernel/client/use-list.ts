import type { MaybeRefOrGetter, ShallowRef } from 'vue';
import { toValue } from 'vue';
import type { RecordDef } from '@kernel/shared/record';
import type { KeyQuestion, Row } from './row';
import { listRows } from './row';
import { useShared } from './shared-live';

/**
 * All records of a kind that carry one of its `keys` words.
 * `useList(itemRecord, () => \`day:${day.value}\`)`; several words = any of them; `{ from, to }` = all words in between, both
 * included; `null` = the whole kind; a getter giving `undefined` = not yet known, empty list. The value is `undefined` until the
 * first answer. Lists that ask the same share one query.
 */
export function useList<B>(
  def: RecordDef<B>,
  key: MaybeRefOrGetter<KeyQuestion | undefined>,
): Readonly<ShallowRef<Row<B>[] | undefined>> {
  // As text, so that a getter that makes a new but equal array does not ask again.
  return useShared<Row<B>[]>(
    () => `list ${def.kind} ${JSON.stringify(toValue(key)) ?? ''}`,
    () => {
      const wanted = toValue(key);
      return (db) => (wanted === undefined ? [] : listRows(db, def, wanted));
    },
  );
}
