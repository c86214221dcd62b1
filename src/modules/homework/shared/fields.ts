import * as v from 'valibot';
import { UUID } from '@kernel/shared/ids';
import { isDay } from '@kernel/shared/time';
import { TIERS } from './records';

/** What a person may type: trimmed, not empty, at most `max` characters (UTF-16 units), nothing that breaks a database or a screen. */
export const text = (max: number) =>
  v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(max), v.check(isCleanText, 'text.unclean'));

/** No control characters but tab and line breaks (PostgreSQL refuses NUL), no half surrogate pairs (UTF-8 cannot hold them). */
export function isCleanText(value: string): boolean {
  for (const char of value) {
    const code = char.codePointAt(0) ?? 0;
    if (code < 32 && code !== 9 && code !== 10 && code !== 13) return false;
    if (code === 127 || (code >= 0xd800 && code <= 0xdfff)) return false;
  }
  return true;
}

/** A class's, subject's or person's id: `|` is ours, it joins ids. */
export const id = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[^\s|]{1,100}$/),
  v.check(isCleanText, 'text.unclean'),
);

/** An item's id is the id of the command that made it. */
export const itemId = v.pipe(v.string(), v.trim(), v.regex(UUID));

export const day = v.pipe(v.string(), v.trim(), v.check(isDay, 'day.notReal'));

export const round = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000));

export const form = v.picklist(['written', 'oral', 'practical']);

const tier = v.strictObject({
  tier: v.picklist(TIERS),
  content: text(2_000),
  /** Whole minutes. */
  minutes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(180)),
});

export const tiers = v.pipe(
  v.array(tier),
  v.minLength(1),
  v.maxLength(TIERS.length),
  v.check((list) => distinct(list.map((t) => t.tier)), 'tiers.repeated'),
);

/** 1–`max` distinct ids. */
export const ids = (max: number) =>
  v.pipe(
    v.array(id),
    v.minLength(1),
    v.maxLength(max),
    v.check((list) => distinct(list), 'list.repeated'),
  );

export function distinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}
