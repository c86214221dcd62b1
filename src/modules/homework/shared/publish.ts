import type { Outage } from '@kernel/shared/outage';
import type { Instant } from '@kernel/shared/time';
import { settleBoard } from './board';
import type { DayBook } from './day-book';
import { changeEntry } from './entries';
import type { Late } from './lateness';
import { latenessOf } from './lateness';
import type { Act, Item, Rules } from './records';
import { targetOf } from './rules';

/** When an item is due on the boards: the first deadline of its classes, or null when none of them is known here. */
export function dueOf(book: DayBook, item: Item): Instant | null {
  const deadlines = book.of(item).map((d) => d.deadline);
  return deadlines.length > 0 ? Math.min(...deadlines) : null;
}

/** Puts a signed item on its boards. `late` when the deadline had passed before the last signature came. */
export function publish(
  book: DayBook,
  id: string,
  item: Item,
  at: Instant,
  now: Instant,
  late: Late | null,
): Item {
  const act: Act = {
    act: 'publish',
    step: null,
    person: 'system',
    name: '系统',
    at,
    received: now,
    basis: 'receipt',
    claimed: null,
    reason: null,
  };
  book.change(item, (day) => {
    const entry = { state: 'published', step: item.step, since: at, publishedAt: at, late } as const;
    return settleBoard(changeEntry(day, id, entry), at, 'nobody');
  });
  return { ...item, state: 'published', acts: [...item.acts, act] };
}

export function lateOf(item: Item, rules: Rules, zone: string, outages: readonly Outage[]): Late {
  const target = (holder: Parameters<typeof targetOf>[1]): Instant =>
    targetOf(rules, holder, item.date, zone);
  return latenessOf(item.acts, {
    allowance: rules.allowance,
    outages,
    targets: {
      author: target('author'),
      groupLeader: target('groupLeader'),
      dean: target('dean'),
      vicePrincipal: target('vicePrincipal'),
    },
  });
}
