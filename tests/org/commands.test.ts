import { registry } from '@app/server/modules';
import type { CommandDef, DecideEnv } from '@kernel/shared/command';
import { admit, settle, wants, Workspace } from '@kernel/shared/decide';
import { accessRecord } from '@kernel/shared/kernel-records';
import { mayDo } from '@kernel/shared/policy';
import { isRefusal } from '@kernel/shared/refusal';
import type { Actor } from '@kernel/shared/scope';
import { makeActor, systemActor } from '@kernel/shared/scope';
import type { Calendar } from '@modules/org';
import { adminGrant, adminsRecord, dayKind, personRecord, setDay } from '@modules/org';
import { addAdmin } from '@modules/org/server/commands/add-admin';
import { applyImport } from '@modules/org/server/commands/apply-import';
import { describe, expect, test } from 'vitest';

const env = (actor: Actor): DecideEnv => ({
  actor,
  time: { earliest: 0, latest: 0 },
  now: 0,
  today: '2026-11-23',
  zone: 'Asia/Shanghai',
  commandId: 'c',
});
const admin = makeActor('s', { person: 'a', name: '管理员', grants: [adminGrant()] }, '2026-11-23');
const teacher = makeActor('s', { person: 't', name: '老师', grants: [] }, '2026-11-23');
const calendar: Calendar = {
  terms: [{ id: 't', name: '秋', start: '2026-08-31', end: '2027-01-22' }],
  coveredYears: [2026],
  published: {},
  overrides: {},
};

function run(command: unknown, args: unknown, actor: Actor, bodies: Record<string, unknown> = {}) {
  const def = command as CommandDef;
  const admitted = admit(registry.policy, def, args, { actor });
  if (isRefusal(admitted)) return admitted;
  const space = new Workspace();
  for (const ref of wants(def, admitted.args, space, { actor }))
    space.load(ref, bodies[`${ref.kind}/${ref.id}`] ?? null);
  return settle(def, admitted.args, space, env(actor));
}

describe('setDay', () => {
  const set = (args: unknown, actor = admin) => run(setDay, args, actor, { 'org.calendar/school': calendar });
  const school = (day: string, follows: number) => ({
    day,
    says: { kind: 'school', follows },
    reason: '补周四的课',
  });

  test('a makeup day gets its timetable', () => {
    const outcome = set(school('2026-11-28', 4));
    if (isRefusal(outcome)) throw new Error(outcome.code);
    expect(outcome.writes).toHaveLength(1);
    expect(dayKind(outcome.writes[0]!.body as Calendar, '2026-11-28')).toEqual({
      kind: 'school',
      follows: 4,
    });
  });
  test('today may still be closed; yesterday is judged', () => {
    expect(set({ day: '2026-11-23', says: { kind: 'off' }, reason: '大雪停课' })).toHaveProperty('writes');
    expect(set({ day: '2026-11-22', says: { kind: 'off' }, reason: 'x' })).toMatchObject({
      code: 'org.dayPast',
    });
  });
  test.each([
    ['outside the term', school('2027-02-01', 1), 'org.dayOutsideTerm'],
    ['no such weekday', school('2026-11-28', 6), 'kernel.badArguments'],
    ['no such day', school('2026-11-31', 1), 'kernel.badArguments'],
    ['no reason', { ...school('2026-11-28', 1), reason: '\u0000 ' }, 'kernel.badArguments'],
  ])('%s', (_, args, code) => expect(set(args)).toMatchObject({ code }));
  test('only the administrator', () =>
    expect(set(school('2026-11-28', 4), teacher)).toMatchObject({ code: 'kernel.notAllowed' }));
  test('nobody’s phone issues the system commands', () => {
    expect(run(addAdmin, { person: 't', create: null }, admin)).toMatchObject({ code: 'kernel.notAllowed' });
    for (const { name } of [addAdmin, applyImport]) {
      expect(mayDo(registry.policy, admin, name)).toBe(false);
      expect(mayDo(registry.policy, systemActor('s'), name)).toBe(true);
    }
  });
});

describe('addAdmin', () => {
  const person = {
    name: '张三',
    pinyin: 'zhangsan',
    initials: 'zs',
    duties: [],
    subject: null,
    note: null,
    onLeave: false,
    active: true,
  };
  const add = (args: unknown, bodies: Record<string, unknown> = {}) => {
    const outcome = run(addAdmin, args, systemActor('s'), bodies);
    return isRefusal(outcome) ? outcome.code : outcome.writes.map((w) => [w.kind, w.body]);
  };
  test('somebody there keeps every right and gains this one', () => {
    const always = { from: null, to: null };
    const service = { person: 'p', until: null, roles: [{ role: 'dean', grade: null, ...always }] };
    const dean = {
      role: 'dean',
      scope: 'school',
      tags: ['oversight', 'role:dean'],
      oversees: true,
      ...always,
    };
    const own = { person: 'p', name: '张三', grants: [dean] };
    expect(
      add(
        { person: 'p', create: null },
        { 'org.person/p': person, 'org.service/p': service, 'kernel.access/p': own },
      ),
    ).toEqual([
      [adminsRecord.kind, { people: [{ person: 'p', ...always }] }],
      [accessRecord.kind, { ...own, grants: [dean, adminGrant()] }],
    ]);
  });
  test('a new person is made', () => {
    expect(add({ person: 'n', create: { name: '李四', pinyin: 'lisi', initials: 'ls' } })).toEqual([
      [personRecord.kind, { ...person, name: '李四', pinyin: 'lisi', initials: 'ls' }],
      [adminsRecord.kind, { people: [{ person: 'n', from: null, to: null }] }],
      [accessRecord.kind, { person: 'n', name: '李四', grants: [adminGrant()] }],
    ]);
  });
  test('nobody is not found; twice is once', () => {
    expect(add({ person: 'x', create: null })).toBe('kernel.notFound');
    expect(
      add(
        { person: 'p', create: null },
        {
          'org.person/p': person,
          'org.admins/school': { people: [{ person: 'p', from: null, to: null }] },
          'kernel.access/p': { person: 'p', name: '张三', grants: [adminGrant()] },
        },
      ),
    ).toEqual([]);
  });
});
