import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, refuse } from '@kernel/shared/refusal';
import type { ClassKey, ClassText } from './class-name';
import { MAX_CLASS_NUMBER, parseClass } from './class-name';
import { tidy } from './text';

/** A number alone that goes on with the grade before it: `6班`, `(6)班`, and `6` when a `班` follows later. */
const CONTINUED = /^\(?(\d{1,2})\)?(班?)$/;

/**
 * Reads a list: `七1班、7.2`, `803 八4班`, `8.5/八（6）班`, `九5、6班`. Separators are 、 , / ; 和 line break and blank.
 * The same class twice is one. On the first part not understood: `org.classNotUnderstood {part, reason}`, where
 * reason `twoReadings` means a blank could join or part (`七1 2班`: 七12班, or 七1班 and 七2班).
 * `within`: the grade `1、2班` belong to, where the sheet says it.
 */
export function parseClassList(text: string, within: ClassKey | null = null): readonly ClassText[] | Refusal {
  const pieces = tidy(text)
    .split(/[、,/;和\n]/)
    .map((p) => p.trim())
    .filter((p) => p !== '');
  if (pieces.length === 0) return refuse('org.classNotUnderstood', { part: tidy(text), reason: 'empty' });
  const parts: string[] = [];
  for (const piece of pieces) {
    const words = splitByBlank(piece, parts, within);
    if (isRefusal(words)) return words;
    parts.push(...words);
  }
  const classes = readParts(parts, within);
  if (isRefusal(classes)) return classes;
  const seen = new Set<string>();
  return classes.filter((c) => {
    const key = JSON.stringify(c);
    return !seen.has(key) && seen.add(key);
  });
}

/** A blank inside a piece either parts classes (`803 八4班`) or is only loose typing (`七 (3) 班`). */
function splitByBlank(
  piece: string,
  before: readonly string[],
  within: ClassKey | null,
): readonly string[] | Refusal {
  const words = piece.split(' ');
  if (words.length === 1) return words;
  const joined = parseClass(piece, within);
  const joins = !isRefusal(joined) || joined.details['reason'] === 'twoReadings';
  if (!joins) return words;
  if (isRefusal(readParts([...before, ...words], within)))
    return isRefusal(joined) ? joined : [words.join('')];
  return refuse('org.classNotUnderstood', { part: piece, reason: 'twoReadings' });
}

function readParts(parts: readonly string[], within: ClassKey | null): ClassText[] | Refusal {
  const classes: ClassText[] = [];
  let open: string | null = null;
  for (const part of parts) {
    const before = classes[classes.length - 1] ?? (within && { ...within, number: 0 });
    const continued = before && CONTINUED.exec(part);
    if (continued) {
      const number = Number(continued[1]);
      if (number < 1 || number > MAX_CLASS_NUMBER)
        return refuse('org.classNotUnderstood', { part, reason: 'number' });
      classes.push({ ...before, number });
      open = continued[2] ? null : part;
      continue;
    }
    const whole =
      open === null
        ? parseClass(part)
        : refuse('org.classNotUnderstood', { part: open, reason: 'notAClass' });
    if (isRefusal(whole)) return whole;
    classes.push(whole);
  }
  return open === null ? classes : refuse('org.classNotUnderstood', { part: open, reason: 'notAClass' });
}
