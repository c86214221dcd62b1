import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Jobs } from '@kernel/server/jobs';
import { OutageWatch } from '@kernel/server/outage-watch';
import { outageRecord } from '@kernel/shared/outage';
import { instantOf } from '@kernel/shared/time';
import { assign, classDayRecord, itemRecord, sign } from '@modules/homework';
import { makeHomeworkServer } from '@modules/homework/server';
import { boardWords } from '@modules/homework/client/board/board-words';
import { Office, ZONE, openDay } from '../homework/office';
import { C1, MONDAY, aSchool, anItem } from '../homework/school';
import { dialects } from '../support/databases';
import { C1 as CLASS, C2, C3 } from '../support/small-school';
import { World } from '../support/world';

const at = (clock: string, day = MONDAY): number => instantOf(day, clock, ZONE);

/** What an outage of ours does to a day's homework: nobody is late for what could not be done. */
describe('a deadline in an outage', () => {
  let office: Office;
  beforeEach(() => {
    office = new Office(aSchool(), MONDAY, '06:00');
    openDay(office);
  });
  const outage = (from: string, to: string, day = MONDAY): void => {
    const span = { from: at(from), to: at(to, day) };
    for (const d of new Set([MONDAY, day]))
      expect(office.system('kernel.v1.recordOutage', { day: d, span })).toHaveProperty('writes');
  };
  const close = () => office.system('homework.v1.closeDay', { date: MONDAY, classes: [C1] });
  const signs = (id: string, ...times: readonly string[]) =>
    ['he', 'dean', 'vice'].forEach((who, step) =>
      office.do(who, 'homework.v1.sign', { step, items: [{ id, round: 1 }] }, { received: times[step]! }),
    );
  const words = (until: string, now = office.now) =>
    boardWords(office.classDay(C1), { now, zone: ZONE, until: at(until) });

  test('is judged the signers’ allowance after its end: everything out by then is on time', () => {
    const id = office.do('lin', 'homework.v1.assign', anItem(), { received: '07:50' });
    office.at('09:12');
    outage('08:10', '09:12');
    close();
    expect(office.classDay(C1).board.state).toBe('open');
    expect(words('09:32')).toMatchObject({
      words: '还缺 1 科，09:32 公示',
      why: '服务器停机，期限顺延到 09:32',
    });
    signs(id, '09:14', '09:20', '09:31');
    // Out at once, not held back until the board is judged.
    expect(office.classDay(C1).entries[0]).toMatchObject({
      state: 'published',
      publishedAt: at('09:31'),
      late: null,
    });
    office.at('09:32');
    close();
    expect(office.classDay(C1).board).toEqual({
      state: 'onTime',
      completeAt: at('09:31'),
      holder: null,
      lifted: at('09:32'),
    });
    expect(words('09:32')).toMatchObject({
      words: '按时公示',
      why: '服务器停机，期限顺延到 09:32 · 依据送达时间',
    });
    expect([office.measure('homework.boardPublishedOnTime'), office.measure('homework.itemsLate')]).toEqual([
      1, 0,
    ]);
  });

  test('that is lifted is still a deadline: whoever then lets it lie is late, by the lifted time', () => {
    const id = office.do('lin', 'homework.v1.assign', anItem(), { received: '07:50' });
    office.at('09:12');
    outage('08:10', '09:12');
    office.at('09:32');
    close();
    expect(office.classDay(C1).board).toMatchObject({ state: 'late', completeAt: null, lifted: at('09:32') });
    signs(id, '09:42', '09:50', '10:00');
    const { late } = office.classDay(C1).entries[0]!;
    expect(late).toMatchObject({
      holder: 'groupLeader',
      minutes: { author: 0, groupLeader: 10, dean: 0, vicePrincipal: 0 },
    });
    expect(words('09:32').why).toBe('服务器停机，期限顺延到 09:32 · 依据送达时间');
  });

  test('in time before the outage it is published at its own deadline, however long we were away', () => {
    const id = office.do('lin', 'homework.v1.assign', anItem(), { received: '07:50' });
    signs(id, '08:00', '08:10', '08:20');
    office.at('11:00');
    outage('08:50', '11:00');
    office.at('11:20');
    close();
    expect(office.classDay(C1)).toMatchObject({
      entries: [{ publishedAt: at('09:00'), late: null }],
      board: { state: 'onTime', lifted: at('11:20') },
    });
  });

  test('an outage that ended a good while before the deadline lifts nothing, but the targets that lay in it', () => {
    office.at('08:15');
    outage('07:40', '08:15');
    const id = office.do('lin', 'homework.v1.assign', anItem(), { received: '08:34' });
    signs(id, '08:50', '09:05', '09:20');
    office.at('09:20');
    close();
    expect(office.classDay(C1).board).toMatchObject({ state: 'late', lifted: null });
    // Target 08:00 lay in the outage and moved to 08:35; the signers had their twenty minutes.
    expect(office.classDay(C1).entries[0]!.late).toMatchObject({ holder: 'nobody' });
  });

  test('the control: without the outage on record the same morning is the author’s lateness', () => {
    const id = office.do('lin', 'homework.v1.assign', anItem(), { received: '08:34' });
    signs(id, '08:50', '09:05', '09:20');
    expect(office.classDay(C1).entries[0]!.late).toMatchObject({ holder: 'author', minutes: { author: 34 } });
  });

  test('an excuse, and a late mark for the signers, go by the lifted time', () => {
    office.at('09:12');
    outage('08:10', '09:12');
    const id = office.do('lin', 'homework.v1.assign', anItem(), { received: '09:31' });
    expect(office.item(id).flags).toEqual([]);
    office.do(
      'lin',
      'homework.v1.revise',
      { item: id, round: 1, form: 'written', tiers: anItem().tiers },
      { received: '09:33' },
    );
    expect(office.item(id).flags).toEqual(['late']);
    office.do('lin', 'homework.v1.withdraw', { item: id }, { received: '09:34' });
    office.at('09:35');
    close();
    office.do(
      'lin',
      'homework.v1.excuse',
      { class: C1, subject: 'chinese', date: MONDAY },
      { received: '09:40', acted: '09:31' },
    );
    expect(office.classDay(C1).board).toMatchObject({ state: 'late', holder: 'nobody', lifted: at('09:32') });
  });

  test('an outage that took the whole day makes a board nobody counts', () => {
    office.do('lin', 'homework.v1.assign', anItem(), { received: '07:50' });
    office.now = at('08:00', '2026-11-24');
    outage('08:50', '08:00', '2026-11-24');
    office.now = at('08:20', '2026-11-24');
    close();
    expect(office.classDay(C1).board).toMatchObject({ state: 'void', completeAt: null });
    expect(words('09:00')).toMatchObject({ kind: 'calm', words: '服务器停机，这一天不计' });
    const counted = ['boardExpected', 'boardPublishedOnTime', 'boardPublishedLate', 'itemsExpected'];
    expect(counted.map((n) => office.measure(`homework.${n}`))).toEqual([0, 0, 0, 0]);
    expect(office.measures.get('homework.boardExpected|school|2026-11-23') ?? 0).toBe(
      office.recount().get('homework.boardExpected|school|2026-11-23') ?? 0,
    );
  });

  test('a board judged before the outage was known is judged once more, and only once', () => {
    const id = office.do('lin', 'homework.v1.assign', anItem(), { received: '07:50' });
    signs(id, '08:00', '08:10', '09:10');
    office.at('09:10');
    close();
    expect(office.classDay(C1)).toMatchObject({
      entries: [{ late: { holder: 'vicePrincipal' } }],
      board: { state: 'late' },
    });
    // Another process had stood still over the deadline and says so only now.
    outage('08:30', '09:05');
    office.at('09:26');
    close();
    expect(office.classDay(C1)).toMatchObject({
      entries: [{ late: null }],
      board: { state: 'onTime', lifted: at('09:25') },
    });
    expect(office.measure('homework.boardPublishedLate')).toBe(0);
    expect(close()).toMatchObject({ writes: [] });
  });
});

describe.each(dialects)('a server that was away at nine, on %s', (dialect) => {
  let world: World;
  afterEach(() => world.ends());

  test('lifts the deadline by itself; phones see why, and whoever did their part before is on time', async () => {
    world = await World.begins(dialect, MONDAY, '07:30');
    const lin = await world.phone('lin');
    const mei = await world.phone('mei');
    const gao = await world.phone('gao');
    const zhao = await world.phone('zhao');
    const song = await world.phone('song');
    const qin = await world.phone('qin');
    const he = await world.phone('he');
    const make = (subject: string) => ({
      classes: [CLASS, C2],
      subject,
      date: MONDAY,
      form: 'written' as const,
      tiers: [{ tier: 'A' as const, content: '第 3 课', minutes: 10 }],
      copiedFrom: null,
    });
    world.clock.at(MONDAY, '07:50');
    const ids = [
      await lin.keeps(assign, make('math')),
      await mei.keeps(assign, make('chinese')),
      await gao.keeps(assign, make('english')),
    ];
    await zhao.does(assign, { ...make('math'), classes: [C3] });
    const steps = [
      [zhao, 0],
      [song, 1],
      [qin, 2],
    ] as const;
    for (const [phone, step] of steps.slice(0, 2)) {
      await phone.syncs();
      await phone.keeps(sign, { step, items: ids.map((id) => ({ id, round: 1 })) });
    }

    // 08:00: the server is gone. The vice principal signs all the same, on a phone that cannot send.
    world.clock.at(MONDAY, '08:00');
    await new OutageWatch(world.kernel).beat();
    await qin.syncs();
    qin.goesOffline();
    world.clock.at(MONDAY, '08:30');
    await qin.keeps(sign, { step: 2, items: ids.map((id) => ({ id, round: 1 })) });

    // 09:20: it is back. Before anything is judged it knows that it was away.
    world.clock.at(MONDAY, '09:20');
    await new Jobs(world.kernel, [makeHomeworkServer()], 20_000, new OutageWatch(world.kernel)).runOnce();
    const day = () => he.sees(classDayRecord, `${CLASS}|${MONDAY}`);
    await he.syncs();
    expect((await day())?.board).toMatchObject({ state: 'open' });
    expect((await he.sees(outageRecord, MONDAY))?.spans).toEqual([{ from: at('08:00'), to: at('09:20') }]);
    world.clock.at(MONDAY, '09:25');
    await qin.comesBack();
    world.clock.at(MONDAY, '09:41');
    await world.jobsRun();
    await he.syncs();
    expect((await day())?.board).toMatchObject({ state: 'onTime', lifted: at('09:40') });
    const acts = (await he.sees(itemRecord, ids[0]!))!.acts;
    expect(acts.find((a) => a.act === 'sign' && a.step === 2)).toMatchObject({
      at: at('08:30'),
      received: at('09:25'),
      basis: 'anchored',
    });
    await zhao.syncs();
    // 七(3)班 had only one of three and missed the lifted deadline as well.
    expect((await zhao.sees(classDayRecord, `${C3}|${MONDAY}`))?.board).toMatchObject({
      state: 'late',
      lifted: at('09:40'),
    });
    expect(world.errors).toEqual([]);
  });
});
