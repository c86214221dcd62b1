import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { assignArgs, returnArgs, signArgs } from '@modules/homework';
import { closeDayArgs } from '@modules/homework/server/args';
import { C1, anItem, minutes } from './school';

const ITEM = '01890000-0000-7000-8000-000000000001';
const ok = (schema: v.GenericSchema, value: unknown): boolean => v.safeParse(schema, value).success;

describe('what a phone may send', () => {
  it.each([
    ['the usual', anItem(), true],
    ['one character', anItem({ tiers: [{ tier: 'A', content: '一', minutes: 1 }] }), true],
    ['2000 characters', anItem({ tiers: [{ tier: 'A', content: '字'.repeat(2000), minutes: 180 }] }), true],
    ['2001 characters', anItem({ tiers: [{ tier: 'A', content: '字'.repeat(2001), minutes: 5 }] }), false],
    ['blanks only', anItem({ tiers: [{ tier: 'A', content: ' \u3000\n', minutes: 5 }] }), false],
    ['a NUL', anItem({ tiers: [{ tier: 'A', content: 'a\u0000b', minutes: 5 }] }), false],
    ['half a surrogate pair', anItem({ tiers: [{ tier: 'A', content: 'a\ud83d', minutes: 5 }] }), false],
    [
      'a whole emoji and line breaks',
      anItem({ tiers: [{ tier: 'A', content: '读\n📖', minutes: 5 }] }),
      true,
    ],
    ['the same tier twice', anItem({ tiers: [...minutes(5), ...minutes(6)] }), false],
    ['no tier', anItem({ tiers: [] }), false],
    ['0 minutes', anItem({ tiers: minutes(0) }), false],
    ['181 minutes', anItem({ tiers: minutes(181) }), false],
    ['half a minute', anItem({ tiers: minutes(7.5) }), false],
    ['a day that is not', anItem({ date: '2026-02-30' }), false],
    ['the same class twice', anItem({ classes: [C1, C1] }), false],
    ['13 classes', anItem({ classes: Array.from({ length: 13 }, (_, i) => `c-2026-${i}`) }), false],
    ['a joined id', anItem({ classes: ['c-1|2026-11-23'] }), false],
    ['something nobody asked for', { ...anItem(), state: 'published' }, false],
  ])('%s', (_, value, good) => {
    expect(ok(assignArgs, value)).toBe(good);
  });

  it('strings come out trimmed', () => {
    const content = '  读书 \n';
    expect(
      v.parse(assignArgs, anItem({ tiers: [{ tier: 'B', content, minutes: 5 }] })).tiers[0]?.content,
    ).toBe('读书');
  });

  it('a batch has 1 to 200 different items and a real step', () => {
    const one = { id: ITEM, round: 1 };
    expect(ok(signArgs, { step: 0, items: [one] })).toBe(true);
    expect(ok(signArgs, { step: 3, items: [one] })).toBe(false);
    expect(ok(signArgs, { step: 0, items: [one, { ...one, round: 2 }] })).toBe(false);
    expect(ok(signArgs, { step: 0, items: [] })).toBe(false);
  });

  it('a return needs a reason; a closing a class', () => {
    expect(ok(returnArgs, { item: ITEM, round: 1, step: 0, reason: ' ' })).toBe(false);
    expect(ok(returnArgs, { item: ITEM, round: 1, step: 0, reason: '写'.repeat(501) })).toBe(false);
    expect(ok(closeDayArgs, { date: '2026-11-23', classes: [] })).toBe(false);
  });
});
