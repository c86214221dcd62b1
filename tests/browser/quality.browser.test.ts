import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { aMorning } from './support/a-morning';
import { barriers, overflow, smallTargets, wear } from './support/look';
import { Phone } from './support/phone';
import { SCREENS, show } from './support/screens';
import { settled } from './support/settled';
import type { SmallSchool } from './support/small-school-site';

const PHONE = { width: 390, height: 844 };
const SMALL = { width: 360, height: 640 };
const DESK = { width: 1440, height: 900 };

let school: SmallSchool;
let guest: Phone;

beforeAll(async () => {
  school = await aMorning();
  guest = await Phone.out(school.browser, school.site.url);
});
afterEach(async (test) => {
  expect(guest.complaints.splice(0)).toEqual([]);
  await school.checks(test);
});
afterAll(() => school?.closes());

describe('every screen has a title and no barrier, fits every width and suits every thumb', () => {
  test.each(SCREENS)('$name', async (screen) => {
    const phone = screen.who === null ? guest : await school.phone(screen.who);
    const { page } = phone;
    await page.setViewportSize(PHONE);
    await show(phone, screen);
    const found: Record<string, readonly string[]> = {};
    const note = (what: string, list: readonly string[]): void => {
      if (list.length > 0) found[what] = list;
    };

    note('title', /^\S.* · 轻台账$/.test(await page.title()) ? [] : [await page.title()]);
    note(
      'inline script',
      await page.$$eval('script:not([src])', (all) => all.map((s) => s.outerHTML.slice(0, 60))),
    );
    for (const looks of ['light', 'dark', 'elder'] as const) {
      await wear(page, looks);
      // As tall as the page: what a bar covers only until one scrolls is not covered.
      const tall = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ ...PHONE, height: Math.max(PHONE.height, tall + 100) });
      note(`barriers, ${looks}`, await barriers(page));
    }
    note('targets under 60, elder', await smallTargets(page, 60));
    await page.setViewportSize(SMALL);
    note('overflow at 360, elder', await overflow(page));
    await bigger(phone, '168%');
    note('overflow at 360, elder and +30 %', await overflow(page));
    await wear(page, 'light');
    await bigger(phone, '130%');
    note('overflow at 360, +30 %', await overflow(page));
    await bigger(phone, null);
    note('overflow at 360', await overflow(page));
    note('targets under 44', await smallTargets(page, 44));
    await page.setViewportSize(DESK);
    note('overflow on a desk', await overflow(page));
    note('targets under 44 on a desk', await smallTargets(page, 44));
    expect(found).toEqual({});
  });
});

/** The size the person chose in the system. */
async function bigger(phone: Phone, size: string | null): Promise<void> {
  await phone.page.evaluate((to) => void (document.documentElement.style.fontSize = to ?? ''), size);
  await settled(phone.page);
}

test('a web view without service workers does everything but open without a network', async () => {
  const lin = await school.newPhone('lin', { serviceWorkers: 'block' });
  await lin.goesOffline();
  await lin.tap(lin.button('同上次').first());
  await lin.tap(lin.button('布置').first());
  await lin.delivery.filter({ hasText: '离线，已存本机，1 条待上传' }).waitFor();
  await lin.comesBack();
  await lin.delivered();
  await lin.tap(lin.button(/^撤销/));
  await lin.button('同上次').first().waitFor();
  await lin.delivered();
  await lin.reloads();
  await lin.button('同上次').first().waitFor();
  await lin.delivered();
  expect(lin.complaints).toEqual([]);
  await lin.isPutAway();
});

test('a page never opened before opens without a network, on the very first visit too', async () => {
  const mei = await school.newPhone('mei');
  await mei.isKept();
  await mei.goesOffline();
  await mei.tap(mei.tab('作业'));
  await mei.page.getByRole('heading', { level: 1, name: '我的作业' }).waitFor();
  await mei.tap(mei.link('新作业'));
  await mei.text('写的内容会自动存在本机').waitFor();
  expect(mei.complaints).toEqual([]);
  await mei.isPutAway();
});
