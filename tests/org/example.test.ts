import { settle, Workspace } from '@kernel/shared/decide';
import type { CommandDef } from '@kernel/shared/command';
import { makeRegistry } from '@kernel/shared/contract';
import { isRefusal } from '@kernel/shared/refusal';
import { systemActor } from '@kernel/shared/scope';
import { org } from '@modules/org';
import { applyImport } from '@modules/org/server/commands/apply-import';
import { safeParse } from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import answers from '../../src/modules/org/server/example/answers.json';
import expected from '../../src/modules/org/server/example/expected.json';
import { buildExamplePlan, previewExample } from '../../src/modules/org/server/example';
import { exampleFiles } from '../../src/modules/org/server/example-files';
import type { Preview } from '../../src/modules/org/server/import/preview';
import { preview, told } from './tables';

let answered: Preview;
let asked: Preview;
beforeAll(async () => {
  const { files } = await exampleFiles();
  answered = preview(files, { answers });
  asked = preview(files);
});

test('the counts are those of expected.json', () => {
  expect(answered.report).toMatchObject({
    people: expected.people,
    classes: expected.classes,
    headTeachers: expected.headTeachers,
    teaching: expected.teaching,
    prepGroups: 36,
    timetableCells: 960,
    dutyCells: 60,
    onLeaveNotes: 1,
    dutyMonday: '2026-11-23',
    questions: [],
    classesWithoutHead: [],
  });
});

test('every planted error has its cell, and nothing else is an error', () => {
  expect(told(answered).filter((p) => p.startsWith('error'))).toEqual([
    'error roster.duplicate B104',
    'error roster.class F105',
    'error roster.name B105',
    'error roster.phone H105',
  ]);
  expect(answered.plan?.persons.some((p) => p.body.name.includes('待定'))).toBe(false);
});

test('seven heads follow by elimination and are called 推断', () => {
  const inferred = answered.report.problems.filter((p) => p.code === 'head.inferred');
  expect(inferred.map((p) => p.cell)).toEqual(['G30', 'G33', 'G34', 'G37', 'G41', 'G44', 'G50']);
  expect(inferred.every((p) => p.message.startsWith('推断'))).toBe(true);
});

test('without answers the three pairs are asked, and only their classes stay without a head', () => {
  expect(asked.report.questions.map((q) => [q.id, ...q.choices.map((c) => c.label)])).toEqual([
    ['head:郑新生:G16', '七(3)班', '七(4)班', '不是班主任'],
    ['head:蒋梅嘉:G19', '八(1)班', '八(2)班', '不是班主任'],
    ['head:林凡源:G28', '七(3)班', '七(4)班', '不是班主任'],
    ['head:康艳晨:G31', '八(1)班', '八(2)班', '不是班主任'],
    ['head:侯宇博:G35', '九(1)班', '九(2)班', '不是班主任'],
    ['head:董莉勇:G47', '九(1)班', '九(2)班', '不是班主任'],
  ]);
  expect(asked.report.headTeachers).toBe(18);
  expect(asked.report.classesWithoutHead).toEqual([
    '七(3)班',
    '七(4)班',
    '八(1)班',
    '八(2)班',
    '九(1)班',
    '九(2)班',
  ]);
  expect(asked.plan).not.toBeNull();
});

test('one answer of a pair settles the other by elimination', async () => {
  const { files } = await exampleFiles();
  const half = preview(files, { answers: { 'head:郑新生:G16': '七(3)班' } });
  expect(half.report.headTeachers).toBe(20);
  expect(half.report.problems.find((p) => p.cell === 'G28')?.code).toBe('head.inferred');
});

test('what the sheet hides in layout is read', () => {
  const plan = answered.plan;
  const byName = (name: string) => plan?.persons.find((p) => p.body.name === name);
  const phone = (name: string) => plan?.contacts.find((c) => c.id === byName(name)?.id)?.body.phone;
  expect(byName('尹波')?.body).toMatchObject({
    pinyin: 'yinbo',
    initials: 'yb',
    duties: ['副校长（教学）'],
    subject: 'math',
  });
  expect(byName('曾洋娟')?.body.pinyin).toBe('zengyangjuan');
  expect(phone('龙新')).toBe('13868391368');
  expect(phone('赖华')).toBe('15052543498');
  expect(phone('汪秀怡')).toBe('18883760827');
  expect(byName('龙新')?.body).toMatchObject({ onLeave: true, note: '病休' });
  expect(plan?.classes.find((c) => c.id === 'c-2026-3')?.body).toMatchObject({
    name: '七(3)班',
    grade: 7,
    entryYear: 2026,
    number: 3,
    scope: 'school/g7/c-2026-3',
    heads: [{ person: byName('郑新生')?.id, from: null, to: null }],
  });
  expect(plan?.prepGroups.find((g) => g.id === 'g7-math')?.body).toMatchObject({
    name: '七年级数学备课组',
    leaders: [{ person: byName('廖涛艳')?.id, from: null, to: null }],
    members: ['廖涛艳', '林凡源', '罗洋', '谢晓小'].map((n) => byName(n)?.id),
  });
  expect(plan?.dutyTables[0]?.body.rows[0]).toMatchObject({
    post: '校门口',
    label: '早',
    from: '06:50',
    to: '07:30',
    people: { '1': ['熊红', '康静'].map((n) => byName(n)?.id) },
  });
});

describe('the command', () => {
  const registry = makeRegistry([org]);
  const env = {
    actor: systemActor('s'),
    time: { earliest: 0, latest: 0 },
    now: 0,
    today: '2026-11-23',
    zone: 'Asia/Shanghai',
    commandId: 'c',
  };
  const fresh = (): Workspace => {
    const space = new Workspace();
    for (const ref of applyImport.reads(answered.plan!, space, env.actor)) space.load(ref, null);
    return space;
  };

  test('writes every record, each true to its schema, access for everybody among them', () => {
    const parsed = safeParse(applyImport.args, JSON.parse(JSON.stringify(answered.plan)));
    expect(parsed.issues).toBeUndefined();
    const outcome = settle(applyImport as unknown as CommandDef, answered.plan, fresh(), env);
    if (isRefusal(outcome)) throw new Error(outcome.code);
    const named = new Set(answered.plan!.roles.flatMap((r) => (r.role === 'groupLeader' ? [] : [r.person])));
    const count = new Map<string, number>();
    for (const w of outcome.writes) {
      count.set(w.kind, (count.get(w.kind) ?? 0) + 1);
      expect(safeParse(registry.record(w.kind)!.schema, w.body).issues, `${w.kind}/${w.id}`).toBeUndefined();
    }
    expect(Object.fromEntries(count)).toEqual({
      'org.school': 1,
      'org.calendar': 1,
      'org.class': 24,
      'org.person': 100,
      'kernel.access': 100,
      'org.contact': 100,
      'org.prepGroup': 36,
      'org.timetable': 24,
      'org.dutyTable': 1,
      'org.service': named.size,
    });
  });

  test('a second time it is refused and writes nothing', () => {
    const space = fresh();
    settle(applyImport as unknown as CommandDef, answered.plan, space, env);
    expect(settle(applyImport as unknown as CommandDef, answered.plan, space, env)).toMatchObject({
      code: 'org.alreadyImported',
    });
  });

  test('a plan that points at nobody is refused', () => {
    const plan = structuredClone(answered.plan!);
    plan.prepGroups[0]!.body.members.push('nobody');
    expect(settle(applyImport as unknown as CommandDef, plan, fresh(), env)).toMatchObject({
      code: 'org.planInconsistent',
    });
  });
});

test.each(['2026-11-23', '2027-03-10', '2027-09-20', '2028-02-29', '2026-07-01'])(
  'the example stands on %s',
  async (today) => {
    const plan = await buildExamplePlan(today);
    const { report } = await previewExample(today);
    expect(report).toMatchObject({
      people: 100,
      classes: 24,
      headTeachers: 24,
      teaching: 288,
      questions: [],
    });
    const term = plan.calendar.terms[0]!;
    expect(term.start < today && today < term.end).toBe(true);
    expect(plan.dutyTables[0]!.body.monday <= today).toBe(true);
  },
);
