import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dice, seedOf, times } from '../ops/support/counts';
import type { Who } from '../support/small-school';
import { FIELD, KeptPhone, SLOTS, acceptedOf, draftsOf, formOf, keeps, outboxOf } from './support/kept-phone';
import { SmallSchool } from './support/small-school-site';

const SUBJECT = { lin: 'math', mei: 'chinese', gao: 'english', bai: 'history' } as const;
/** Reliability.md B8. */
const MOST_LOST_MS = 2_000;
type Plant = (context: BrowserContext) => Promise<unknown>;

let school: SmallSchool;
const perSchool = SLOTS.length;
const open = (): Promise<SmallSchool> => SmallSchool.opens('2026-11-23', '16:30');
beforeAll(async () => {
  school = await open();
});
afterAll(() => school?.closes());

/** B1: kill after kill on one phone, each right after the words; half of them with a network, so that a push may be under way. */
async function killedAfterWords(at: SmallSchool, who: keyof typeof SUBJECT, count: number, seed: number, plant?: Plant) {
  const chance = dice(seed);
  const kept = await KeptPhone.of(at, who, plant);
  const said: string[] = [];
  try {
    await kept.isKilled();
    for (let i = 0; i < count; i++) {
      const phone = await kept.opens();
      if (chance.chance(0.5)) await phone.goesOffline();
      await keeps(phone.page, at.site.url, SLOTS[i]!, `${who} 第 ${i} 条`, SUBJECT[who]);
      await kept.isKilled();
      said.push(`${who} 第 ${i} 条`);
    }
    const phone = await kept.opens();
    await phone.goesOffline();
    await phone.opens('/');
    await phone.delivery.waitFor();
    const found = (await outboxOf(phone.page)).map((e) => e.words);
    expect(found, 'not on the phone').toEqual(said);
    await phone.comesBack();
    await phone.delivered();
    expect((await acceptedOf(at.site.served.kernel, who)).sort(), 'not once on the server').toEqual([...said].sort());
  } finally {
    await kept.isPutAway();
  }
}

/** B8: somebody types without a pause and the browser is killed in the middle. @returns how much of the typing was lost, ms */
async function killedWhileTyping(at: SmallSchool, who: Who, count: number, seed: number, leastMs: number, plant?: Plant) {
  const chance = dice(seed);
  const kept = await KeptPhone.of(at, who, plant);
  const lost: number[] = [];
  try {
    for (let i = 0; i <= count; i++) {
      const phone = i === 0 ? null : await kept.opens();
      if (!phone) {
        await kept.isKilled();
        continue;
      }
      // Without a network: what the server has of the draft must not help.
      await phone.goesOffline();
      const slot = SLOTS[(i - 1) % perSchool]!;
      await phone.opens(formOf(slot, SUBJECT[who as 'lin']));
      const field = phone.page.getByLabel(FIELD);
      await field.click();
      const letters: number[] = [];
      const end = performance.now() + leastMs + chance.below(3_500);
      while (performance.now() < end) {
        await phone.page.keyboard.type(String.fromCharCode(97 + (letters.length % 26)));
        letters.push(performance.now());
        await phone.page.waitForTimeout(60 + chance.below(60));
      }
      const killed = performance.now();
      await kept.isKilled();

      const again = await kept.opens();
      await again.goesOffline();
      await again.opens(formOf(slot, SUBJECT[who as 'lin']));
      await again.delivery.waitFor();
      const typed = letters.map((_, n) => String.fromCharCode(97 + (n % 26))).join('');
      const back = (await draftsOf(again.page)).find((d) => typed.startsWith(d)) ?? '';
      await expect.poll(() => again.page.getByLabel(FIELD).inputValue()).toBe(back);
      lost.push(back.length < typed.length ? killed - letters[back.length]! : 0);
      await again.page.getByLabel(FIELD).fill('');
      await again.page.waitForTimeout(800);
      await kept.isKilled();
    }
  } finally {
    await kept.isPutAway();
  }
  return lost;
}
