import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { personRecord } from '@modules/org';
import { HandClock } from '../support/clock';
import { openBrowser } from './support/browser';
import { Phone } from './support/phone';
import { picture } from './support/picture';
import { openSite, type Site } from './support/site';

const FILES = fileURLToPath(new URL('../../src/modules/org/server/example/', import.meta.url));
const ANSWERS = JSON.parse(readFileSync(`${FILES}answers.json`, 'utf8')) as Record<string, string>;
/** Building a school of a hundred people reads three files and writes a thousand records. */
const BUILDING_MS = 60_000;

describe('the first visit', () => {
  let site: Site;
  let browser: Browser;
  const phones: Phone[] = [];
  const newPhone = async (): Promise<Phone> => {
    const phone = await Phone.out(browser, site.url);
    phones.push(phone);
    return phone;
  };

  beforeAll(async () => {
    [site, browser] = await Promise.all([openSite(new HandClock('2026-11-23', '14:10')), openBrowser()]);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail')
      for (const [i, phone] of phones.entries()) await picture(phone.page, `${task.name}-${i}`);
    const said = phones.flatMap((phone) => phone.complaints.splice(0));
    for (const phone of phones.splice(0)) await phone.isPutAway();
    expect([...said, ...site.errors]).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  test('whoever opens the address for the first time is shown the two doors', async () => {
    const phone = await newPhone();
    await phone.opens('/');
    await phone.link(/打开示例学校/).waitFor();
    await phone.link(/建立我的学校/).waitFor();
    expect(new URL(phone.page.url()).pathname).toBe('/welcome');
  });

  test('the example school is entered in two taps, and there is something to do', async () => {
    const phone = await newPhone();
    await phone.opens('/welcome');
    const taps = await phone.counts(async () => {
      await phone.tap(phone.link(/打开示例学校/));
      await phone.text('选一个身份进去看看').waitFor({ timeout: BUILDING_MS });
      await phone.tap(phone.button(/任课教师/));
    });
    await phone.page.getByRole('heading', { level: 1, name: '今日' }).waitFor();
    await phone.page.getByText('示例学校', { exact: true }).first().waitFor();
    await phone.page.locator('.q-card').filter({ hasText: '布置' }).first().waitFor();
    expect(taps).toBe(2);
  });

  test('every role of the example opens its own page', async () => {
    const phone = await newPhone();
    for (const [role, sees] of [
      ['班主任', /今天的公示栏/],
      ['备课组长', /审签作业（备课组长）/],
      ['教务主任', /审签作业（教务主任）/],
      ['副校长', /审签作业（副校长）/],
      ['年级主管', /今天各班的公示栏/],
      ['校长', /本周公示/],
    ] as const) {
      await phone.opens('/example');
      await phone.tap(phone.button(new RegExp(`^${role} ·`)));
      await phone.page.getByRole('heading', { name: sees }).first().waitFor();
    }
  });

  test('a school is set up from its own three files in at most twenty taps (J10)', async () => {
    const phone = await newPhone();
    const { page } = phone;
    // Scanned from the server's own window.
    await phone.opens(`/welcome#${site.served.setUpCode}`);
    const taps = await phone.counts(async () => {
      await phone.tap(phone.link(/建立我的学校/));
      // Came with the link, and can still be put right.
      expect(await page.getByLabel('建校口令').inputValue()).toBe(site.served.setUpCode);
      await phone.tap(page.getByLabel('学校名称'));
      await page.keyboard.type('青河县第一初级中学');
      // Offered by this computer’s own date, which the story does not wind.
      await phone.types('学期开始', '2026-09-01');
      await phone.types('学期结束', '2027-01-29');
      await phone.tap(phone.button('下一步：上传表格'));

      for (const [label, file] of [
        ['教职工花名册', 'roster'],
        ['总课表', 'timetable'],
        ['护学岗值班表', 'duty-table'],
      ] as const) {
        const chosen = page.waitForEvent('filechooser');
        await phone.tap(page.locator('.q-file').filter({ hasText: label }));
        await (await chosen).setFiles(`${FILES}${file}.xlsx`);
      }
      await phone.tap(phone.button('读表格并核对'));

      await phone.text('读出来这些，请看对不对').waitFor();
      const counts = page.locator('.counts');
      await counts.getByText('100', { exact: true }).waitFor();
      await counts.getByText('24', { exact: true }).first().waitFor();
      await page
        .getByRole('region', { name: '没读进去的' })
        .getByText(/roster\.xlsx/)
        .first()
        .waitFor();
      await page.getByRole('region', { name: '供您知道的' }).waitFor();

      await phone.button(`还有 ${Object.keys(ANSWERS).length} 个问题没答`).waitFor();
      for (const [id, answer] of Object.entries(ANSWERS)) {
        const [, name, cell] = id.split(':');
        const question = page
          .locator('fieldset')
          .filter({ hasText: name! })
          .filter({ hasText: `（${cell}）` });
        await phone.tap(question.locator('label').filter({ hasText: answer }));
      }
      await phone.tap(phone.button('都对，下一步'));

      await phone.tap(page.locator('fieldset').filter({ hasText: '谁来管理' }).locator('label').first());
      await phone.tap(page.getByLabel('管理员账号'));
      await page.keyboard.type('admin.qinghe');
      await phone.tap(page.getByLabel('密码', { exact: true }));
      await page.keyboard.type('清河边的第一所学校');
      await phone.tap(phone.button('建立“青河县第一初级中学”'));
    });
    await page.getByRole('heading', { level: 1, name: '今日' }).waitFor({ timeout: BUILDING_MS });
    await page.getByText('青河县第一初级中学').first().waitFor();
    await phone.delivered();
    await phone.tap(phone.tab('我的'));
    await page
      .getByText(/学校管理员/)
      .first()
      .waitFor();
    expect(taps).toBeLessThanOrEqual(20);
  });

  test('an administrator gives a teacher a code, and the teacher opens an account with it on another phone', async () => {
    const admin = await newPhone();
    await admin.signsIn('admin.qinghe', '清河边的第一所学校');
    await admin.opens('/people');
    await admin.page.getByPlaceholder(/姓名、拼音或首字母/).fill('zxs');
    await admin.tap(admin.button(/郑新生/));
    await admin.tap(admin.button('发放激活码'));
    const code = (await admin.page.locator('.code').innerText()).trim();
    expect(code).toMatch(/^[2-9A-Z]{5}-[2-9A-Z]{5}$/);

    const teacher = await newPhone();
    // As the QR on the slip opens it.
    await teacher.opens(`/activate#${code}`);
    await teacher.types('账号', 'zheng.xinsheng');
    await teacher.types('密码', '我教七年级三班的数学');
    await teacher.tap(teacher.button('开通并进入'));
    await teacher.page.getByRole('heading', { level: 1, name: '今日' }).waitFor();
    await teacher.delivered();
    await teacher.tap(teacher.tab('我的'));
    await teacher.page.getByRole('heading', { level: 1, name: '郑新生' }).waitFor();

    const late = await newPhone();
    await late.opens(`/activate#${code}`);
    await late.text('激活码不对、已用过或已过期').waitFor();
    // The browser itself notes every 404.
    late.complaints.length = 0;

    // The phone is lost: a new code, a new password chosen by its owner, and the lost phone is out.
    await admin.opens('/people');
    await admin.types('找人', '郑新生');
    await admin.tap(admin.button(/郑新生/));
    await admin.tap(admin.button('发放激活码'));
    await admin.text('郑新生 老师 · 重设密码').waitFor();
    const second = (await admin.page.locator('.code').innerText()).trim();
    await late.opens(`/activate#${second}`);
    await late.text('zheng.xinsheng').waitFor();
    await late.types('新密码', '换了一部新的手机');
    await late.tap(late.button('设好并进入'));
    await late.page.getByRole('heading', { level: 1, name: '今日' }).waitFor();
    await teacher.opens('/');
    await teacher
      .text(/请重新登录/)
      .first()
      .waitFor();
    teacher.complaints.length = 0;

    // What the owner sees of it, and a password changed by hand.
    await late.opens('/account');
    await late.text('就是这一台').waitFor();
    expect(await late.page.getByRole('button', { name: '退出', exact: true }).count()).toBe(0);
    await late.types('现在的密码', 'not this one');
    await late.types('新密码', '再换一个新的密码');
    await late.tap(late.button('改密码，其他设备都退出'));
    await late.text('现在的密码不对，没有改动').waitFor();
    late.complaints.length = 0;
    await late.types('现在的密码', '换了一部新的手机');
    await late.tap(late.button('改密码，其他设备都退出'));
    await late.text('密码已改好，其他设备都已退出').waitFor();
    await late.opens('/');
    await late.delivered();
  });

  test('nobody of a real school can be entered by choosing a role', async () => {
    const { kernel } = site.served;
    const real = (await kernel.store.schools()).find((s) => !s.example)!;
    const people = await kernel.view(real).list(personRecord);
    expect(people.length).toBeGreaterThanOrEqual(100);
    const outcomes = new Set<string>();
    for (const { id } of people) {
      const answer = await fetch(`${site.url}/api/example/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-qing': '1', origin: site.url },
        body: JSON.stringify({ person: id }),
      });
      // Both schools come from the same files: an id may be a role of the example, and then that is where it leads.
      const body = (await answer.json()) as { school?: { id: string; example: boolean } };
      outcomes.add(
        answer.status === 404
          ? '404'
          : `${answer.status} example=${body.school?.example} real=${body.school?.id === real.id}`,
      );
    }
    expect([...outcomes].filter((o) => o !== '200 example=true real=false')).toEqual(['404']);
  });

  test('a server that has a school no longer offers to set one up', async () => {
    const phone = await newPhone();
    await phone.opens('/welcome');
    await phone.link(/登录/).first().waitFor();
    expect(await phone.link(/建立我的学校/).count()).toBe(0);
  });
});
