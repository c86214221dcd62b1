import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BrowserContext } from 'playwright-core';
import { FIELD, KeptPhone, SLOTS, acceptedOf, becomes, draftsOf, formOf, keeps } from './support/kept-phone';
import { SmallSchool } from './support/small-school-site';

const SUBJECT = { lin: 'math', mei: 'chinese' } as const;
type Teacher = keyof typeof SUBJECT;
type Plant = (context: BrowserContext) => Promise<unknown>;

let school: SmallSchool;
beforeAll(async () => {
  school = await SmallSchool.opens('2026-11-23', '16:30');
});
afterAll(() => school?.closes());

/** Killed after words and in the middle of others, and then the browser finds its databases damaged. */
async function thrownAway(who: Teacher, plant?: Plant): Promise<void> {
  const kept = await KeptPhone.of(school, who, plant);
  try {
    await story(kept, who);
  } finally {
    await kept.isPutAway();
  }
}

async function story(kept: KeptPhone, who: Teacher): Promise<void> {
  const { url, served } = school.site;
  const words = ['送到了', '没送到', '也没送到'].map((w) => `${who} ${w}`);
  const first = await kept.opens();
  await keeps(first.page, url, SLOTS[0]!, words[0]!, SUBJECT[who]);
  await first.delivered();
  await first.goesOffline();
  for (const n of [1, 2]) await keeps(first.page, url, SLOTS[n]!, words[n]!, SUBJECT[who]);
  await first.opens(formOf(SLOTS[3]!, SUBJECT[who]));
  await first.page.getByLabel(FIELD).fill('写了一半');
  await becomes(
    () => draftsOf(first.page),
    (all) => all.includes('写了一半'),
  );
  await kept.isKilled();
  kept.losesItsDatabases();

  const phone = await kept.opens();
  await phone.goesOffline();
  await phone.opens('/sign-in');
  await phone.text('还有 2 条没送达').waitFor();
  await phone.comesBack();
  await phone.opens('/');
  await phone.text('没送达的 2 条另存过一份').waitFor();
  await phone.delivered();
  expect((await acceptedOf(served.kernel, who)).sort()).toEqual([...words].sort());
  await phone.opens(formOf(SLOTS[3]!, SUBJECT[who]));
  expect(
    await becomes(
      () => phone.page.getByLabel(FIELD).inputValue(),
      (now) => now === '写了一半',
    ),
  ).toBe('写了一半');
}

/** Planted: a browser without a second place. */
const noSecondPlace: Plant = (context) =>
  context.addInitScript(() => {
    CacheStorage.prototype.open = () => Promise.reject(new DOMException('no', 'SecurityError'));
  });

test('a browser that throws its damaged databases away gives back what was kept and what was half written', async () => {
  await thrownAway('lin');
  await expect(thrownAway('mei', noSecondPlace), 'control').rejects.toThrow('还有 2 条没送达');
}, 120_000);

test('a sign-in page that is still looking who was here never types over somebody’s hands', async () => {
  const phone = await school.newPhone('mei', {}, async ({ context }) => {
    await context.addInitScript(() => {
      const { keys } = CacheStorage.prototype;
      CacheStorage.prototype.keys = function () {
        return new Promise((done) => setTimeout(() => done(keys.call(this)), 700));
      };
    });
  });
  await phone.opens('/sign-in');
  const field = phone.page.getByLabel('账号', { exact: true });
  await field.fill('lin.test');
  await phone.page.waitForTimeout(1_500);
  expect(await field.inputValue()).toBe('lin.test');
  // Whoever has not begun finds the account that was used last.
  await phone.opens('/sign-in');
  expect(
    await becomes(
      () => field.inputValue(),
      (now) => now !== '',
    ),
  ).toBe('mei.test');
  await phone.isPutAway();
});
