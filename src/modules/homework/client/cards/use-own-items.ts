import type { ComputedRef } from 'vue';
import { computed } from 'vue';
import { useList } from '@kernel/client/use-list';
import type { Day } from '@kernel/shared/time';
import { addDays } from '@kernel/shared/time';
import type { Item, Row } from '../../shared';
import { DAYS_AHEAD, itemRecord, yesterdayOf } from '../../shared';
import type { School } from '../use-school';

/** What somebody assigned in these days is what they assign again; older homework is looked through only when there is none. */
const RECENT_DAYS = 21;

export interface About {
  readonly class: string;
  readonly subject: string;
  readonly date: Day;
}

/**
 * The person's own homework as a card of 今日 needs it. All cards ask for the same days, so these are read once.
 * @param open a card that is done does not offer to do the same again, and needs no earlier homework
 */
export function useOwnItems(
  school: Pick<School, 'actor' | 'today'>,
  about: ComputedRef<About>,
  open: ComputedRef<boolean>,
) {
  const author = computed(() => school.actor.value?.person);
  const recent = useList(itemRecord, () => {
    const { value: person } = author;
    const { value: today } = school.today;
    if (person === undefined) return undefined;
    const key = `author:${person}|`;
    return { from: key + addDays(today, -RECENT_DAYS), to: key + addDays(today, DAYS_AHEAD) };
  });
  const before = (items: readonly Row<Item>[] | undefined): Row<Item> | undefined => {
    const { class: cls, subject, date } = about.value;
    const { value: person } = author;
    return items && person !== undefined ? yesterdayOf(items, person, cls, subject, date) : undefined;
  };
  const lately = computed(() => before(recent.value));
  const all = useList(itemRecord, () => {
    const none = open.value && recent.value !== undefined && lately.value === undefined;
    return none && author.value !== undefined ? `author:${author.value}` : undefined;
  });

  return {
    /** The latest before the card's day. */
    last: computed(() => lately.value ?? before(all.value)),
    /** The one of the card's day, unless it was withdrawn. */
    given: computed(() => {
      const { class: cls, subject, date } = about.value;
      return recent.value?.find(
        ({ body }) =>
          body.date === date &&
          body.subject === subject &&
          body.state !== 'withdrawn' &&
          body.classes.some((c) => c.id === cls),
      );
    }),
  };
}
