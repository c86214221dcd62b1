import type { DayKind } from '@modules/org';
import type { Day } from '@kernel/shared/time';
import { weekdayOf } from '@kernel/shared/time';
import { WEEKDAYS } from '@kernel/client/ui/words';

/** One or two characters for a calendar cell: always words, colour only helps. */
export function cellWords(kind: DayKind, day: Day): string {
  if (kind.kind === 'unknown') return '待定';
  if (kind.kind === 'school')
    return weekdayOf(day) > 5 || kind.follows !== weekdayOf(day)
      ? `上${weekdayShort(kind.follows)}课`
      : '上学';
  if (kind.reason === 'outsideTerm') return '';
  if (kind.reason === 'weekend') return '周末';
  if (kind.reason === 'closed') return '放假';
  return kind.name.slice(0, 2);
}

const weekdayShort = (n: number): string => (WEEKDAYS[n - 1] ?? '').slice(1);

/** A sentence: what the day is, and who says so. */
export function kindWords(kind: DayKind, day: Day, said: boolean): string {
  if (kind.kind === 'unknown')
    return kind.reason === 'notCovered'
      ? `${day.slice(0, 4)} 年的放假安排国家还没有公布，这一天还不知道上不上学。`
      : '这一天是调休上班日，学校还没有说上星期几的课。';
  if (kind.kind === 'school') {
    const follows = kind.follows === weekdayOf(day) ? '' : `，上${WEEKDAYS[kind.follows - 1]}的课`;
    return `上学${follows}${said ? '（学校定的）' : ''}。`;
  }
  if (kind.reason === 'outsideTerm') return '不在学期内。';
  if (kind.reason === 'weekend') return '周末，不上学。';
  if (kind.reason === 'closed') return `学校放假：${kind.name}。`;
  return `${kind.name}，不上学。`;
}
