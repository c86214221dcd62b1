import type { Instant } from '@kernel/shared/time';
import { dayLost } from './due';
import type { Blame, ClassDay, Entry } from './records';

/**
 * The board's state. `open` until the deadline; then judged for good. A late board gets `completeAt` and `holder` when the
 * last required homework is out (or excused).
 *
 * | at the deadline, of the required homework                    | board                                    |
 * | all published, none late                                     | onTime                                   |
 * | all published, one or more late                              | late, complete: `holder` of the last one |
 * | something not published, and our outage took the whole day   | void                                     |
 * | something not published                                      | late, not complete                       |
 * | nothing required, nothing there                              | onTime (and counted nowhere)             |
 *
 * Required is what is expected and not excused; when nothing is, whatever was assigned.
 * @param until when it is judged: the deadline, or later when an outage of ours lay on it
 */
export function closeBoard(day: ClassDay, until: Instant, zone: string): ClassDay {
  if (day.board.state !== 'open') return day;
  const lifted = until > day.deadline ? until : null;
  const entries = publishedRequired(day);
  if (entries && entries.every((e) => e.late === null))
    return {
      ...day,
      board: { state: 'onTime', completeAt: lastAt(entries) ?? day.deadline, holder: null, lifted },
    };
  if (!entries && dayLost(day, until, zone))
    return { ...day, board: { state: 'void', completeAt: null, holder: null, lifted } };
  const late: ClassDay = { ...day, board: { state: 'late', completeAt: null, holder: null, lifted } };
  return settleBoard(late, day.deadline, 'nobody');
}

/**
 * A board that was judged before anybody knew of an outage on its deadline (another server process had stood still): once
 * more, as if it had been known.
 * @param lateAgain an entry's lateness with the outage taken into account
 */
export function judgeAgain(
  day: ClassDay,
  until: Instant,
  zone: string,
  lateAgain: (entry: Entry) => Entry['late'],
): ClassDay {
  const entries = day.entries.map((e) => (e.late === null ? e : { ...e, late: lateAgain(e) }));
  const board = { state: 'open', completeAt: null, holder: null, lifted: null } as const;
  return closeBoard({ ...day, entries, board }, until, zone);
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
  return { ...day, board: { ...day.board, completeAt, holder: last?.late?.holder ?? blame } };
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
