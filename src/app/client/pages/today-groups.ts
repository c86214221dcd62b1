import type { BodyOf } from '@kernel/shared/record';
import type { taskRecord } from '@kernel/shared/kernel-records';
import type { Day, Instant } from '@kernel/shared/time';
import { HOUR } from '@kernel/shared/time';

export interface TaskRow {
  readonly id: string;
  readonly body: BodyOf<typeof taskRecord>;
}

export interface TodayGroups {
  /** Due within two hours, or overdue and still open. */
  readonly now: readonly TaskRow[];
  readonly later: readonly TaskRow[];
  readonly done: readonly TaskRow[];
  /** When nothing is left for today: the next day that has something, and its tasks. */
  readonly next: { readonly day: Day; readonly tasks: readonly TaskRow[] } | null;
}

const SOON = 2 * HOUR;

export function groupTasks(rows: readonly TaskRow[], today: Day, now: Instant): TodayGroups {
  const sorted = [...rows].sort((a, b) => a.body.due - b.body.due || (a.id < b.id ? -1 : 1));
  const open = sorted.filter(({ body }) => body.state === 'open' && body.day <= today && body.until > now);
  const done = sorted.filter(({ body }) => body.state !== 'open' && body.day === today);
  const nextDay = sorted.find(({ body }) => body.day > today)?.body.day;
  return {
    now: open.filter(({ body }) => body.due - now <= SOON),
    later: open.filter(({ body }) => body.due - now > SOON),
    done,
    next:
      nextDay && open.length === 0
        ? { day: nextDay, tasks: sorted.filter(({ body }) => body.day === nextDay) }
        : null,
  };
}
