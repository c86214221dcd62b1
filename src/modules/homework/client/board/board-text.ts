import type { Day } from '@kernel/shared/time';
import { dayWords } from '@kernel/client/ui/words';
import type { Item } from '../../shared';
import { TIER_WORDS } from '../words';

/** The board as one message for the parents' group: homework and minutes, no names of people. */
export function boardText(className: string, day: Day, items: readonly Item[]): string {
  const subjects = items.map((item) => {
    const tiers = item.tiers.map((t) =>
      item.tiers.length > 1
        ? `${TIER_WORDS[t.tier]}（${t.minutes} 分钟）${t.content}`
        : `${t.content}（${t.minutes} 分钟）`,
    );
    const corrected = item.corrections.length > 0 ? ['（有更正）'] : [];
    return `【${item.subjectName}】${[...tiers, ...corrected].join('\n')}`;
  });
  return [`${className} ${dayWords(day)} 作业`, ...subjects].join('\n');
}
