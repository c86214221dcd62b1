import type { Instant } from '@kernel/shared/time';
import type { Blame, ClassDay, Entry } from './records';

/**
 * The board's state. `open` until the deadline; then `onTime` or `late` for good. A late board gets `completeAt` and
 * `holder` when the last required homework is out (or excused).
 *
 * | at the deadline, of the required homework | board                                    |
 * | all published, none late                  | onTime                                   |
 * | all published, one or more late           | late, complete: `holder` of the last one |
 * | something not published                   | late, not complete                       |
 * | nothing required, nothing there           | onTime (and counted nowhere)             |
 *
 * Required is what is expected and not excused; when nothing is, whatever was assigned.
 */
export function closeBoard(day: ClassDay): ClassDay {
  if (day.board.state !== 'open') return day;
  const entries = publishedRequired(day);
  if (entries && entries.every((e) => e.late === null))
    return { ...day, board: { state: 'onTime', completeAt: lastAt(entries) ?? day.deadline, holder: null } };
  const late: ClassDay = { ...day, board: { state: 'late', completeAt: null, holder: null } };
  return settleBoard(late, day.deadline, 'nobody');
}

/**
 * Completes a late board when nothing required is missing any more.
 * @param at when it became complete, if no publication says so
 * @param blame whose it was, if the last thing missing was not published but excused
 */
export function settleBoard(day: ClassDay, at: Instant, blame: Blame): ClassDay {
  if (day.board.state !== 'late' || day.board.completeAt !== null) return day;
  const entries = publishedRequired(day);
  if (!entries) return day;
  const completeAt = Math.max(at, lastAt(entries) ?? at);
  const last = entries.find((e) => e.late !== null && e.publishedAt === completeAt);
  return { ...day, board: { state: 'late', completeAt, holder: last?.late?.holder ?? blame } };
}

/** The required entries when all of them are published, or null when something is missing. */
function publishedRequired(day: ClassDay): Entry[] | null {
  const expected = day.expected.filter((e) => e.state !== 'excused').map((e) => e.subject);
  const subjects = expected.length > 0 ? expected : day.entries.map((e) => e.subject);
  const out: Entry[] = [];
  for (const subject of subjects) {
    const entry = day.entries.find((e) => e.subject === subject);
    if (entry?.state !== 'published') return null;
    out.push(entry);
  }
  return out;
}

const lastAt = (entries: readonly Entry[]): Instant | null =>
  entries.reduce<Instant | null>((max, e) => Math.max(max ?? 0, e.publishedAt ?? 0), null);
