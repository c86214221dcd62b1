import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { classDayId, classDayRecord } from '@modules/homework';
import { C1 } from '../support/small-school';
import { dice, seedOf, times } from '../ops/support/counts';
import { inPairs, releaseSuite } from './support/release-suite';
import { buildOf, countOpenings, isUnderWorker, looksForUpdate, mark, markOf } from './support/release-town';
import type { ReleaseTown } from './support/release-town';
import type { Change } from './support/releases';
import { until } from './support/until';

const TUE = '2026-11-24';
const FIELD = 'A 基础 作业内容';
type Dice = ReturnType<typeof dice>;
const suite = releaseSuite();

/** W1: a phone of release n with unsent work and a half-written form meets release n+2, two schemas later. */
async function updateUnderWork(
  town: ReleaseTown,
  n: number,
  chance: Dice,
  change: Change = {},
): Promise<void> {
  const lin = await town.phone('lin');
  const desk = lin.page;
  await isUnderWorker(desk);
  town.busy = true;
  const card = lin.card('布置 七(1)班 数学作业', '11月24日 周二');
  await lin.tap(lin.button('同上次', card));
  await lin.tap(lin.button('布置', card));
  await lin.delivery.filter({ hasText: '1 条待上传' }).waitFor();

  const form = await lin.context.newPage();
  await form.goto(`${town.url}/homework/new`);
  const words = `练习册第 ${1 + chance.below(90)} 页 ${chance.below(1e9)}`;
  await form.getByLabel(FIELD).fill(words);
  await Promise.all([mark(form, 'form'), mark(desk, 'desk')]);
  // Sometimes the draft has been saved by itself, sometimes it has not had the time.
  await form.waitForTimeout(chance.below(900));

  // A phone in a drawer does not see every release.
  if (chance.chance(0.5)) await town.release(n + 1, { ...change, schema: 1 });
  await town.release(n + 2, { ...change, schema: 2 });
  await Promise.all([desk, form].map(looksForUpdate));

  const from = chance.chance(0.5) ? desk : form;
  await from.bringToFront();
  if (from === form) await leavesForm(form);
  const bar = from.getByRole('status').filter({ hasText: '有新版本' });
  await until(async () => (await bar.isVisible()) || (await markOf(from)) === undefined, true);
  expect([await markOf(form), await markOf(desk)], 'reloaded by itself').toEqual(['form', 'desk']);
  if (from === desk) expect(await form.getByLabel(FIELD).inputValue()).toBe(words);
  await bar.getByRole('button', { name: '更新' }).tap();
  await until(() => buildOf(from).catch(() => ''), town.build);

  const other = from === form ? desk : form;
  expect(await markOf(other), 'the other tab was reloaded').toBe(from === form ? 'desk' : 'form');
  await other.close();
  await from.goto(`${town.url}/homework/new`);
  await until(() => from.getByLabel(FIELD).inputValue(), words);
  await from.goto(town.url);
  await from.locator('button.delivery').filter({ hasText: '1 条待上传' }).waitFor();
  town.busy = false;
  await from.reload();
  await from.locator('button.delivery').filter({ hasText: '全部已送达' }).waitFor();
  const day = await town.kernel.view(town.school).get(classDayRecord, classDayId(C1, TUE));
  expect(day?.entries.map((e) => e.subject)).toEqual(['math']);
  expect(await buildOf(from)).toBe(town.build);
}

/** Back to today without opening the page anew. */
async function leavesForm(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: '主要页面' }).getByRole('link', { name: '今日' }).tap();
  await page.getByRole('heading', { level: 1, name: '今日' }).waitFor();
}

describe('a new release under somebody’s hands (W1)', () => {
  test('loses neither what was done nor what is being written, and comes with one tap', async () => {
    const [count, seed] = [times('W1', 10, 100), seedOf('W1')];
    await inPairs(count, (i) => {
      const n = 1 + (i % 300) * 3;
      return suite.town(n, (town) => updateUnderWork(town, n, dice(seed + i)));
    });
  }, 3_600_000);

  test('control: a worker that takes over by itself is caught', async () => {
    const edit = (file: string, text: string): string => {
      if (file === 'sw.js') return `self.addEventListener('install',()=>self.skipWaiting());${text}`;
      return /\/index-[\w-]+\.js$/.test(file)
        ? `${text}\nnavigator.serviceWorker.addEventListener('controllerchange',()=>location.reload());`
        : text;
    };
    const story = (town: ReleaseTown): Promise<void> => updateUnderWork(town, 901, dice(1), { edit });
    await expect(suite.town(901, story, { edit })).rejects.toThrow(/reloaded by itself/);
  });

  test('what has no draft is not reloaded over: the person is told, and may go on', () =>
    suite.town(910, async (town) => {
      const zhao = await town.phone('zhao');
      await isUnderWorker(zhao.page);
      const item = await town.acts('gao', 'homework.v1.assign', {
        classes: [C1],
        subject: 'english',
        date: TUE,
        form: 'written',
        tiers: [{ tier: 'A', content: '抄写第三单元全部单词，每个三遍，家长签字', minutes: 25 }],
        copiedFrom: null,
      });
      await zhao.opens('/homework/sign');
      await zhao.tap(zhao.button('退回'));
      await zhao.types('也可以自己写', '请写明页码');
      const openings = countOpenings(zhao.page);
      await town.release(911);
      await looksForUpdate(zhao.page);
      // A field that is being typed in hides the bar.
      expect(await zhao.text('有新版本').count()).toBe(0);
      await zhao.page.getByLabel('也可以自己写').blur();
      await zhao.tap(zhao.button('更新'));
      await zhao.text('这里还有没存好的内容').waitFor();
      expect(openings()).toBe(0);
      expect(await zhao.page.getByLabel('也可以自己写').inputValue()).toBe('请写明页码');

      await zhao.tap(zhao.button('退回给作者'));
      await zhao.tap(zhao.button('更新'));
      await until(() => buildOf(zhao.page).catch(() => ''), town.build);
      expect(openings()).toBe(1);
      await zhao.delivered();
      expect(item).toBeTruthy();
    }));
});
