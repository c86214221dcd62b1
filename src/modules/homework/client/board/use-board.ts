import { computed } from 'vue';
import { useRecord } from '@kernel/client/use-record';
import { useRecords } from '@kernel/client/use-records';
import type { Day } from '@kernel/shared/time';
import { nextSchoolDay, previousSchoolDay } from '@modules/org';
import { classDayId, classDayRecord, itemRecord } from '../../shared';
import type { School } from '../use-school';
import { boardWords } from './board-words';

/** One class's board on one day, from this phone's copy. */
export function useBoard(school: School, cls: () => string | undefined, day: () => Day) {
  const row = useRecord(classDayRecord, () => {
    const id = cls();
    return id ? classDayId(id, day()) : null;
  });
  const body = computed(() => row.value?.body);
  const itemRows = useRecords(itemRecord, () => body.value?.entries.map((e) => e.item) ?? []);
  const found = computed(() => (itemRows.value ?? []).filter((r) => r.body.state !== 'withdrawn'));
  const board = computed(() => (body.value ? boardWords(body.value, school.momentOf(body.value)) : null));
  const place = (item: string): number => board.value?.lines.findIndex((l) => l.row.item === item) ?? 0;
  return {
    row,
    body,
    board,
    items: computed(() => new Map(found.value.map((r) => [r.id, r.body]))),
    /** In the order of the board. */
    published: computed(() =>
      found.value.filter((r) => r.body.state === 'published').sort((a, b) => place(a.id) - place(b.id)),
    ),
    previous: computed(() =>
      school.calendar.value ? previousSchoolDay(school.calendar.value, day(), 'skip') : null,
    ),
    next: computed(() =>
      school.calendar.value ? nextSchoolDay(school.calendar.value, day(), 'skip') : null,
    ),
  };
}
