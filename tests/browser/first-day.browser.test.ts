import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { classDayId, classDayRecord } from '@modules/homework';
import { C1, C2 } from '../support/small-school';
import type { Phone } from './support/phone';
import { SmallSchool } from './support/small-school-site';
import { until } from './support/until';

const FRI = '2026-11-20';
const MON = '2026-11-23';
const TUE = '2026-11-24';
const WED = '2026-11-25';
const THU = '2026-11-26';

/**
 * The acceptance journey at 390 × 844, on the built app and the built server: from a teacher without a network on Monday
 * afternoon to the board on Tuesday at nine. The tests are chapters of one story: each begins where the one before ended.
 */
describe('the first working day', () => {
  let school: SmallSchool;

  beforeAll(async () => {
    school = await SmallSchool.opens(FRI, '16:30');
    const friday: string[] = [];
    for (const [who, subject] of [
      ['lin', 'math'],
      ['mei', 'chinese'],
      ['gao', 'english'],
    ] as const)
      friday.push(await school.assigns(who, subject, MON));
    await school.allSign(...friday);
    await school.itIs(MON, '09:00');
    await school.itIs(MON, '16:30');
  });
  // A chapter makes no sense without the one before: what follows a failure fails at once instead of slowly.
  let broken = false;
  beforeEach(() => expect(broken, 'an earlier chapter failed').toBe(false));
  afterEach(async (test) => {
    broken ||= test.task.result?.state === 'fail';
    await school.checks(test);
  });
  afterAll(() => school?.closes());

  test('a teacher goes offline and reloads, and the app opens as if nothing were missing', async () => {
    const lin = await school.phone('lin');
    await lin.isKept();
    await lin.goesOffline();
    await lin.reloads();
    await lin.page.getByRole('heading', { level: 1, name: '今日' }).waitFor();
    await lin.delivery.filter({ hasText: '离线' }).waitFor();
    await lin.card('布置 七(1)班 数学作业', '11月24日 周二').waitFor();
  });

  test('offline, the same homework again costs two taps (J1)', async () => {
    const lin = await school.phone('lin');
    const taps = await lin.counts(async () => {
      const card = lin.card('布置 七(1)班 数学作业', '11月24日 周二');
      await lin.tap(lin.button('同上次', card));
      await lin.tap(lin.button('布置', card));
    });
    await lin.text('已存本机：布置 七(1)班 数学作业').waitFor();
    await lin.delivery.filter({ hasText: '离线，已存本机，1 条待上传' }).waitFor();
    expect(taps).toBeLessThanOrEqual(2);
  });

  test('offline, a new homework in two tiers for two classes costs eight taps at most (J2)', async () => {
    const lin = await school.phone('lin');
    const taps = await lin.counts(async () => {
      await lin.tap(lin.link('新作业', lin.card('布置 七(2)班 数学作业', '11月24日 周二')));
      await lin.tap(lin.chip('七(1)班'));
      await lin.tap(lin.chip('11月25日'));
      await lin.tap(lin.page.getByLabel('A 基础 作业内容'));
      await lin.page.keyboard.type('练习册第 34 页 1–4 题');
      await lin.tap(lin.button(/加一层/));
      // The new tier is ready to be written: no tap is needed to begin.
      await lin.page.keyboard.type('第 34 页第 5 题，写出两种解法');
      await lin.tap(lin.button('布置'));
    });
    await lin.delivery.filter({ hasText: '离线，已存本机，2 条待上传' }).waitFor();
    expect(taps).toBeLessThanOrEqual(8);
  });

  test('back online everything is delivered by itself, with the words the teacher wrote', async () => {
    const lin = await school.phone('lin');
    await lin.comesBack();
    await lin.delivered();
    const tue = await school.holds(classDayRecord, classDayId(C1, TUE));
    const wed = await school.holds(classDayRecord, classDayId(C1, WED));
    expect(tue?.entries.map((e) => e.subject)).toEqual(['math']);
    expect(wed?.entries.map((e) => e.subject)).toEqual(['math']);
    await lin.text('已送达，待备课组长审签').waitFor();
  });

  test('on Tuesday morning the head teacher sees what is lacking and whose it is, without a tap (J4)', async () => {
    await school.assigns('mei', 'chinese', TUE);
    await school.itIs(TUE, '07:55');
    const he = await school.phone('he');
    const board = he.card('七(1)班 今天的公示栏');
    const taps = await he.counts(async () => {
      await board.getByText('还缺 3 科，09:00 公示').waitFor();
      await board.getByText('高老师还没布置').waitFor();
      await board.getByText('待备课组长审签').first().waitFor();
      await board.getByText('梅老师').waitFor();
    });
    expect(taps).toBe(0);
    await school.assigns('gao', 'english', TUE);
  });

  test.each([
    ['the group leader', 'zhao'],
    ['the dean', 'song'],
    ['the vice principal', 'qin'],
  ] as const)('%s signs everything that obeys the rules in two taps (J3)', async (_, who) => {
    const phone = await school.phone(who);
    const taps = await phone.counts(async () => {
      // Tuesday’s three and the one for Wednesday.
      await phone.tap(phone.button('签 4 份'));
      await phone.tap(phone.button('确认签 4 份'));
    });
    await phone.text('已存本机：签 4 份').waitFor();
    await phone.delivered();
    expect(taps).toBeLessThanOrEqual(2);
  });

  test('the board of the head teacher has filled meanwhile, without a tap or a reload', async () => {
    const he = await school.phone('he');
    await he.card('七(1)班 今天的公示栏').getByText('齐了，09:00 自动公示').waitFor();
    expect(he.taps).toBe(0);
  });

  test('the administrator’s open week changes at nine o’clock without a reload', async () => {
    const xu = await school.phone('xu');
    await xu.tap(xu.tab('本周'));
    const row = xu.page.getByRole('row', { name: /七\(1\)班/ });
    await row.getByText('未到时').waitFor();
    expect(await row.getByText('按时').count()).toBe(1);
    await school.itIs(TUE, '09:00');
    await row.getByText('按时').nth(1).waitFor();
    expect(await row.getByText('未到时').count()).toBe(0);
  });

  test('the principal opens the week in one tap and reads what needs a person (J9)', async () => {
    await school.itIs(TUE, '09:10');
    const tang = await school.phone('tang');
    const taps = await tang.counts(async () => {
      await tang.tap(tang.tab('本周'));
      await tang.page.getByRole('heading', { level: 1, name: '本周' }).waitFor();
      await tang.page.getByRole('link', { name: /班次过时还缺作业/ }).waitFor();
    });
    expect(taps).toBeLessThanOrEqual(1);
    // Opened and exported: two taps.
    const file = tang.page.waitForEvent('download');
    await tang.tap(tang.button('导出'));
    const saved = await (await file).path();
    const table = readFileSync(saved, 'utf8');
    expect(table).toContain('七(1)班,');
    expect(table).toContain('班次过时还缺作业');
  });

  test('a fourth subject for the same class and day is refused on the phone already, with a way out that works', async () => {
    await school.assigns('mei', 'chinese', WED, { classes: [C1] });
    await school.assigns('gao', 'english', WED, { classes: [C1] });
    const bai = await school.phone('bai');
    await bai.tap(bai.tab('作业'));
    await bai.tap(bai.link('新作业'));
    await bai.tap(bai.chip('七(1)班'));
    await bai.tap(bai.page.getByLabel('A 基础 作业内容'));
    await bai.page.keyboard.type('第五单元时间轴');
    await bai.text('七(1)班 当天的书面作业名额满了').waitFor();
    await bai.tap(bai.button('布置'));
    expect((await school.holds(classDayRecord, classDayId(C1, WED)))?.entries).toHaveLength(3);
    await bai.tap(bai.button('改到 11月26日 周四'));
    await bai.tap(bai.button('布置'));
    await bai.delivered();
    await until(
      async () => (await school.holds(classDayRecord, classDayId(C1, THU)))?.entries.map((e) => e.subject),
      ['history'],
    );
  });

  test('two phones without a network claim the last place: the server’s first has it, the other learns why', async () => {
    await school.assigns('mei', 'chinese', WED, { classes: [C2] });
    const bai = await school.phone('bai');
    const hua = await school.phone('hua');
    for (const phone of [bai, hua]) {
      await phone.isKept();
      await phone.opens('/homework/mine');
      await phone.delivered();
      await phone.goesOffline();
      await phone.tap(phone.link('新作业'));
      await phone.page.getByLabel('A 基础 作业内容').fill('预习下一课，划出三个问题');
      await chooseOnly(phone, '七(2)班', ['七(1)班']);
      await phone.tap(phone.button('布置'));
      await phone.delivery.filter({ hasText: '离线，已存本机，1 条待上传' }).waitFor();
    }
    await hua.comesBack();
    await hua.delivered();
    await bai.comesBack();
    await bai.delivery.filter({ hasText: '1 条需要处理' }).waitFor();
    const placed = (await school.holds(classDayRecord, classDayId(C2, WED)))?.entries.map((e) => e.subject);
    expect(placed).toEqual(['math', 'chinese', 'biology']);
  });

  test('from the queue the refused one finds its reason and is mended in three taps (J12)', async () => {
    const bai = await school.phone('bai');
    const taps = await bai.counts(async () => {
      await bai.tap(bai.delivery);
      await bai.text('七(2)班 当天的书面作业名额满了').waitFor();
      await bai.tap(bai.link('修改'));
      await bai.tap(bai.button('改到 11月26日 周四，再交一次'));
    });
    await bai.delivered();
    expect(taps).toBeLessThanOrEqual(3);
    await until(
      async () => (await school.holds(classDayRecord, classDayId(C2, THU)))?.entries.map((e) => e.subject),
      ['history'],
    );
  });

  test.each(['bai', 'hua', 'tang'] as const)(
    'it has ended the same on every phone: %s’s too',
    async (who) => {
      const phone = await school.phone(who);
      await phone.opens(`/homework/board/${C2}/${WED}`);
      await phone.delivered();
      const board = phone.page.locator('main');
      await board.getByText('生物').first().waitFor();
      expect(await board.getByText('历史').count()).toBe(0);
      await phone.opens(`/homework/board/${C2}/${THU}`);
      await board.getByText('历史').first().waitFor();
    },
  );
});

/** Exactly this class, whatever the form remembered from last time. */
async function chooseOnly(phone: Phone, wanted: string, others: readonly string[]): Promise<void> {
  for (const [name, on] of [[wanted, true], ...others.map((o) => [o, false] as const)] as const)
    if ((await phone.page.getByRole('checkbox', { name }).isChecked()) !== on)
      await phone.tap(phone.chip(name));
}
