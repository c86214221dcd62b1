import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { C1, C2, smallSchool } from '../support/small-school';
import { PAYLOADS } from './support/payloads';
import type { Phone } from './support/phone';
import { settled } from './support/settled';
import { SmallSchool } from './support/small-school-site';

/** Fields of a plan that hold what somebody wrote; whatever else is in it must be of a form. */
const WRITTEN = /^(name|note|activity)$/;
let turn = 0;
const next = (): string => PAYLOADS[turn++ % PAYLOADS.length]!;

/** The small school as somebody hostile would have filled in its tables. */
function hostile<T>(value: T, key = ''): T {
  if (Array.isArray(value))
    return value.map((item: unknown) => hostile(item, key === 'duties' ? 'name' : key)) as T;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, hostile(v as unknown, k)])) as T;
  return typeof value === 'string' && WRITTEN.test(key) ? (next() as T) : value;
}

let school: SmallSchool;

beforeAll(async () => {
  school = await SmallSchool.opens('2026-11-23', '16:30', 0, hostile(smallSchool()));
  // Everything that has not been somebody's name stands in homework: as much in one as fits.
  const rest = PAYLOADS.slice();
  const text = (): string => {
    let all = rest.shift() ?? next();
    while (rest.length > 0 && all.length + rest[0]!.length < 1_900) all += `\n${rest.shift()}`;
    return all;
  };
  const items: string[] = [];
  for (const date of ['2026-11-24', '2026-11-25', '2026-11-26'])
    for (const [who, subject] of [
      ['lin', 'math'],
      ['mei', 'chinese'],
      ['gao', 'english'],
    ] as const)
      items.push(
        await school.assigns(who, subject, date, {
          classes: [C1, C2],
          tiers: [
            { tier: 'A', content: text(), minutes: 10 },
            { tier: 'B', content: text(), minutes: 5 },
          ],
        }),
      );
  expect(rest).toEqual([]);
  await school.acts('zhao', 'homework.v1.return', { item: items[6], round: 1, step: 0, reason: next() });
  await school.allSign(...items.slice(0, 3));
  await school.itIs('2026-11-24', '09:01');
  await school.acts('lin', 'homework.v1.correct', {
    item: items[0],
    tiers: [{ tier: 'A', content: next(), minutes: 10 }],
    reason: next(),
  });
  await school.acts('xu', 'org.v1.setDay', { day: '2026-11-27', says: { kind: 'off' }, reason: next() });
});
afterEach(async (test) => school.checks(test));
afterAll(() => school?.closes());

/** What ran, or was kept from running only by the last line of defence. */
async function watch(phone: Phone): Promise<string[]> {
  const seen: string[] = [];
  await phone.context.exposeFunction('__violated', (what: string) => void seen.push(what));
  await phone.context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) =>
      (window as unknown as { __violated(what: string): void }).__violated(
        `${e.violatedDirective} ${e.blockedURI} ${e.sample}`,
      ),
    );
  });
  phone.page.on('dialog', (dialog) => void (seen.push(`dialog ${dialog.message()}`), dialog.dismiss()));
  return seen;
}
const wasHit = (page: Page): Promise<boolean> => page.evaluate(() => '__hit' in window);

const PAGES = {
  lin: [
    '/',
    '/homework/mine',
    '/homework/new',
    '/homework/board/c-2026-1',
    '/me',
    '/classes',
    '/calendar',
    '/duty-table',
  ],
  zhao: ['/', '/homework/sign'],
  he: ['/', '/homework/board'],
  tang: [
    '/',
    '/week',
    '/homework/boards',
    '/homework/behind/missing?from=2026-11-23&to=2026-11-29&scope=school',
    '/ledger',
  ],
  xu: ['/', '/people', '/classes', '/calendar', '/ledger'],
} as const;

test.each(Object.keys(PAGES) as (keyof typeof PAGES)[])(
  'what others wrote stays text on every page of %s (A7)',
  async (who) => {
    let seen: string[] = [];
    const phone = await school.newPhone(who, {}, async (made) => {
      seen = await watch(made);
    });
    const { page } = phone;
    let shown = 0;
    for (const path of PAGES[who]) {
      await phone.opens(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await settled(page);
      for (const opener of [page.locator('main .q-row'), page.locator('main details summary')])
        if ((await opener.count()) > 0) {
          await opener.first().tap();
          await settled(page);
        }
      shown += (await page.evaluate(() => document.body.innerText)).includes('__hit') ? 1 : 0;
      expect([path, await wasHit(page)]).toEqual([path, false]);
      // Nothing a text said has become a part of the page.
      expect(
        await page.locator('main :is(iframe, object, embed, base, [onerror], [onload], [onfocus])').count(),
      ).toBe(0);
      expect(await page.locator('a[href^="javascript:"]').count()).toBe(0);
    }
    // The texts were there to be seen.
    expect(shown).toBeGreaterThanOrEqual(PAGES[who].length / 2);
    expect([seen, phone.complaints.splice(0)]).toEqual([[], []]);
    await phone.isPutAway();
  },
);

test('markup that reached the page all the same would be stopped there, and seen', async () => {
  let seen: string[] = [];
  const phone = await school.newPhone('lin', {}, async (made) => {
    seen = await watch(made);
  });
  const { page } = phone;
  const thrown = await page.evaluate((html) => {
    try {
      document.body.insertAdjacentHTML('beforeend', html);
      return 'taken';
    } catch (error) {
      return (error as Error).name;
    }
  }, PAYLOADS[3]!);
  expect(thrown).toBe('TypeError');
  // As if somebody had found a way round the first: the script in the attribute does not run either.
  await page
    .evaluate(() => {
      const image = document.createElement('img');
      image.setAttribute('onerror', 'window.__hit=1');
      image.src = 'x:y';
      document.body.append(image);
    })
    .catch(() => undefined);
  await expect
    .poll(() => seen.filter((s) => /require-trusted-types-for|script-src/.test(s)).length)
    .toBeGreaterThan(0);
  expect(await wasHit(page)).toBe(false);
  expect(phone.complaints.splice(0).length).toBeGreaterThan(0);
  await phone.isPutAway();
});
