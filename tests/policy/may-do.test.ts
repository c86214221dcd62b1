import { describe, expect, test } from 'vitest';
import { joinPolicies, mayDo } from '@kernel/shared/policy';
import type { Grant } from '@kernel/shared/scope';
import { makeActor, systemActor } from '@kernel/shared/scope';

const DAY = '2026-11-23';
const grant = (role: string, scope: string, over: Partial<Grant> = {}): Grant => ({
  ...{ role, scope, tags: [], oversees: false, from: null, to: null },
  ...over,
});
const somebody = (...grants: Grant[]) => makeActor('s', { person: 'p', name: 'p', grants }, DAY);
const until = (day: string) =>
  makeActor('s', { person: 'p', name: 'p', until: day, grants: [grant('dean', 'school')] }, DAY);
const left = until('2026-11-22');
const leaving = until(DAY);
const policy = joinPolicies([
  {
    anywhere: { dean: 'school' },
    there: { teacher: 'scope', dean: 'school' },
    all: { everyone: 'own' },
    names: { everyone: 'school' },
    jobs: { system: 'school' },
    door: { anyone: 'school' },
  },
]);

describe('what a row opens', () => {
  const teacher = somebody(grant('teacher', 'school/g7/c1'));
  test.each([
    ['nobody without a role', somebody(), 'anywhere', null, false],
    ['the role it names', somebody(grant('dean', 'school')), 'anywhere', null, true],
    ['no other role', teacher, 'anywhere', null, false],
    ['a role of reach scope before it is known where', teacher, 'there', null, true],
    ['a role of reach scope where it is held', teacher, 'there', 'school/g7/c1', true],
    ['not in the class beside it', teacher, 'there', 'school/g7/c10', false],
    ['not above it', teacher, 'there', 'school/g7', false],
    ['a role held above', somebody(grant('teacher', 'school/g7')), 'there', 'school/g7/c1', true],
    ['a role of reach school anywhere', somebody(grant('dean', 'school')), 'there', 'school/g8/c1', true],
    ['a role that begins today', somebody(grant('dean', 'school', { from: DAY })), 'anywhere', null, true],
    [
      'no role that begins tomorrow',
      somebody(grant('dean', 'school', { from: '2026-11-24' })),
      'anywhere',
      null,
      false,
    ],
    ['a role that ends today', somebody(grant('dean', 'school', { to: DAY })), 'anywhere', null, true],
    [
      'no role that ended yesterday',
      somebody(grant('dean', 'school', { to: '2026-11-22' })),
      'anywhere',
      null,
      false,
    ],
    ['every person of the school', somebody(), 'all', null, true],
    ['every person of the school, what is the school’s', somebody(), 'names', null, true],
    ['whoever left, what is their own', left, 'all', null, true],
    ['whoever left, nothing that is the school’s', left, 'names', null, false],
    ['whoever left, nothing of a role that was not taken', left, 'anywhere', null, false],
    ['whoever leaves today, still', leaving, 'anywhere', null, true],
    ['not the system where everyone may', systemActor('s'), 'all', null, false],
    ['the system its own jobs', systemActor('s'), 'jobs', null, true],
    ['nobody who was given a role of that name', somebody(grant('system', 'school')), 'jobs', null, false],
    ['nobody who was given the role anyone', somebody(grant('anyone', 'school')), 'door', null, false],
    ['nobody an operation without a row', somebody(grant('dean', 'school')), 'unheard', null, false],
    ['nobody what only objects inherit', somebody(grant('dean', 'school')), 'constructor', null, false],
  ] as const)('%s', (_, actor, operation, scope, expected) =>
    expect(mayDo(policy, actor, operation, scope)).toBe(expected),
  );

  test('an operation stands in one place only', () => {
    expect(() => joinPolicies([{ a: { dean: 'school' } }, { a: { teacher: 'school' } }])).toThrow('twice');
  });
});
