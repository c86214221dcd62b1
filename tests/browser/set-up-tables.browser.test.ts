import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { classRecord, contactRecord, personRecord } from '@modules/org';
import { HandClock } from '../support/clock';
import { book } from '../org/town-school';
import { openBrowser } from './support/browser';
import { Phone } from './support/phone';
import { picture } from './support/picture';
import { openSite, type Site } from './support/site';

const HEAD = ['姓名', '任教学科', '任教班级', '班主任', '电话', '手机', '备注'];
/** Two grades in two sheets: one whose phone column stands twice, one whose heading nobody knows, and a cover. */
const ROSTER = book([
  { name: '封面', rows: [['青河县第一初级中学'], ['教职工花名册']] },
  {
    name: '七年级',
    rows: [
      ['七年级任课教师'],
      HEAD,
      ['赵晓东', '语文', '1班', '1班', '0851-1234567', '13800000001', ''],
      ['钱晓南', '科技', '1、2班', '', '', '13800000002', '代孙老师产假'],
    ],
  },
  {
    name: '八年级',
    rows: [
      ['教职工', '教什么', '带哪些班', '联系', '职务'],
      ['李晓北', '数学', '八1班', '13800000003', ''],
      ['周晓东', '英语', '八1班', '13800000004', '教务主任'],
    ],
  },
  { name: '旧名单', rows: [HEAD, ['吴某', '语文', '七1班', '', '', '13800000009', '']], hidden: true },
]);

describe('tables read wrongly are put right on the phone', () => {
  let site: Site;
  let browser: Browser;
  let phone: Phone;
  beforeAll(async () => {
    [site, browser] = await Promise.all([openSite(new HandClock('2026-11-23', '14:10')), openBrowser()]);
    phone = await Phone.out(browser, site.url);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await picture(phone.page, task.name);
  });
  afterAll(async () => {
    await phone?.isPutAway();
    await browser?.close();
    await site?.close();
  });
  const means = async (column: RegExp, meaning: string): Promise<void> => {
    await phone.page.getByRole('dialog').getByLabel(column).selectOption({ label: meaning });
  };
  /** A sheet is closed when its step is off the history again: another opened before that would be taken for it. */
  const closes = async (): Promise<void> => {
    await phone.tap(phone.button('读得对'));
    await phone.page.waitForFunction(() => !(history.state as { sheet?: string } | null)?.sheet);
  };
  const chip = (words: string) =>
    phone.page.locator('label.chip').filter({ hasText: new RegExp(`^\\s*${words}`) });

  test('a sheet is named, columns are given their meaning, every doubt is answered, and the school stands', async () => {
    const { page } = phone;
    await phone.opens('/setup');
    await phone.types('建校口令', site.served.setUpCode ?? '');
    await phone.types('学校名称', '青河县第一初级中学');
    await phone.tap(phone.button('下一步：上传表格'));
    const file = { name: '花名册.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from(ROSTER) };
    await page.locator('.q-file input[type="file"]').first().setInputFiles(file);
    await phone.tap(phone.button('读表格并核对'));

    await phone.text('没有认出这是什么表，还没有读').waitFor();
    await phone.tap(phone.button('告诉它怎么读'));
    await phone.tap(chip('教职工花名册'));
    await phone.tap(chip('第 1 行'));
    await phone.tap(phone.button('按这样读'));
    await page.getByLabel(/^B 教什么/).waitFor();
    await means(/^A 教职工/, '姓名');
    await means(/^B 教什么/, '任教学科');
    await means(/^C 带哪些班/, '任教班级');
    await means(/^D 联系/, '联系电话');
    await phone.tap(phone.button('按这样读'));
    await closes();

    // The other sheet has two columns of telephones: nobody can know which one is meant.
    await phone.text(/列名“手机”出现了两次/).waitFor();
    await phone.tap(page.getByRole('button', { name: /七年级（花名册.xlsx）/ }));
    await means(/^F 手机/, '联系电话');
    await phone.tap(phone.button('按这样读'));
    await closes();

    await phone.text('读出来这些，请看对不对').waitFor();
    await phone.text('工作表“旧名单”在文件里是隐藏的').waitFor();
    expect(await page.getByText('还有 2 个问题没答').isVisible()).toBe(true);
    await phone.tap(chip('科学'));
    await phone.tap(chip('在岗'));
    await phone.tap(phone.button('都对，下一步'));
    await phone.tap(chip('不在花名册里'));
    await phone.types('姓名', '管理员');
    await phone.types('管理员账号', 'admin.qinghe');
    await phone.types('密码', '清河边的第一所学校');
    await phone.tap(phone.button(/^建立“/));
    await page.getByRole('heading', { level: 1, name: '今日' }).waitFor({ timeout: 60_000 });

    const { kernel } = site.served;
    const [school] = await kernel.store.schools();
    const view = kernel.view(school!);
    const people = new Map((await view.list(personRecord)).map((p) => [p.id, p.body]));
    expect([...people.values()].map((p) => `${p.name} ${p.subject} ${p.onLeave}`).sort()).toEqual([
      '周晓东 english false',
      '李晓北 math false',
      '管理员 null false',
      '赵晓东 chinese false',
      '钱晓南 science false',
    ]);
    expect((await view.list(contactRecord)).map((c) => c.body.phone).sort()).toEqual([
      '13800000001',
      '13800000002',
      '13800000003',
      '13800000004',
    ]);
    const classes = await view.list(classRecord);
    expect(
      classes.map((c) => `${c.body.name} ${people.get(c.body.heads[0]?.person ?? '')?.name ?? ''}`).sort(),
    ).toEqual(['七(1)班 赵晓东', '七(2)班 ', '八(1)班 ']);
    expect([...phone.complaints, ...site.errors]).toEqual([]);
  });
});
