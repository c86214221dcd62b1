import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal } from '@kernel/shared/refusal';
import { parseClassList } from '../../shared/class-list';
import type { ClassKey, ClassText } from '../../shared/class-name';
import { byGrade } from '../../shared/class-name';
import { formatClass } from '../../shared/grades';
import { squeeze, tidy } from '../../shared/text';
import type { Notes, Place } from './report';

/** Classes of one cell. Where a blank could join or part (七1 2班) both readings are offered: `asked` until somebody chose. */
export function readClassCell(
  text: string,
  at: Place,
  within: ClassKey | null,
  notes: Notes,
): readonly ClassText[] | Refusal | 'asked' {
  const read = parseClassList(text, within);
  if (!isRefusal(read) || read.details['reason'] !== 'twoReadings') return read;
  const ways = new Map<string, readonly ClassText[]>();
  for (const way of [squeeze(text), tidy(text).replace(/ +/g, '、')]) {
    const classes = parseClassList(way, within);
    if (!isRefusal(classes)) ways.set(classes.map(classWords).join('、'), classes);
  }
  if (ways.size < 2) return read;
  const answer = notes.ask('roster.classTwoReadings', at.grid, at, {
    id: `classes:${at.grid.sheet}:${at.grid.name(at.row, at.col ?? 0)}`,
    text: `任教班级写的是“${tidy(text)}”，有两种读法。是哪一种？`,
    choices: [...ways.keys()].map((words) => ({ value: words, label: words })),
    meanwhile: '没有回答之前，这一行先不导入。',
  });
  return answer === null ? 'asked' : (ways.get(answer) ?? 'asked');
}

const classWords = (c: ClassText): string =>
  byGrade(c) ? formatClass(c.grade, c.number) : `${c.entryYear}级${c.number}班`;
