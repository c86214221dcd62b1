import type { ComputedRef } from 'vue';
import { computed } from 'vue';
import { useList } from '@kernel/client/use-list';
import type { ClassDay } from '../shared';
import { classDayRecord } from '../shared';

export type ClassDays = ComputedRef<ReadonlyMap<string, ClassDay>>;

/** The class-days of some classes, by `<class>|<date>`. */
export function useClassDays(classes: () => readonly string[]): ClassDays {
  const rows = useList(classDayRecord, () => {
    const ids = classes();
    return ids.length > 0 ? ids.map((id) => `class:${id}`) : undefined;
  });
  return computed(() => new Map((rows.value ?? []).map((r) => [r.id, r.body])));
}
