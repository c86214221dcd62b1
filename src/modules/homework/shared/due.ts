import { lifted, outageRecord } from '@kernel/shared/outage';
import type { Outage } from '@kernel/shared/outage';
import type { Ref, StateReader } from '@kernel/shared/record';
import { ref } from '@kernel/shared/record';
import type { Day, Instant } from '@kernel/shared/time';
import { MINUTE, dayOf } from '@kernel/shared/time';
import type { ClassDay, Rules } from './records';

/** What a decision must read to know whether our own outages lift a day's deadline. */
export const outageRef = (date: Day): Ref => ref(outageRecord, date);
export const outagesOn = (state: StateReader, date: Day): readonly Outage[] =>
  state.get(outageRecord, date)?.spans ?? [];

/**
 * When something is really due: unless an outage of ours lies on it, or ended less than the `allowance` before, as the rules
 * say; otherwise the allowance after the end. What everybody has for work that reached them late, they have after an outage.
 */
export const liftedBy = (
  due: Instant,
  outages: readonly Outage[],
  rules: Pick<Rules, 'allowance'>,
): Instant => lifted(due, outages, rules.allowance * MINUTE);

/** When a board is judged. */
export const judgedAt = (day: ClassDay, outages: readonly Outage[], rules: Rules): Instant =>
  liftedBy(day.deadline, outages, rules);

/** Is a board to be judged now: it is open past its time, or was judged late before an outage on its deadline was known? */
export const dueNow = (day: ClassDay, until: Instant, now: Instant): boolean =>
  now >= until &&
  (day.board.state === 'open' ||
    (day.board.state === 'late' && day.board.lifted === null && until > day.deadline));

/** The outage took the whole day: nobody could do that day's homework any more when the server was back. */
export const dayLost = (day: ClassDay, until: Instant, zone: string): boolean =>
  dayOf(until, zone) > day.date;
