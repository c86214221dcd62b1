import type { MaybeRefOrGetter, ShallowRef } from 'vue';
import { toValue } from 'vue';
import type { RecordDef } from '@kernel/shared/record';
import type { Row } from './row';
import { listRows } from './row';
import { useLive } from './use-live';

/**
 * All records of a kind that carry one of its `keys` words.
 * `useList(itemRecord, () => \`day:${day.value}\`)`; several words = any of them; `null` = the whole kind;
 * a getter giving `undefined` = not yet known, empty list. The value is `undefined` until the first answer.
 */
export function useList<B>(
  def: RecordDef<B>,
  key: MaybeRefOrGetter<string | readonly string[] | null | undefined>,
): Readonly<ShallowRef<Row<B>[] | undefined>> {
  // As text, so that a getter that makes a new but equal array does not ask again.
  const asked = (): string => JSON.stringify(toValue(key) ?? null) + String(toValue(key) === undefined);
  return useLive<Row<B>[]>(
    (db) => {
      const wanted = toValue(key);
      return wanted === undefined ? [] : listRows(db, def, wanted);
    },
    [asked],
  );
}
