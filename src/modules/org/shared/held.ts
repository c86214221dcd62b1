import type { Day } from '@kernel/shared/time';
import { addDays } from '@kernel/shared/time';

/** From when to when, both days included; null = without end on that side. */
export interface Span {
  readonly from: Day | null;
  readonly to: Day | null;
}
/** A span that a person's decision names: it begins on a day. */
export interface DatedSpan extends Span {
  readonly from: Day;
}
export interface Held extends Span {
  readonly person: string;
}

export const holdsOn = (span: Span, day: Day): boolean =>
  (span.from === null || span.from <= day) && (span.to === null || day <= span.to);

/** Who holds it on a day, or null. */
export const holderOn = (held: readonly Held[], day: Day): string | null =>
  held.find((h) => holdsOn(h, day))?.person ?? null;

/** As imports say it: this person, without dates, or nobody. */
export const alwaysHeld = (person: string | null | undefined): { person: string; from: null; to: null }[] =>
  person ? [{ person, from: null, to: null }] : [];

/** What is left of each when the days of `span` are taken away: before and after stay. */
export function without<T extends Span>(held: readonly T[], span: DatedSpan): T[] {
  return held.flatMap((h) => {
    const before = { ...h, to: earlier(h.to, addDays(span.from, -1)) };
    const after = span.to === null ? [] : [{ ...h, from: later(h.from, addDays(span.to, 1)) }];
    return [before, ...after].filter((s) => s.from === null || s.to === null || s.from <= s.to);
  });
}

/** What of each lies in the days of `span`. */
export const inside = <T extends Span>(held: readonly T[], span: DatedSpan): T[] =>
  held
    .map((h) => ({
      ...h,
      from: later(h.from, span.from),
      to: span.to === null ? h.to : earlier(h.to, span.to),
    }))
    .filter((s) => s.to === null || s.from <= s.to);

/** The same days in as few spans as possible: what touches or overlaps and is the same by `keyOf` becomes one. */
export function joined<T extends Span>(held: readonly T[], keyOf: (h: T) => string): T[] {
  const last = new Map<string, number>();
  const out: T[] = [];
  for (const h of [...held].sort((a, b) => order(a, b) || (keyOf(a) < keyOf(b) ? -1 : 1))) {
    const at = last.get(keyOf(h));
    const before = at === undefined ? undefined : out[at];
    if (at !== undefined && before && touches(before, h))
      out[at] = { ...before, to: before.to === null || h.to === null ? null : later(before.to, h.to) };
    else last.set(keyOf(h), out.push(h) - 1);
  }
  return out;
}

/** In the days of `span` exactly `next` hold it; before and after it is as it was. */
export const handOver = <T extends Held>(held: readonly T[], span: DatedSpan, next: readonly T[]): T[] =>
  joined([...without(held, span), ...next], (h) => h.person);

const earlier = (a: Day | null, b: Day): Day => (a === null || b < a ? b : a);
const later = (a: Day | null, b: Day): Day => (a === null || b > a ? b : a);
const order = (a: Span, b: Span): number =>
  (a.from ?? '') === (b.from ?? '') ? 0 : (a.from ?? '') < (b.from ?? '') ? -1 : 1;
const touches = (before: Span, h: Span): boolean =>
  before.to === null || h.from === null || h.from <= addDays(before.to, 1);
