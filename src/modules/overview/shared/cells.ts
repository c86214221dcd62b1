import type { Blame } from '@modules/homework';
import type { Day } from '@kernel/shared/time';

/**
 * What one class's board was on one day, in the words of the matrix. Read from measures only.
 *
 * | kind    | when                                                        | word            | mark      |
 * | off     | not a school day                                            | 休              | (blank)   |
 * | unknown | the calendar does not know the day                          | 校历未定        | ?         |
 * | none    | nothing was expected of the class                           | 无作业          | –         |
 * | onTime  | all expected homework was out by the deadline               | 按时            | tick      |
 * | late    | complete after the deadline; the step that was late         | 晚（教务主任）  | clock     |
 * | missing | the deadline has passed and something is still not out      | 缺              | cross     |
 * | notYet  | the deadline is still ahead                                 | 未到时          | dots      |
 */
export type CellKind = 'off' | 'unknown' | 'none' | 'onTime' | 'late' | 'missing' | 'notYet';

export interface Cell {
  readonly kind: CellKind;
  readonly day: Day;
  readonly scope: string;
  /** Expected and published subjects, as far as the measures know. */
  readonly expected: number;
  readonly published: number;
  /** Whose lateness it was; null while unknown or when nobody exceeded their own time. */
  readonly holder: Blame | null;
}
