import type { Instant } from '@kernel/shared/time';
import { dayOf } from '@kernel/shared/time';
import { SAME_MOMENT } from '@kernel/shared/interval';
import { clockWords, dayWords } from '@kernel/client/ui/words';
import type { Act } from '../../shared';

/**
 * When an act happened, as far as anybody knows: never more certain than the evidence.
 *
 * | it is known                                  | words                                             |
 * | exactly (arrived at once)                    | 11月23日 周一 08:50                                |
 * | by the monotonic clock since a server time   | 11月23日 周一 08:50，依据服务器对时 · 09:30 送达     |
 * | only between the last server time and arrival | 11月23日 周一 08:10 到 09:30 送达之间，存疑从宽      |
 * | by arrival alone                             | 11月23日 周一 09:30 送达                           |
 *
 * A phone's own time that says something else stands behind, marked as not checked.
 */
export function actTimeWords(act: Act, zone: string): string {
  const moment = (at: Instant): string => `${dayWords(dayOf(at, zone))} ${clockWords(at, zone)}`;
  const arrived = moment(act.received).slice(sameDay(act.at, act.received, zone) ? -5 : 0);
  const words: string[] = [];
  if (act.received - act.at <= SAME_MOMENT)
    words.push(act.basis === 'receipt' && act.claimed !== null ? `${moment(act.at)} 送达` : moment(act.at));
  else if (act.basis === 'anchored') words.push(`${moment(act.at)}，依据服务器对时`, `${arrived} 送达`);
  else words.push(`${moment(act.at)} 到 ${arrived} 送达之间，存疑从宽`);
  if (act.claimed !== null) {
    const claimed = sameDay(act.claimed, act.at, zone) ? clockWords(act.claimed, zone) : moment(act.claimed);
    words.push(`手机时间 ${claimed}，未核实`);
  }
  return words.join(' · ');
}

const sameDay = (a: Instant, b: Instant, zone: string): boolean => dayOf(a, zone) === dayOf(b, zone);
