import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { readBuilds } from '../../.ci/house/publish.ts';
import type { Phone } from './support/phone';
import { picture } from './support/picture';
import { releaseSuite } from './support/release-suite';
import type { ReleaseTown } from './support/release-town';
import { buildOf, countOpenings, isUnderWorker, mark, markOf, takesNewest } from './support/release-town';
import { Releases } from './support/releases';
import { until } from './support/until';

const suite = releaseSuite();
/** As in WeChat on an iPhone, and on plain http: the network is the only place a page's files come from. */
const NO_WORKER = { serviceWorkers: 'block' } as const;
const FIELD = 'A 基础 作业内容';

/** Every answer of 400 and more under /assets/, as the page got it. */
function missing(page: Page): string[] {
  const found: string[] = [];
  page.on('response', (r) => {
    if (r.status() >= 400 && r.url().includes('/assets/')) found.push(new URL(r.url()).pathname);
  });
  return found;
}
const opensTab = async (phone: Phone, name: string, heading: string): Promise<void> => {
  await phone.tab(name).tap();
  await phone.page.getByRole('heading', { level: 1, name: heading }).waitFor({ timeout: 5_000 });
};
/** Away from the disk: as if the build that needs it were long gone. Gives it back. */
function takeAway(town: ReleaseTown, name: RegExp): () => void {
  const folder = join(town.client, 'assets');
  const files = readdirSync(folder).filter((f) => name.test(f));
  expect(files.length).toBeGreaterThan(0);
  for (const f of files) renameSync(join(folder, f), join(town.folder, f));
  return () => {
    for (const f of files) renameSync(join(town.folder, f), join(folder, f));
  };
}

describe('pages of older releases (W2)', () => {
  test('a page of release n−3 opens pages it had not loaded, after three more releases', () =>
    suite.town(1, async (town) => {
      const phones = [await town.phone('lin', NO_WORKER), await town.phone('mei')];
      await isUnderWorker(phones[1]!.page);
      const lost = phones.map((p) => missing(p.page));
      for (const p of phones) await mark(p.page, 'first');
      for (const n of [2, 3, 4]) await town.release(n);
      // The other phone's worker is already the newest one: somebody updated in a second tab.
      await takesNewest(phones[1]!.page);
      for (const p of phones) {
        await opensTab(p, '作业', '我的作业');
        await opensTab(p, '我的', p === phones[0] ? '林老师' : '梅老师');
        expect([await markOf(p.page), await buildOf(p.page)]).toEqual(['first', Releases.nameOf(1)]);
      }
      expect(lost).toEqual([[], []]);
      const builds = readBuilds(town.client);
      expect(builds.map((b) => b.build)).toEqual([4, 3, 2, 1].map(Releases.nameOf));
      for (const file of builds.flatMap((b) => b.files)) {
        const answer = await fetch(`${town.url}/${file}`);
        expect([file, answer.status]).toEqual([file, 200]);
        expect(answer.headers.get('cache-control')).toContain('immutable');
      }
    }));

  test('when its files are gone after all, it reloads once, to where the person wanted to go, with the draft', () =>
    suite.town(11, async (town) => {
      const lin = await town.phone('lin', NO_WORKER);
      await lin.tap(lin.link('新作业').first());
      await lin.page.getByLabel(FIELD).fill('第 12 页');
      const form = new URL(lin.page.url());
      takeAway(town, /^MinePage-/);
      await town.release(12);
      const openings = countOpenings(lin.page);
      await lin.tab('作业').tap();
      await lin.page.getByRole('heading', { level: 1, name: '我的作业' }).waitFor();
      expect([openings(), await buildOf(lin.page)]).toEqual([1, Releases.nameOf(12)]);
      await lin.opens(form.pathname + form.search);
      await until(() => lin.page.getByLabel(FIELD).inputValue(), '第 12 页');
    }));

  test('when the reload does not help it stops with words, and opens again by hand', () =>
    suite.town(21, async (town) => {
      const lin = await town.phone('lin', NO_WORKER);
      const giveBack = takeAway(town, /^MinePage-/);
      const openings = countOpenings(lin.page);
      await lin.tab('作业').tap();
      await lin.text('这一页没能打开').waitFor();
      await lin.page.waitForTimeout(3_000);
      expect(openings()).toBe(1);
      await picture(lin.page, 'stopped');
      giveBack();
      await lin.tap(lin.button('重新打开'));
      await lin.page.getByRole('heading', { level: 1, name: '我的作业' }).waitFor();
    }));

  test('control: without the guard such a page reloads for ever, and the count says so', () =>
    suite.town(31, async (town) => {
      const lin = await town.phone('lin', NO_WORKER);
      await lin.page.addInitScript(() => sessionStorage.removeItem('qing-reloads'));
      const giveBack = takeAway(town, /^MinePage-/);
      const openings = countOpenings(lin.page);
      await lin.tab('作业').tap();
      await expect.poll(openings, { timeout: 30_000 }).toBeGreaterThan(3);
      giveBack();
      await lin.page.getByRole('heading', { level: 1, name: '我的作业' }).waitFor({ timeout: 30_000 });
    }));

  test('without a network nothing is reloaded: the page that is open stays open', () =>
    suite.town(41, async (town) => {
      const lin = await town.phone('lin', NO_WORKER);
      await mark(lin.page, 'open');
      await lin.goesOffline();
      await lin.tab('作业').tap();
      await lin.text('这一页还没有存到本机').waitFor();
      expect(await markOf(lin.page)).toBe('open');
      await lin.comesBack();
      // Some browsers remember a failed import for as long as the page lives: then one reload is what opens it.
      const openings = countOpenings(lin.page);
      await lin.tab('作业').tap();
      await lin.page.getByRole('heading', { level: 1, name: '我的作业' }).waitFor();
      expect(openings()).toBeLessThanOrEqual(1);
    }));

  test('a page whose first files are gone offers a way out after a while, without any script', () =>
    suite.town(51, async (town) => {
      const lin = await town.phone('lin', NO_WORKER);
      takeAway(town, /^core-.*\.js$/);
      const cdp = await lin.context.newCDPSession(lin.page);
      await cdp.send('Network.enable');
      await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
      await lin.reloads();
      await lin.link('重新打开').waitFor({ timeout: 20_000 });
      await lin.text('写过的都在本机').waitFor();
      await picture(lin.page, 'boot-late');
      rmSync(join(town.client, 'assets'), { recursive: true });
      await town.release(52);
      await lin.tap(lin.link('重新打开'));
      await lin.page.getByRole('heading', { level: 1, name: '今日' }).waitFor();
    }));
});
