import type { Browser } from 'playwright-core';
import { Phone } from '../support/phone';
import type { Site } from '../support/site';
import type { Album } from './album';
import { freeze } from './freeze';

/** What leaders see, in the example school of 24 classes on a Thursday afternoon. */
export async function exampleScreens(album: Album, site: Site, browser: Browser, now: number): Promise<void> {
  const phone = await Phone.out(browser, site.url);
  await freeze(phone, now);
  const { page } = phone;
  const enters = async (role: string): Promise<void> => {
    await phone.opens('/example');
    await phone.tap(phone.button(new RegExp(`^${role} ·`)));
    await page.getByRole('heading', { level: 1, name: '今日' }).waitFor();
    await phone.delivered();
  };

  album.chapter('J9 The week of a principal');
  await enters('校长');
  await phone.card('本周公示').waitFor();
  await album.take(page, 'j9-week-1-today', 'two sentences, and the way to the rest');
  await phone.tap(phone.tab('本周'));
  await phone.text('截至').waitFor();
  await album.take(page, 'j9-week-2-week', 'what needs a person first; every number opens its records');
  await album.take(page, 'j9-week-2-week', 'the same', 'dark');
  await album.take(page, 'j9-week-2-week', 'the same', 'desk');
  await phone.tap(phone.page.locator('main a.number').first());
  await page.getByRole('heading', { level: 1 }).filter({ hasNotText: '本周' }).waitFor();
  await album.take(page, 'j9-week-3-behind', 'the records behind a number');
  await phone.opens('/homework/boards/2026-11-27');
  await phone.text('截至').waitFor();
  await album.take(page, 'j9-week-4-boards', 'the boards of tomorrow, those that lack something first');

  album.chapter('What everybody can look up');
  await phone.opens('/duty-table');
  await page.locator('.group-title').first().waitFor();
  await album.take(page, 'look-up-1-duty-table', 'who stands where, and when');
  await phone.opens('/classes');
  await phone.text('七(1)班').waitFor();
  await album.take(page, 'look-up-2-classes', 'classes and who teaches them');
  await phone.isPutAway();
}
