import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { classDayId, classDayRecord } from '@modules/homework';
import { C1 } from '../support/small-school';
import type { Phone } from './support/phone';
import { forEach, releaseSuite } from './support/release-suite';
import { buildOf, countOpenings } from './support/release-town';
import type { ReleaseTown } from './support/release-town';
import { until } from './support/until';

const TUE = '2026-11-24';
/** From the network's return to an empty outbox, while somebody looks (reliability.md B10). */
const RETURN_MS = 30_000;
/** A name of this computer that no browser takes for it: what is served there over http is no secure context. */
const LAN = 'school.lan';
const suite = releaseSuite([`--host-resolver-rules=MAP ${LAN} 127.0.0.1`]);

/** The two places without service workers: the web view of WeChat on an iPhone, and plain http in the school's network. */
const PLACES = {
  'in WeChat on an iPhone': {
    address: (url: string): string => url,
    before: (phone: Phone) =>
      phone.context.addInitScript(() => void Reflect.deleteProperty(Navigator.prototype, 'serviceWorker')),
  },
  'on plain http in the school’s network': {
    address: (url: string): string => url.replace('127.0.0.1', LAN),
    before: async () => undefined,
  },
};

const isBare = (page: Page): Promise<boolean> => page.evaluate(() => !('serviceWorker' in navigator));
const same = async (phone: Phone, name: RegExp | string): Promise<void> => {
  const card = phone.card(name, '11月24日 周二');
  await phone.tap(phone.button('同上次', card));
  await phone.tap(phone.button('布置', card));
};

type PhoneOf = (who: 'lin' | 'zhao' | 'he' | 'xu') => Promise<Phone>;

/** The story in both places at once. */
const inBoth = (n: number, story: (town: ReleaseTown, phoneOf: PhoneOf) => Promise<void>): Promise<void> =>
  forEach(Object.keys(PLACES) as (keyof typeof PLACES)[], (place) =>
    suite.town(n, (town) => {
      const { address, before } = PLACES[place];
      return story(town, (who) => town.phone(who, {}, before, address(town.url)));
    }),
  );

describe('without a service worker, in WeChat on an iPhone and on plain http (B10)', () => {
  test('a day’s journeys go as everywhere', () =>
    inBoth(1, async (_town, phoneOf) => {
      const lin = await phoneOf('lin');
      expect(await isBare(lin.page)).toBe(true);
      // J1, and J2 with the draft coming back after the page was thrown away.
      expect(await lin.counts(() => same(lin, '布置 七(1)班 数学作业'))).toBeLessThanOrEqual(2);
      await lin.delivered();
      await lin.tap(lin.link('新作业', lin.card('布置 七(2)班 数学作业', '11月24日 周二')));
      await lin.page.getByLabel('A 基础 作业内容').fill('练习册第 34 页 1–4 题');
      await lin.page.waitForTimeout(2_000);
      await lin.reloads();
      await until(() => lin.page.getByLabel('A 基础 作业内容').inputValue(), '练习册第 34 页 1–4 题');
      await lin.tap(lin.button('布置'));
      await lin.delivered();

      const zhao = await phoneOf('zhao');
      const taps = await zhao.counts(async () => {
        await zhao.tap(zhao.button('签 2 份'));
        await zhao.tap(zhao.button('确认签 2 份'));
      });
      expect(taps).toBe(2);
      await zhao.delivered();
      const he = await phoneOf('he');
      await he.text('七(1)班').waitFor();
      const xu = await phoneOf('xu');
      await xu.tap(xu.tab('本周'));
      await xu.page.getByRole('row', { name: /七\(1\)班/ }).waitFor();
      // A browser notes that on plain http it heeds no header about other windows; there is nothing else to say.
      const said = [lin, zhao, he, xu].flatMap((p) => p.complaints);
      expect(said.filter((c) => !c.includes('Cross-Origin-Opener-Policy'))).toEqual([]);
    }));

  test('what was done without a network is delivered within half a minute of its return', () =>
    inBoth(2, async (town, phoneOf) => {
      const lin = await phoneOf('lin');
      await lin.goesOffline();
      await same(lin, '布置 七(1)班 数学作业');
      await lin.delivery.filter({ hasText: '1 条待上传' }).waitFor();
      await lin.comesBack();
      await lin.delivery.filter({ hasText: '全部已送达' }).waitFor({ timeout: RETURN_MS });

      // Nobody tells the browser when it is the server that was away: it has to be asked again and again.
      await town.stops();
      await same(lin, '布置 七(2)班 数学作业');
      await lin.delivery.filter({ hasText: '1 条待上传' }).waitFor();
      await lin.page.waitForTimeout(12_000);
      await town.starts();
      await lin.delivery.filter({ hasText: '全部已送达' }).waitFor({ timeout: RETURN_MS });
      const day = await town.kernel.view(town.school).get(classDayRecord, classDayId(C1, TUE));
      expect(day?.entries.map((e) => e.subject)).toEqual(['math']);
    }));

  test('a new release is offered, and comes with one tap and one reload', () =>
    inBoth(3, async (town, phoneOf) => {
      const lin = await phoneOf('lin');
      await lin.page.waitForTimeout(2_500);
      await town.release(4);
      // Twenty minutes later somebody looks at the phone again.
      await lin.page.evaluate(() => {
        const now = Date.now.bind(Date);
        Date.now = () => now() + 20 * 60_000;
        document.dispatchEvent(new Event('visibilitychange'));
      });
      const openings = countOpenings(lin.page);
      await lin.tap(lin.button('更新'));
      await until(() => buildOf(lin.page).catch(() => ''), town.build);
      await lin.text('已换上新版本').waitFor();
      expect(openings()).toBe(1);
    }));
});
