import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UUID, uuidv7 } from '@kernel/shared/ids';
import { covers, holds, makeActor, upward, type Grant } from '@kernel/shared/scope';

describe('ids', () => {
  test('are version 7, sort by time, and come from the given randomness alone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 47 }),
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.uint8Array({ minLength: 10, maxLength: 10 }),
        (now, later, random) => {
          const a = uuidv7(now, random);
          expect(a).toMatch(UUID);
          expect(a[14]).toBe('7');
          expect('89ab').toContain(a[19]);
          expect(uuidv7(now, random)).toBe(a);
          expect(uuidv7(now + later, random) > a).toBe(true);
        },
      ),
    );
  });
});

describe('scopes', () => {
  test.each([
    ['school', 'school/g7/c-2026-3', true],
    ['school/g7', 'school/g7', true],
    ['school/g7', 'school/g70', false],
    ['school/g7/c-2026-1', 'school/g7/c-2026-10', false],
    ['school/g7', 'school', false],
    ['prep/g7-math', 'prep/g7-math', true],
  ])('%s over %s: %s', (outer, inner, expected) => {
    expect(covers(outer, inner)).toBe(expected);
  });

  test('a scope covers exactly what has it above', () => {
    const scope = fc
      .array(fc.constantFrom('a', 'b', 'aa'), { minLength: 1, maxLength: 4 })
      .map((p) => p.join('/'));
    fc.assert(
      fc.property(scope, scope, (a, b) => {
        expect(covers(a, b)).toBe(upward(b).includes(a));
      }),
    );
  });
});

describe('rights by date', () => {
  const grant = (over: Partial<Grant>): Grant => ({
    role: 'dean',
    scope: 'school',
    tags: ['oversight'],
    oversees: true,
    from: null,
    to: null,
    ...over,
  });
  const on = (day: string, g: Grant) => makeActor('s', { person: 'p', name: 'P', grants: [g] }, day);

  test.each([
    ['2026-10-31', false],
    ['2026-11-01', true],
    ['2026-11-30', true],
    ['2026-12-01', false],
  ])('a deputy from 1 to 30 November on %s: %s', (day, expected) => {
    const actor = on(day, grant({ from: '2026-11-01', to: '2026-11-30' }));
    expect(holds(actor, 'dean', 'school/g7')).toBe(expected);
    expect(actor.tags.includes('oversight')).toBe(expected);
    expect(actor.oversees).toEqual(expected ? ['school'] : []);
  });

  test('everybody has the school’s and their own tag, and nothing else without a grant', () => {
    expect(makeActor('s', { person: 'p', name: 'P', grants: [] }, '2026-11-23').tags).toEqual([
      'person:p',
      'school',
    ]);
  });
});
