import type { Blame } from '@modules/homework';
import type { Day, Instant } from '@kernel/shared/time';
import { MINUTE } from '@kernel/shared/time';
import { BLAME_WORDS, BLAMES_IN_ORDER, BOARD, LATE_BY } from './names';

/**
 * What one class's board was on one day. Read from measures only.
 *
 * | kind    | when                                                          | word             |
 * | off     | not a school day                                              | 休               |
 * | unknown | the calendar does not know the day                            | 未定             |
 * | none    | a school day on which no board was expected                   | 无               |
 * | onTime  | published by the deadline                                     | 按时             |
 * | late    | complete after the deadline, with the step that was late      | 晚（教务主任）   |
 * | missing | the deadline has passed for sure and something is not out     | 缺               |
 * | notYet  | today's deadline is ahead, or this copy is older than a deadline | 未到时 / 待核对 |
 * | ahead   | a later day                                                   | –                |
 */
export type CellKind = 'off' | 'unknown' | 'none' | 'onTime' | 'late' | 'missing' | 'notYet' | 'ahead';

export interface Cell {
  readonly kind: CellKind;
  readonly day: Day;
  /** Whose lateness it was, for `late` only. */
  readonly holder: Blame | null;
  readonly words: string;
}

export interface DayColumn {
  readonly day: Day;
  readonly kind: 'school' | 'off' | 'unknown';
  /** The holiday's name or the school's reason, when it is off. */
  readonly name: string;
  /** When that day's boards are due. */
  readonly deadline: Instant;
}

/** The server judges boards within this after the deadline; before it has, nothing is called missing. */
export const JUDGING = 2 * MINUTE;

export interface Moment {
  readonly now: Instant;
  readonly today: Day;
  /** How old this copy of the numbers is; null: never synced. */
  readonly asOf: Instant | null;
}

export type ValueOf = (name: string) => number;

export function cellOf(column: DayColumn, value: ValueOf, moment: Moment): Cell {
  const cell = (kind: CellKind, words: string, holder: Blame | null = null): Cell => ({
    kind,
    day: column.day,
    holder,
    words,
  });
  if (value(BOARD.onTime) > 0) return cell('onTime', '按时');
  if (value(BOARD.late) > 0) {
    const holder = BLAMES_IN_ORDER.find((b) => value(LATE_BY[b]) > 0) ?? 'nobody';
    return cell('late', holder === 'nobody' ? '晚' : `晚（${BLAME_WORDS[holder]}）`, holder);
  }
  if (value(BOARD.expected) > 0) {
    if (column.day > moment.today) return cell('ahead', '–');
    if (moment.asOf !== null && moment.asOf >= column.deadline + JUDGING) return cell('missing', '缺');
    return cell('notYet', moment.now < column.deadline ? '未到时' : '待核对');
  }
  if (column.kind === 'off') return cell('off', '休');
  return column.kind === 'unknown' ? cell('unknown', '未定') : cell('none', '无');
}
