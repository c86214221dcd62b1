import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRefusal } from '@kernel/shared/refusal';
import { taskRecord } from '@kernel/shared/kernel-records';
import {
  assign,
  classDayId,
  classDayRecord,
  correct,
  excuse,
  itemRecord,
  returnItem,
  revise,
  sign,
  type AssignArgs,
} from '@modules/homework';
import { dialects } from '../support/databases';
import { C1, C2 } from '../support/small-school';
import { World } from '../support/world';

const MON = '2026-11-23';
const TUE = '2026-11-24';

/** A rule-clean homework for one class on Tuesday; say what is different. */
const aHomework = (over: Partial<AssignArgs> = {}): AssignArgs => ({
  classes: [C1],
  subject: 'math',
  date: TUE,
  form: 'written',
  tiers: [{ tier: 'A', content: '练习册第 32 页 1–6 题', minutes: 12 }],
  copiedFrom: null,
  ...over,
});

describe.each(dialects)('the first working day on %s', (dialect) => {
  let world: World;
  beforeEach(async () => {
    world = await World.begins(dialect, MON, '16:30');
  });
  afterEach(async () => {
    expect(world.errors).toEqual([]);
    await world.ends();
  });

  const signAll = async (who: 'zhao' | 'song' | 'qin', step: number, items: string[]) =>
    (await world.phone(who)).keeps(sign, { step, items: items.map((id) => ({ id, round: 1 })) });
  const signedByAll = async (...items: string[]) => {
    for (const [who, step] of [
      ['zhao', 0],
      ['song', 1],
      ['qin', 2],
    ] as const) {
      const phone = await world.phone(who);
      await phone.syncs();
      await signAll(who, step, items);
    }
  };
  const board = async (who: 'he' | 'tang' | 'lin' = 'he', classId = C1) => {
    const phone = await world.phone(who);
    await phone.syncs();
    return (await phone.sees(classDayRecord, classDayId(classId, TUE)))!;
  };

  test('a teacher assigns offline, three sign, and the board is there by nine', async () => {
    const lin = await world.phone('lin');
    lin.goesOffline();
    const math = await lin.keeps(assign, aHomework({ classes: [C1, C2] }));
    expect(await lin.sees(itemRecord, math)).toMatchObject({ state: 'waiting', step: 0 });
    expect(['waiting', 'sent']).toContain((await lin.entry(math)).state);
    await lin.comesBack();
    expect((await lin.entry(math)).state).toBe('accepted');

    const chinese = await (
      await world.phone('mei')
    ).keeps(assign, aHomework({ subject: 'chinese', classes: [C1, C2] }));
    const english = await (
      await world.phone('gao')
    ).keeps(assign, aHomework({ subject: 'english', classes: [C1, C2] }));
    await world.itIs(TUE, '07:55');
    await signedByAll(math, chinese, english);
    expect((await board()).board.state).toBe('open');

    await world.itIs(TUE, '09:00');
    const done = await board();
    expect(done.board.state).toBe('onTime');
    expect(done.entries.map((e) => e.state)).toEqual(['published', 'published', 'published']);

    const tang = await world.phone('tang');
    await tang.syncs();
    expect(await tang.measure('homework.boardPublishedOnTime', 'school', TUE)).toBe(2);
    expect(await tang.measure('homework.boardPublishedOnTime', `school/g7/${C1}`, TUE)).toBe(1);
  });

  test('the head teacher sees what is missing and whose, without asking anybody', async () => {
    const math = await (await world.phone('lin')).keeps(assign, aHomework());
    await (await world.phone('mei')).keeps(assign, aHomework({ subject: 'chinese' }));
    await signAll('zhao', 0, [math]);
    await world.itIs(TUE, '08:50');
    const seen = await board();
    expect(seen.expected.map((e) => [e.personName, e.state])).toEqual(
      expect.arrayContaining([
        ['林老师', 'done'],
        ['梅老师', 'done'],
        ['高老师', 'open'],
      ]),
    );
    expect(seen.entries.map((e) => [e.subject, e.step])).toEqual(
      expect.arrayContaining([
        ['math', 1],
        ['chinese', 0],
      ]),
    );
  });

  test('a fourth subject for the same class and day is refused with a way out, on the phone already', async () => {
    for (const [who, subject] of [
      ['lin', 'math'],
      ['mei', 'chinese'],
      ['gao', 'english'],
    ] as const)
      await (await world.phone(who)).keeps(assign, aHomework({ subject }));
    const bai = await world.phone('bai');
    await bai.syncs();
    const answer = await bai.does(assign, aHomework({ subject: 'history' }));
    expect(answer).toMatchObject({ refused: true, code: 'homework.subjectsFull' });
    expect(isRefusal(answer) && answer.details).toMatchObject({
      classes: [{ id: C1, nextFree: '2026-11-25' }],
    });
    expect((await board()).entries).toHaveLength(3);
  });

  test('two offline phones claim the last slot and it ends the same everywhere', async () => {
    for (const [who, subject] of [
      ['lin', 'math'],
      ['mei', 'chinese'],
    ] as const)
      await (await world.phone(who)).keeps(assign, aHomework({ subject }));
    const bai = await world.phone('bai');
    const hua = await world.phone('hua');
    for (const phone of [bai, hua]) {
      await phone.syncs();
      phone.goesOffline();
    }
    const history = await bai.keeps(assign, aHomework({ subject: 'history' }));
    const biology = await hua.keeps(assign, aHomework({ subject: 'biology' }));
    await hua.comesBack();
    await bai.comesBack();
    await hua.syncs();

    expect((await hua.entry(biology)).state).toBe('accepted');
    expect(await bai.entry(history)).toMatchObject({ state: 'refused', code: 'homework.subjectsFull' });
    expect(await bai.attention()).toHaveLength(1);
    const everywhere = await Promise.all([bai, hua].map((p) => p.sees(classDayRecord, classDayId(C1, TUE))));
    everywhere.push(await board());
    for (const seen of everywhere)
      expect(seen!.entries.map((e) => e.subject)).toEqual(['math', 'chinese', 'biology']);

    // The way out: the same homework for the day offered.
    const details = (await bai.entry(history)).details as { classes: { nextFree: string }[] };
    const again = await bai.outbox.editAgain(history, {
      ...aHomework({ subject: 'history' }),
      date: details.classes[0]!.nextFree,
    });
    expect(again).toMatchObject({ kept: true });
    await bai.syncs();
    expect(await bai.attention()).toEqual([]);
  });

  test('an answer lost on its way back is asked for again and nothing happens twice', async () => {
    const lin = await world.phone('lin');
    lin.losesNextAnswer = true;
    const id = await lin.keeps(assign, aHomework());
    await lin.syncs();
    expect((await lin.entry(id)).state).toBe('accepted');
    expect((await board()).entries).toHaveLength(1);
  });

  test('a returned homework reaches its author with the reason, is rewritten and signed again', async () => {
    const lin = await world.phone('lin');
    const id = await lin.keeps(
      assign,
      aHomework({ tiers: [{ tier: 'A', content: '全册复习', minutes: 40 }] }),
    );
    const zhao = await world.phone('zhao');
    await zhao.syncs();
    expect((await zhao.sees(itemRecord, id))!.flags).toContain('overMinutes');
    await zhao.keeps(returnItem, { item: id, round: 1, step: 0, reason: '太多了，请减到 15 分钟以内' });
    await lin.syncs();
    expect(await lin.sees(itemRecord, id)).toMatchObject({ state: 'returned' });
    const open = (await lin.lists(taskRecord)).filter(
      (t) => t.body.type === 'homework.rewrite' && t.body.state === 'open',
    );
    expect(open).toHaveLength(1);
    await lin.keeps(revise, {
      item: id,
      round: 1,
      form: 'written',
      tiers: [{ tier: 'A', content: '第 1–6 题', minutes: 12 }],
    });
    await zhao.syncs();
    expect(await zhao.sees(itemRecord, id)).toMatchObject({ state: 'waiting', step: 0, round: 2 });
    await zhao.keeps(sign, { step: 0, items: [{ id, round: 2 }] });
    expect(await zhao.sees(itemRecord, id)).toMatchObject({ step: 1 });
  });

  test('a signature for a round that has changed since does not count', async () => {
    const lin = await world.phone('lin');
    const id = await lin.keeps(assign, aHomework());
    const zhao = await world.phone('zhao');
    await zhao.syncs();
    zhao.goesOffline();
    const late = await zhao.keeps(sign, { step: 0, items: [{ id, round: 1 }] });
    await lin.keeps(revise, {
      item: id,
      round: 1,
      form: 'written',
      tiers: [{ tier: 'A', content: '改了', minutes: 10 }],
    });
    await zhao.comesBack();
    expect(await zhao.entry(late)).toMatchObject({ state: 'refused', code: 'homework.nothingToSign' });
    await lin.syncs();
    expect(await lin.sees(itemRecord, id)).toMatchObject({ step: 0, round: 2 });
  });

  test('nobody signs what is not theirs to sign, and the answer does not tell what exists', async () => {
    const id = await (await world.phone('lin')).keeps(assign, aHomework());
    for (const who of ['mei', 'tang', 'xu', 'he'] as const) {
      const answer = await (await world.phone(who)).does(sign, { step: 1, items: [{ id, round: 1 }] });
      expect(isRefusal(answer) && answer.code).toBe('kernel.notAllowed');
    }
    const mei = await world.phone('mei');
    const foreign = await mei.does(assign, aHomework({ subject: 'math' }));
    const absent = await mei.does(assign, aHomework({ subject: 'math', classes: ['c-1999-9'] }));
    expect(isRefusal(foreign) && foreign.code).toBe('kernel.notFound');
    expect(isRefusal(absent) && absent.code).toBe('kernel.notFound');
  });

  test('a board late by one step is late at that step and nowhere else', async () => {
    const ids = [];
    for (const [who, subject] of [
      ['lin', 'math'],
      ['mei', 'chinese'],
      ['gao', 'english'],
    ] as const)
      ids.push(await (await world.phone(who)).keeps(assign, aHomework({ subject })));
    await world.itIs(TUE, '07:55');
    await signAll('zhao', 0, ids);
    await (await world.phone('song')).syncs();
    await world.itIs(TUE, '08:25');
    await signAll('song', 1, ids);
    await world.itIs(TUE, '09:00');
    expect((await board()).board.state).toBe('late');
    await world.itIs(TUE, '09:40');
    await (await world.phone('qin')).syncs();
    await signAll('qin', 2, ids);
    const late = await board();
    expect(late.entries.every((e) => e.state === 'published' && e.late?.holder === 'vicePrincipal')).toBe(
      true,
    );
    expect(late.entries[0]!.late!.minutes).toMatchObject({ author: 0, groupLeader: 0, dean: 0 });
    const tang = await world.phone('tang');
    await tang.syncs();
    expect(await tang.measure('homework.boardLateByVicePrincipal', 'school', TUE)).toBe(1);
    expect(await tang.measure('homework.boardLateByAuthor', 'school', TUE)).toBe(0);
  });

  test('“nothing today” is an answer too: the board does not wait for it', async () => {
    await (await world.phone('gao')).keeps(excuse, { class: C1, subject: 'english', date: TUE });
    const ids = [];
    for (const [who, subject] of [
      ['lin', 'math'],
      ['mei', 'chinese'],
    ] as const)
      ids.push(await (await world.phone(who)).keeps(assign, aHomework({ subject })));
    await world.itIs(TUE, '07:55');
    await signedByAll(...ids);
    await world.itIs(TUE, '09:00');
    expect((await board()).board.state).toBe('onTime');
  });

  test('a correction after publishing stays visible', async () => {
    const lin = await world.phone('lin');
    const id = await lin.keeps(assign, aHomework());
    await world.itIs(TUE, '07:55');
    await signedByAll(id);
    await world.itIs(TUE, '09:00');
    await lin.syncs();
    await lin.keeps(correct, {
      item: id,
      tiers: [{ tier: 'A', content: '只做 1–3 题', minutes: 6 }],
      reason: '题目偏难',
    });
    const seen = await board('lin');
    expect(seen.entries[0]).toMatchObject({ corrected: true, minutes: 6 });
    const item = await lin.sees(itemRecord, id);
    expect(item!.corrections).toMatchObject([{ reason: '题目偏难', before: [{ minutes: 12 }] }]);
  });

  test('a teacher of other classes sees nothing of this class', async () => {
    await (await world.phone('lin')).keeps(assign, aHomework());
    const he = await world.phone('he');
    await he.syncs();
    expect(await he.lists(itemRecord)).toHaveLength(1);
    expect((await he.lists(classDayRecord)).every((d) => d.body.class === C1)).toBe(true);
    // zhao leads the group, so the item is theirs to sign; the class-days of the grade are on their phone for the meter.
    expect(await (await world.phone('xu')).lists(itemRecord)).toHaveLength(1);
  });

  test('after a busy morning every number equals its rebuild from the records', async () => {
    const ids: string[] = [];
    for (const [who, subject] of [
      ['lin', 'math'],
      ['mei', 'chinese'],
      ['gao', 'english'],
      ['bai', 'history'],
    ] as const) {
      const answer = await (
        await world.phone(who)
      ).does(assign, aHomework({ subject, classes: subject === 'english' ? [C1] : [C1, C2] }));
      if (!isRefusal(answer)) ids.push(answer.id);
    }
    await world.itIs(TUE, '07:55');
    await signedByAll(...ids.slice(0, 2));
    await world.itIs(TUE, '09:00');
    await world.itIs(TUE, '09:30');
    await signedByAll(...ids.slice(2));
    const stored = await world.storedMeasures();
    expect([...stored].sort()).toEqual([...(await world.rebuiltMeasures())].sort());
    expect(stored.get(`homework.itemsPublished|school|${TUE}`)).toBeGreaterThan(3);
  });
});
