import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { Phone } from '../support/phone';
import type { Site } from '../support/site';
import type { Album } from './album';
import { freeze } from './freeze';

const FILES = fileURLToPath(new URL('../../../src/modules/org/server/example/', import.meta.url));
const ANSWERS = JSON.parse(readFileSync(`${FILES}answers.json`, 'utf8')) as Record<string, string>;

/** The doors, and a school set up from its own files. */
export async function firstVisitScreens(
  album: Album,
  site: Site,
  browser: Browser,
  now: number,
): Promise<void> {
  const phone = await Phone.out(browser, site.url);
  await freeze(phone, now);
  const { page } = phone;
  album.chapter('The first visit');
  await phone.opens('/welcome');
  await phone.link(/建立我的学校/).waitFor();
  await album.take(page, 'first-visit-1-welcome', 'two doors, and what this product does');
  await phone.tap(phone.link(/打开示例学校/));
  await phone.text('选一个身份进去看看').waitFor({ timeout: 60_000 });
  await album.take(page, 'first-visit-2-example', 'the example school, entered by choosing a role');
  await phone.opens('/sign-in');
  await album.take(page, 'first-visit-3-sign-in', 'signing in, and what to do when one cannot yet');
  await phone.opens('/refusals');
  await album.take(page, 'first-visit-4-refusals', 'what this product refuses to do');

  album.chapter('J10 A school from its own Excel files');
  await phone.opens('/setup');
  await phone.types('建校口令', site.served.setUpCode ?? '');
  await phone.types('学校名称', '青河县第一初级中学');
  await album.take(page, 'j10-set-up-1-school', 'the name and the term');
  await phone.tap(phone.button('下一步：上传表格'));
  const inputs = page.locator('.q-file input[type="file"]');
  for (const [i, file] of ['roster', 'timetable', 'duty-table'].entries())
    await inputs.nth(i).setInputFiles(`${FILES}${file}.xlsx`);
  await album.take(page, 'j10-set-up-2-files', 'the school’s own files, as they are');
  await phone.tap(phone.button('读表格并核对'));
  await phone.text('读出来这些，请看对不对').waitFor();
  await album.take(page, 'j10-set-up-3-check', 'what was read, what was not, what only the school can know');
  await album.take(page, 'j10-set-up-3-check', 'the same', 'desk');
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
  await phone.types('管理员账号', 'admin.qinghe');
  await phone.types('密码', '清河边的第一所学校');
  await album.take(page, 'j10-set-up-4-admin', 'who looks after it');
  await phone.tap(phone.button(/^建立“/));
  await page.getByRole('heading', { level: 1, name: '今日' }).waitFor({ timeout: 60_000 });
  await phone.delivered();
  await album.take(page, 'j10-set-up-5-today', 'the administrator’s first page');

  await phone.opens('/people');
  await phone.text('在册').waitFor();
  await album.take(page, 'j10-set-up-6-people', 'everybody, found by name, pinyin or initials');
  await page.getByPlaceholder(/姓名、拼音或首字母/).fill('zxs');
  await phone.tap(phone.button(/郑新生/));
  // A code is random; the picture shows an invented one.
  await page.route('**/api/activation', (route) =>
    route.fulfill({
      json: { code: '7KQ2M-9XH4R', expiresAt: now + 7 * 86_400_000, name: '郑新生', reset: false },
    }),
  );
  await phone.tap(phone.button('发放激活码'));
  await page.locator('.code').waitFor();
  await album.take(page, 'j10-set-up-7-code', 'a slip for one person: scan, choose an account, done');
  await page.route('**/api/activation/look', (route) =>
    route.fulfill({ json: { school: '青河县第一初级中学', name: '郑新生', account: 'zheng.xinsheng' } }),
  );
  await phone.opens('/activate#7KQ2M-9XH4R');
  await phone.text('zheng.xinsheng').waitFor();
  await album.take(page, 'j10-set-up-7-reset', 'a forgotten password: the same slip, and the person chooses');
  await phone.opens('/calendar');
  await phone.text('上月').waitFor();
  await album.take(page, 'j10-set-up-8-calendar', 'the calendar, and what nobody knows yet');
  await phone.isPutAway();
}
