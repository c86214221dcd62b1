import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instantOf } from '@kernel/shared/time';
import type { ClassDay, Item } from '@modules/homework';
import { alwaysHeld } from '@modules/org';
import { dialects } from '../support/databases';
import { anEnvelope, aSync } from '../support/http-world';
import { smallSchool } from '../support/small-school';
import { C1, C2, C3, homework, tier, Town } from './town';

/** The small school with more to tempt: song, the dean, teaches politics; a second group and a second grade. */
function temptingSchool() {
  const plan = smallSchool();
  const [c1] = plan.classes;
  c1!.body.teachings.push({ subject: 'politics', person: 'song', from: null, to: null });
  c1!.body.teachings.push({ subject: 'geography', person: 'tang', from: null, to: '2026-12-04' });
  plan.prepGroups.push({
    id: 'g7-geography',
    body: {
      name: '七年级地理备课组',
      grade: 7,
      subject: 'geography',
      leaders: alwaysHeld('tang'),
      members: ['tang'],
    },
  });
  plan.prepGroups.push({
    id: 'g7-politics',
    body: {
      name: '七年级道法备课组',
      grade: 7,
      subject: 'politics',
      leaders: alwaysHeld('bai'),
      members: ['song'],
    },
  });
  plan.classes.push({
    id: 'c-2025-1',
    body: {
      name: '八(1)班',
      entryYear: 2025,
      number: 1,
      grade: 8,
      scope: 'school/g8/c-2025-1',
      heads: [],
      teachings: [{ subject: 'math', person: 'lin', from: null, to: null }],
    },
  });
  return plan;
}

const NOT_FOUND = { outcome: 'refused', code: 'kernel.notFound', details: {} };
const NOT_ALLOWED = { outcome: 'refused', code: 'kernel.notAllowed', details: {} };

describe.each(dialects)('attacks on the homework rules on %s', (dialect) => {
  let town: Town;
  /** A school day for each test, so that no test fills another one's places. */
  const days = [
    '2026-11-24',
    '2026-11-25',
    '2026-11-26',
    '2026-11-27',
    '2026-11-30',
    '2026-12-01',
    '2026-12-02',
  ];
  let turn = 0;
  const aDay = (): string => days[turn++ % days.length]!;

  beforeAll(async () => {
    town = await Town.begins(dialect, temptingSchool());
  });
  afterAll(() => town.ends());

  const assign = (who: Parameters<Town['do']>[0], classes: readonly string[], over: object) =>
    town.do(who, 'homework.v1.assign', homework(classes, over));
  const item = (id: string) => town.record<Item>('homework.item', id);
  const classDay = (c: string, date: string) => town.record<ClassDay>('homework.classDay', `${c}|${date}`);
  const sign = (who: Parameters<Town['does']>[0], step: number, id: string, round = 1) =>
    town.does(who, 'homework.v1.sign', { step, items: [{ id, round }] });

  test('nobody signs their own homework, by no role of theirs', async () => {
    const date = aDay();
    const id = await assign('song', [C1], { date, subject: 'politics' });
    expect((await item(id)).acts.map((a) => [a.act, a.reason])).toEqual([
      ['assign', null],
      ['skip', 'ownRole'],
    ]);
    expect(await sign('song', 0, id)).toMatchObject(NOT_ALLOWED);
    expect(await sign('song', 1, id)).toMatchObject({
      code: 'homework.nothingToSign',
      details: { skipped: [{ id, reason: 'own' }] },
    });
    expect((await sign('bai', 0, id)).outcome).toBe('accepted');
    expect((await item(id)).step).toBe(2);
  });

  test('a group leader signs in the own groups only, and cannot tell a foreign item from none', async () => {
    const date = aDay();
    const id = await assign('mei', [C1], { date, subject: 'chinese' });
    const foreign = await sign('bai', 0, id);
    const absent = await sign('bai', 0, randomUUID());
    expect(foreign.details).toEqual({ skipped: [{ id, reason: 'notFound' }] });
    expect(absent.details).toMatchObject({ skipped: [{ reason: 'notFound' }] });
    const back = { item: id, round: 1, step: 0, reason: '不合适' };
    expect(await town.does('bai', 'homework.v1.return', back)).toMatchObject(NOT_FOUND);
    expect((await item(id)).state).toBe('waiting');
  });

  test('no step is skipped, repeated, or signed in a round the signer has not seen', async () => {
    const date = aDay();
    const id = await assign('mei', [C2], { date, subject: 'chinese' });
    for (const [who, step] of [
      ['song', 1],
      ['qin', 2],
    ] as const)
      expect((await sign(who, step, id)).code).toBe('homework.nothingToSign');
    for (const [who, step] of [
      ['zhao', 1],
      ['song', 0],
      ['song', 2],
      ['tang', 2],
      ['he', 0],
      ['xu', 1],
    ] as const)
      expect(await sign(who, step, id)).toMatchObject(NOT_ALLOWED);
    for (const step of [-1, 3, 0.5, 1e9])
      expect((await sign('zhao', step, id)).code).toBe('kernel.badArguments');
    expect((await sign('zhao', 0, id)).outcome).toBe('accepted');
    expect((await sign('zhao', 0, id)).code).toBe('homework.nothingToSign');
    await town.do('mei', 'homework.v1.revise', { item: id, round: 1, form: 'written', tiers: [tier(15)] });
    expect((await sign('song', 1, id)).code).toBe('homework.nothingToSign');
    expect((await sign('zhao', 0, id, 1)).code).toBe('homework.nothingToSign');
    expect((await sign('zhao', 0, id, 2)).outcome).toBe('accepted');
  });

  test('one item many times in a batch, or many spellings of its id, is signed once', async () => {
    const date = aDay();
    const id = await assign('gao', [C2], { date, subject: 'english' });
    for (const items of [
      [
        { id, round: 1 },
        { id, round: 1 },
      ],
      [
        { id, round: 1 },
        { id: ` ${id} `, round: 1 },
      ],
      [{ id: id.toUpperCase(), round: 1 }],
    ])
      expect((await town.does('zhao', 'homework.v1.sign', { step: 0, items })).code).toBe(
        'kernel.badArguments',
      );
    expect((await item(id)).acts).toHaveLength(1);
  });

  test('withdrawn homework stays withdrawn, whoever asks for what', async () => {
    const date = aDay();
    const id = await assign('lin', [C2], { date });
    await town.do('lin', 'homework.v1.withdraw', { item: id });
    const revise = { item: id, round: 1, form: 'written', tiers: [tier(5)] };
    expect((await town.does('lin', 'homework.v1.revise', revise)).code).toBe('homework.withdrawn');
    expect((await town.does('lin', 'homework.v1.withdraw', { item: id })).code).toBe('homework.withdrawn');
    const correct = { item: id, tiers: [tier(5)], reason: 'x' };
    expect((await town.does('lin', 'homework.v1.correct', correct)).code).toBe('homework.notPublished');
    expect((await sign('zhao', 0, id)).code).toBe('homework.nothingToSign');
    const back = { item: id, round: 1, step: 0, reason: 'x' };
    expect((await town.does('zhao', 'homework.v1.return', back)).code).toBe('homework.notYourTurn');
    expect((await item(id)).state).toBe('withdrawn');
    expect((await classDay(C2, date)).entries.filter((e) => e.item === id)).toEqual([]);
  });

  test('a colleague’s homework is neither revised, withdrawn nor corrected, and looks absent', async () => {
    const date = aDay();
    const id = await assign('lin', [C1], { date });
    for (const who of ['mei', 'zhao', 'song', 'xu', 'tang'] as const)
      for (const item of [id, randomUUID()])
        for (const [name, args] of [
          ['homework.v1.revise', { item, round: 1, form: 'oral', tiers: [tier(5)] }],
          ['homework.v1.withdraw', { item }],
          ['homework.v1.correct', { item, tiers: [tier(5)], reason: 'x' }],
        ] as const)
          // Who teaches nobody hears that before anything is looked at.
          expect(await town.does(who, name, args)).toMatchObject(who === 'xu' ? NOT_ALLOWED : NOT_FOUND);
  });

  test('the caps hold on every way in: at once, by form, by growth, and by spelling', async () => {
    const date = aDay();
    const ok = (who: Parameters<Town['do']>[0], subject: string, over = {}) =>
      assign(who, [C1], { date, subject, ...over });
    const math = await ok('lin', 'math', { form: 'oral', tiers: [tier(180)] });
    await ok('mei', 'chinese', { tiers: [tier(40)] });
    await ok('gao', 'english', { tiers: [tier(30), tier(5, 'B')] });
    const bio = await ok('hua', 'biology', { tiers: [tier(15)] });
    const form = (id: string, round: number, minutes: number, kind = 'written') =>
      town.does(id === math ? 'lin' : 'hua', 'homework.v1.revise', {
        item: id,
        round,
        form: kind,
        tiers: [tier(1, 'B'), tier(minutes)],
      });
    // A fourth written subject by way of an oral one; more minutes than the day has, by way of a small item.
    expect((await form(math, 1, 1)).code).toBe('homework.subjectsFull');
    expect((await form(bio, 1, 21)).code).toBe('homework.dayMinutesFull');
    expect((await form(bio, 1, 20)).outcome).toBe('accepted');
    // Out by the oral door, in by the written one, while somebody else takes the place.
    expect((await form(bio, 2, 20, 'oral')).outcome).toBe('accepted');
    await ok('bai', 'history', { tiers: [tier(10)] });
    expect((await form(bio, 3, 5)).code).toBe('homework.subjectsFull');
    for (const subject of ['math', ' math '])
      expect((await town.does('lin', 'homework.v1.assign', homework([C1], { date, subject }))).code).toBe(
        'homework.alreadyAssigned',
      );
    for (const subject of ['ｍath', 'math\u200b', 'Math', '数学', 'mаth', '__proto__', 'constructor'])
      expect(await town.does('lin', 'homework.v1.assign', homework([C1], { date, subject }))).toMatchObject(
        NOT_FOUND,
      );
    const day = await classDay(C1, date);
    const written = day.entries.filter((e) => e.written);
    expect(written).toHaveLength(3);
    expect(written.reduce((n, e) => n + e.minutes, 0)).toBeLessThanOrEqual(90);
  });

  test('two who race for the last place: one has it, whatever the order', async () => {
    const date = aDay();
    await assign('mei', [C2], { date, subject: 'chinese' });
    await assign('gao', [C2], { date, subject: 'english' });
    const racers = ['lin', 'bai', 'hua'] as const;
    const subjects = { lin: 'math', bai: 'history', hua: 'biology' };
    for (const r of racers) await town.cookie(r);
    const answers = await Promise.all(
      racers.map((who) =>
        town.does(who, 'homework.v1.assign', homework([C2], { date, subject: subjects[who] })),
      ),
    );
    expect(answers.map((a) => a.outcome).sort()).toEqual(['accepted', 'refused', 'refused']);
  });

  test('numbers and lists outside their limits are no homework', async () => {
    const date = aDay();
    for (const over of [
      { tiers: [tier(0)] },
      { tiers: [tier(181)] },
      { tiers: [tier(1.5)] },
      { tiers: [{ ...tier(1), minutes: '10' }] },
      { tiers: [tier(5), tier(6)] },
      { tiers: [] },
      { tiers: [{ ...tier(5), content: ' \u3000\n ' }] },
      { tiers: [{ ...tier(5), content: 'x'.repeat(2_001) }] },
      { tiers: [{ ...tier(5), content: 'a\u0007b' }] },
      { tiers: [{ ...tier(5), author: 'mei' }] },
      { date: '2026-02-30' },
      { date: '2026-11-28T00:00' },
      { state: 'published' },
      { author: 'mei' },
      { step: 3 },
      { classes: [] },
      { classes: [C1, C1] },
      { classes: [C1, ` ${C1}`] },
      { classes: Array.from({ length: 13 }, (_, i) => `c-${i}`) },
      { copiedFrom: 'x' },
    ])
      expect([
        over,
        (await town.does('lin', 'homework.v1.assign', homework([C1], { date, ...over }))).code,
      ]).toEqual([over, 'kernel.badArguments']);
  });

  test('classes of others, of another grade, of a time no longer taught: refused before anything is said about them', async () => {
    const date = aDay();
    for (const classes of [[C3], [C1, C3], ['c-2026-9'], [C1, 'c-2026-9']])
      expect(await town.does('lin', 'homework.v1.assign', homework(classes, { date }))).toMatchObject(
        NOT_FOUND,
      );
    expect((await town.does('lin', 'homework.v1.assign', homework([C2, 'c-2025-1'], { date }))).code).toBe(
      'homework.mixedGrades',
    );
    const last = homework([C1], { date: '2026-12-07', subject: 'geography', form: 'oral' });
    expect(await town.does('tang', 'homework.v1.assign', last)).toMatchObject(NOT_FOUND);
  });

  test('nobody excuses somebody else’s slot or closes somebody else’s task', async () => {
    const date = aDay();
    const excuse = (who: Parameters<Town['does']>[0], over = {}) =>
      town.does(who, 'homework.v1.excuse', { class: C2, subject: 'english', date, ...over });
    for (const who of ['lin', 'zhao'] as const) expect(await excuse(who)).toMatchObject(NOT_FOUND);
    // Who teaches nobody is told so before anything is looked at: nothing about this class can be learnt from it.
    for (const who of ['he', 'xu', 'qin'] as const) expect(await excuse(who)).toMatchObject(NOT_ALLOWED);
    expect(await excuse('gao', { class: 'c-2026-9' })).toMatchObject(NOT_FOUND);
    expect(await excuse('gao', { subject: 'history' })).toMatchObject(NOT_FOUND);
    const tasks = await town.world.db.store.list(
      town.near,
      'kernel.task',
      `homework.assign|${C2}|english|${date}`,
    );
    expect(tasks.map((t) => (JSON.parse(t.body!) as { state: string }).state)).not.toContain('excused');
    const read = (await town.reads('lin')).changes.filter((c) => c.kind === 'kernel.task');
    expect(read.map((c) => (c.body as { person: string }).person)).toEqual(read.map(() => 'lin'));
  });

  test('only the administrator says what a day is, never of the past; others’ telephones and rights are not read', async () => {
    const says = { day: '2026-11-24', says: { kind: 'off' }, reason: '停课' };
    for (const who of ['lin', 'tang', 'song', 'he'] as const)
      expect(await town.does(who, 'org.v1.setDay', says)).toMatchObject(NOT_ALLOWED);
    expect((await town.does('xu', 'org.v1.setDay', { ...says, day: '2026-11-20' })).code).toBe('org.dayPast');
    const device = randomUUID();
    const old = { device, beacon: town.beacon('xu', instantOf('2026-11-19', '07:00', 'Asia/Shanghai')) };
    const answer = await town.sync('xu', {
      device,
      commands: [
        anEnvelope(
          instantOf('2026-11-20', '07:00', 'Asia/Shanghai'),
          'org.v1.setDay',
          { ...says, day: '2026-11-20' },
          {
            beacon: old.beacon,
          },
        ),
      ],
    });
    expect(answer.json<{ results: { code: string }[] }>().results[0]!.code).toBe('org.dayPast');
    const people = await town.reads('lin');
    expect(people.changes.filter((c) => c.kind === 'org.contact')).toEqual([]);
    expect(people.changes.filter((c) => c.kind === 'kernel.access').map((c) => c.id)).toEqual(['lin']);
  });

  test('nothing goes out before the deadline, by no signature and no clock of a phone', async () => {
    const date = '2026-12-03';
    const id = await assign('lin', [C1], { date });
    const device = randomUUID();
    const future = instantOf(date, '10:00', 'Asia/Shanghai');
    for (const [who, step] of [
      ['zhao', 0],
      ['song', 1],
      ['qin', 2],
    ] as const) {
      const command = anEnvelope(
        future,
        'homework.v1.sign',
        { step, items: [{ id, round: 1 }] },
        {
          mono: 1e15,
          beacon: town.beacon(who, town.now - 60_000),
        },
      );
      await town.sync(who, { device, commands: [command] });
    }
    const done = await item(id);
    expect([done.state, done.step]).toEqual(['signed', 3]);
    expect(done.acts.every((a) => a.at <= town.now)).toBe(true);
    const early = await town.does('lin', 'homework.v1.correct', { item: id, tiers: [tier(5)], reason: 'x' });
    expect(early.code).toBe('homework.notPublished');
  });

  test('a published item grows by no correction over the day, and is revised and withdrawn no more', async () => {
    const date = '2026-12-03';
    const chinese = await assign('mei', [C1], { date, subject: 'chinese', tiers: [tier(70)] });
    await town.itIs('09:00', date);
    const [math] = (await classDay(C1, date)).entries.filter((e) => e.subject === 'math');
    expect(math!.state).toBe('published');
    const correct = (minutes: number) =>
      town.does('lin', 'homework.v1.correct', { item: math!.item, tiers: [tier(minutes)], reason: '写错了' });
    expect((await correct(21)).code).toBe('homework.dayMinutesFull');
    expect((await correct(20)).outcome).toBe('accepted');
    expect((await correct(21)).code).toBe('homework.dayMinutesFull');
    expect((await item(math!.item)).corrections).toHaveLength(1);
    for (const [name, args] of [
      ['homework.v1.withdraw', { item: math!.item }],
      ['homework.v1.revise', { item: math!.item, round: 1, form: 'written', tiers: [tier(5)] }],
    ] as const)
      expect((await town.does('lin', name, args)).code).toBe('homework.alreadyPublished');
    // Late, and by its own author's time: no claim of an earlier hour without a beacon is believed.
    const late = await town.does(
      'zhao',
      'homework.v1.sign',
      { step: 0, items: [{ id: chinese, round: 1 }] },
      {
        at: instantOf(date, '08:00', 'Asia/Shanghai'),
        mono: 0,
        beacon: `${instantOf(date, '07:00', 'Asia/Shanghai')}.AAAAAAAAAAAAAAAAAAAAAA`,
      },
    );
    expect(late.outcome).toBe('accepted');
    expect((await item(chinese)).acts.at(-1)!.at).toBe(town.now);
  });

  test('who has nothing to do with a class reads nothing of its homework, by no cursor', async () => {
    expect((await town.reads('lin')).changes.filter((c) => c.id.startsWith(`${C3}|`))).toEqual([]);
    expect((await town.reads('lin')).measures).toEqual([]);
    expect((await town.reads('he')).measures.every(([, scope]) => scope === `school/g7/${C1}`)).toBe(true);
    // A cursor made for other rights, or made up, brings a fresh copy of the own things and nothing more.
    const qin = await town.reads('qin');
    for (const cursor of [
      qin.cursor,
      qin.cursor.replace(/\.[^.]*\./, '..'),
      'a.b.c',
      '.0',
      `${qin.cursor}9`,
    ]) {
      const answer = await town.post('/api/sync', aSync({ person: 'lin', cursor }), await town.cookie('lin'));
      expect(answer.json()).toMatchObject({ reset: true, measures: [] });
    }
    const [epoch, rights] = (await town.reads('lin')).cursor.split('.') as [string, string];
    const ahead = await town.sync('lin', { cursor: `${epoch}.${rights}.999999999999999` });
    // A place the feed has not reached means an older database: a fresh copy of the own things too.
    expect(ahead.json()).toMatchObject({ measures: [], reset: true });
    expect(ahead.body).not.toContain(`${C3}|`);
  });
});
