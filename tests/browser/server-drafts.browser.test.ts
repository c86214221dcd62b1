import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { C2 } from '../support/small-school';
import type { Phone } from './support/phone';
import { SmallSchool } from './support/small-school-site';
import { until } from './support/until';

const MON = '2026-11-23';
const FORM = `/homework/new?class=${C2}&subject=math&date=2026-11-24`;
const DESK = { viewport: { width: 1440, height: 900 }, hasTouch: true };
const KEPT = '草稿也存在学校服务器，换设备可以接着写。';
const START =
  '练习册第 34 页第 1 至 8 题，先画线段图再列式，写清楚每一步的理由，最后用一句完整的话作答。' +
  '做完以后对照例题检查单位和答句，错的用红笔订正在原题右边，明天早读前交给小组长。';
const PHONE = '第 9 题选做，把自己的想法讲给同桌听。';
const AT_DESK = '第 10 题改成小组讨论，周四课上交流。';

/** Where a picture goes when somebody wants to look: `PICTURES=folder`. */
const pictures = process.env['PICTURES'];

/** A teacher begins on the phone, goes on at the desk, and once on both (built app, built server). */
describe('a long text on two devices', () => {
  let school: SmallSchool;
  let phone: Phone;
  let desk: Phone;
  const devices = (): Phone[] => [phone, desk].filter((d) => d !== undefined);
  const field = (on: Phone) => on.page.getByLabel('A 基础 作业内容');
  const written = (on: Phone) => field(on).inputValue();
  const onServer = async (): Promise<string | undefined> => {
    const { db } = school.site.served.kernel.store;
    const row = await db.selectFrom('draft').select('body').where('person', '=', 'lin').executeTakeFirst();
    const body = JSON.parse(row?.body ?? 'null') as { tiers: { content: string }[] } | null;
    return body?.tiers[0]?.content;
  };
  const look = async (on: Phone, name: string): Promise<void> => {
    if (pictures) await on.page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
  };

  beforeAll(async () => {
    school = await SmallSchool.opens(MON, '16:30');
    phone = await school.newPhone('lin');
    desk = await school.newPhone('lin', DESK);
  });
  afterEach(async (test) => {
    await school.checks(test);
    expect(devices().flatMap((d) => d.complaints)).toEqual([]);
  });
  afterAll(() => school?.closes());

  test('goes on at the desk where the phone left it', async () => {
    await phone.opens(FORM);
    await field(phone).fill(START);
    await phone.text(KEPT).waitFor();
    await look(phone, 'draft-1-kept');
    await desk.opens(FORM);
    await until(() => written(desk), START);
    await desk.text(KEPT).waitFor();
    await look(desk, 'draft-2-desk');
  });

  test('written further on both is kept twice, and the person says which', async () => {
    await phone.goesOffline();
    await field(phone).fill(START + PHONE);
    await field(desk).fill(START + AT_DESK);
    await desk.opens('/homework/mine');
    await until(onServer, START + AT_DESK);
    await phone.comesBack();

    // The phone keeps what is being written on it and offers the other one.
    await phone.text('还有另一份没写完的，两份都留着').waitFor();
    expect(await written(phone)).toBe(START + PHONE);
    await look(phone, 'draft-3-two');
    await phone.tap(phone.button('换成那一份'));
    await until(() => written(phone), START + AT_DESK);
    await look(phone, 'draft-4-swapped');
    await phone.tap(phone.button('换成那一份'));
    await until(() => written(phone), START + PHONE);
    await phone.tap(phone.button('那份不要了'));
    await phone.text('还有另一份没写完的').waitFor({ state: 'detached' });
    // What was decided here is what the desk opens with.
    await phone.opens('/');
    await until(onServer, START + PHONE);
    await desk.opens(FORM);
    await until(() => written(desk), START + PHONE);
  });

  test('handed in at the desk is gone from the phone', async () => {
    await desk.tap(desk.button('布置'));
    await desk.text(/已存本机：布置 七\(2\)班 数学作业/).waitFor();
    await until(onServer, undefined);
    await phone.opens(FORM);
    await until(() => written(phone), '');
    expect(await phone.page.getByText('还有另一份').count()).toBe(0);
  });
});
