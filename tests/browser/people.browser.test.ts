import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { accessRecord } from '@kernel/shared/kernel-records';
import { classRecord, holderOn, personRecord, serviceRecord } from '@modules/org';
import { C1, C2 } from '../support/small-school';
import { barriers, overflow } from './support/look';
import type { Phone } from './support/phone';
import { SmallSchool } from './support/small-school-site';
import { until } from './support/until';

const MON = '2026-11-23';
/** Where a picture goes when somebody wants to look: `PICTURES=folder`. */
const pictures = process.env['PICTURES'];

/** The administrator changes who does what, on a phone, also without a network (built app, built server). */
describe('people over time', () => {
  let school: SmallSchool;
  let xu: Phone;
  let lin: Phone;

  const looksRight = async (name: string): Promise<void> => {
    if (pictures) await xu.page.screenshot({ path: `${pictures}/${name}.png` });
    expect(await overflow(xu.page)).toEqual([]);
    expect(await barriers(xu.page)).toEqual([]);
  };
  const shows = async (name: string): Promise<void> => {
    await xu.opens('/people');
    await xu.page.getByLabel('找人').fill(name);
    await xu.tap(xu.page.getByRole('button', { name: new RegExp(`^${name}`) }));
    await xu.page.getByRole('heading', { name: '分工' }).waitFor();
  };
  const teachers = async (cls: string): Promise<string[]> => {
    const body = await school.holds(classRecord, cls);
    return (body?.teachings ?? [])
      .filter((t) => t.subject === 'math' && holderOn([t], MON) !== null)
      .map((t) => t.person);
  };

  beforeAll(async () => {
    school = await SmallSchool.opens(MON, '16:30');
    xu = await school.phone('xu');
    lin = await school.phone('lin');
  });
  afterEach(async (test) => school.checks(test));
  afterAll(() => school?.closes());

  test('hands over two classes in five taps, without a network, and the teachers’ phones follow', async () => {
    await lin.opens('/');
    await lin
      .text(/七\(1\)班/)
      .first()
      .waitFor();
    await shows('林老师');
    await looksRight('people-1-sheet');
    await xu.goesOffline();
    await xu.tap(xu.page.getByRole('button', { name: /^数学 · 七\(1\)班、七\(2\)班/ }));
    await looksRight('people-2-hand-over');
    await xu.tap(xu.chip('赵组长'));
    await looksRight('people-3-chosen');
    await xu.tap(xu.button('交给赵组长'));
    await xu.text('已交给赵组长，从今天起').waitFor();
    await xu.text('还没有分工').waitFor();
    expect(await teachers(C1)).toEqual(['lin']);
    await xu.comesBack();
    await until(() => teachers(C1), ['zhao']);
    await until(() => teachers(C2), ['zhao']);
    await school.jobsRun();
    await until(async () => (await lin.page.getByText('七(1)班').count()) === 0, true);
  });

  test('gives a deputy dean a week', async () => {
    await shows('高老师');
    await xu.tap(xu.button('加分工'));
    await xu.tap(xu.chip('其他职务'));
    await xu.tap(xu.chip('教务主任'));
    await xu.tap(xu.chip('到某一天'));
    await xu.page.getByLabel('最后一天').fill('2026-11-27');
    await looksRight('people-4-deputy');
    await xu.tap(xu.button('保存'));
    await xu.text('高老师的新分工已记下，今天到 11月27日 周五').waitFor();
    await until(
      async () => (await school.holds(serviceRecord, 'gao'))?.roles,
      [{ role: 'dean', grade: null, from: MON, to: '2026-11-27' }],
    );
    await xu.text('到 11月27日 周五为止').waitFor();
    await looksRight('people-5-given');
  });

  test('a teacher goes on leave, and another leaves the school', async () => {
    await shows('梅老师');
    await xu.tap(xu.button('请假或离校'));
    await xu.tap(xu.chip('暂时不在'));
    await xu.tap(xu.button('产假'));
    await looksRight('people-6-away');
    await xu.tap(xu.button('保存'));
    await xu.text('不在岗：产假').waitFor();
    await looksRight('people-7-is-away');
    await until(async () => (await school.holds(personRecord, 'mei'))?.onLeave, true);

    await shows('白老师');
    await xu.tap(xu.button('请假或离校'));
    await xu.tap(xu.chip('离开本校'));
    await looksRight('people-8-leaves');
    await xu.tap(xu.button('保存'));
    await xu.text('在校到 11月23日 周一').first().waitFor();
    await until(async () => (await school.holds(accessRecord, 'bai'))?.until, MON);
  });

  test('adds somebody, who can be found and given something', async () => {
    await xu.opens('/people');
    await xu.tap(xu.button('加人'));
    await xu.page.getByLabel('姓名').fill('郑新生');
    await xu.page.getByLabel('拼音').fill('zheng xin sheng');
    await looksRight('people-9-new');
    await xu.tap(xu.button('加进名册'));
    await xu.text('郑新生已加进名册').waitFor();
    await xu.page.getByLabel('找人').fill('zxs');
    await xu.tap(xu.page.getByRole('button', { name: /^郑新生/ }));
    await xu.text('还没有分工').waitFor();
    await xu.tap(xu.button('加分工'));
    await xu.tap(xu.page.getByRole('dialog').last().locator('.q-chips label', { hasText: '班主任' }));
    await xu.tap(xu.chip('七年级'));
    await xu.tap(xu.chip('七(2)班'));
    await looksRight('people-10-give');
    await xu.tap(xu.button('保存'));
    await xu.text('班主任 · 七(2)班').waitFor();
  });

  test('a sheet opened the moment another closes stays, and the back button closes it and nothing else', async () => {
    await xu.opens('/');
    await xu.opens('/people');
    await xu.tap(xu.button('加人'));
    await xu.page.getByRole('dialog').waitFor();
    // Between the two taps the page has closed the sheet, and the browser has not gone back yet.
    await xu.page.evaluate(async () => {
      const button = (words: string) =>
        [...document.querySelectorAll('button')].find((b) => b.textContent?.trim() === words)!;
      button('关闭').click();
      await Promise.resolve();
      button('加人').click();
    });
    const named = xu.page.getByLabel('姓名');
    await named.waitFor();
    const entries = () => xu.page.evaluate(() => (history.state as { sheet?: string }).sheet !== undefined);
    await until(entries, true);
    await named.fill('郑新生');
    await xu.page.goBack();
    await named.waitFor({ state: 'detached' });
    expect(await entries()).toBe(false);
    await xu.page.getByRole('heading', { level: 1, name: '人员' }).waitFor();
    await xu.page.goBack();
    await xu.page.getByRole('heading', { level: 1, name: '今日' }).waitFor();
  });

  test('says in words why nobody gives oneself a right', async () => {
    await shows('许管理员');
    await xu.tap(xu.button('加分工'));
    await xu.tap(xu.chip('其他职务'));
    await xu.tap(xu.chip('教务主任'));
    await xu.tap(xu.button('保存'));
    await xu.text('自己的权限要由另一位管理员来改').waitFor();
    await looksRight('people-11-not-oneself');
  });

  test('whoever has left signs in to their own work, and to nothing of the school', async () => {
    await school.assigns('hua', 'biology', '2026-11-24');
    await school.acts('xu', 'org.v1.leave', { person: 'hua', last: '2026-11-22' });
    const hua = await school.phone('hua');
    if (pictures) await hua.page.screenshot({ path: `${pictures}/people-12-left.png` });
    expect(await overflow(hua.page)).toEqual([]);
    await hua.tap(hua.tab('作业'));
    await hua.text(/七\(1\)班、七\(2\)班 生物/).waitFor();
    expect(await hua.page.getByText('新作业').count()).toBe(0);
    if (pictures) await hua.page.screenshot({ path: `${pictures}/people-14-left-mine.png` });
    await hua.tap(hua.link(/生物/));
    await hua.text('练习册第 32 页 1–6 题').waitFor();
    expect(await hua.page.getByText('撤回').count()).toBe(0);
    if (pictures) await hua.page.screenshot({ path: `${pictures}/people-15-left-item.png` });
    await hua.opens('/me');
    await hua.text('华老师').waitFor();
    if (pictures) await hua.page.screenshot({ path: `${pictures}/people-13-left-me.png` });
    for (const closed of ['人员', '班级名册', '校历', '护学岗值班表'])
      expect(await hua.page.getByText(closed, { exact: true }).count(), closed).toBe(0);
  });
});
