import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Kernel } from '@kernel/server/kernel';
import { dice, seedOf, times } from '../ops/support/counts';
import { KeptPhone, SLOTS, acceptedOf, becomes, freezes, keeps, outboxOf } from './support/kept-phone';
import type { Phone } from './support/phone';
import { SmallSchool } from './support/small-school-site';

const SUBJECT = { lin: 'math', mei: 'chinese', hua: 'biology' } as const;
type Teacher = keyof typeof SUBJECT;
type Plant = (context: BrowserContext) => Promise<unknown>;
const NIGHT_MS = 8 * 3_600_000;

let school: SmallSchool;
/** One person's way to the server. */
class Door {
  arrived = 0;
  /** Shut: what is sent arrives, and the answer waits. */
  way: Promise<void> | null = null;
  private let = (): void => undefined;
  shuts(): void {
    this.way = new Promise<void>((done) => (this.let = done));
  }
  opens(): void {
    this.let();
    this.way = null;
  }
}
const doors = new Map<string, Door>();
beforeAll(async () => {
  school = await SmallSchool.opens('2026-11-23', '16:30');
  const { kernel } = school.site.served;
  const push: Kernel['push'] = kernel.push.bind(kernel);
  kernel.push = async (row, commands) => {
    const door = doors.get(commands[0]?.actor ?? '');
    if (door) door.arrived += 1;
    await door?.way;
    return push(row, commands);
  };
});
afterAll(() => school?.closes());

/** The wall clock can be moved on, and it is counted how often a page came back from “back”. */
const wind: Plant = (context) =>
  context.addInitScript(() => {
    const self = window as { slept?: number; restored?: number };
    const now = Date.now.bind(Date);
    Date.now = () => now() + (self.slept ?? 0);
    addEventListener('pageshow', (e) => void (e.persisted && (self.restored = (self.restored ?? 0) + 1)));
  });

type Sleep = 'back' | 'frozen' | 'night';
const SLEEPS: readonly Sleep[] = ['back', 'frozen', 'night'];

/** @returns wakes it; true = the page itself came back, not a new one */
async function fallsAsleep({ page }: Phone, sleep: Sleep): Promise<() => Promise<boolean>> {
  if (sleep === 'back') {
    await page.evaluate(() => void (location.href = 'about:blank'));
    await page.waitForURL('about:blank', { waitUntil: 'commit' });
    return async () => {
      await page.evaluate(() => history.back()).catch(() => undefined);
      await page.waitForURL((to) => to.protocol === 'http:', { waitUntil: 'commit' });
      await page.locator('button.delivery').waitFor();
      return page.evaluate(() => (window as { restored?: number }).restored !== undefined);
    };
  }
  const thaws = await freezes(page);
  return async () => {
    await thaws();
    await page.evaluate(
      (ms) => {
        (window as { slept?: number }).slept = ms;
        document.dispatchEvent(new Event('visibilitychange'));
      },
      sleep === 'night' ? NIGHT_MS : 0,
    );
    return true;
  };
}

/** Sleeps again and again, each time with an act that has not arrived or whose answer has not. */
async function nights(
  who: Teacher,
  count: number,
  seed: number,
  ms: number,
  plant?: Plant,
): Promise<Record<string, number>> {
  const chance = dice(seed);
  const tally: Record<string, number> = {};
  const door = new Door();
  doors.set(who, door);
  const kept = await KeptPhone.of(school, who, wind);
  try {
    const phone = await kept.opens();
    const { page } = phone;
    await plant?.(phone.context);
    await phone.opens('/');
    await phone.delivered();
    const said: string[] = [];
    for (let i = 0; i < count; i++) {
      const sleep = SLEEPS[i % SLEEPS.length]!;
      const offline = chance.chance(0.5);
      const words = `${who} ${i}`;
      const before = door.arrived;
      if (offline) await phone.goesOffline();
      else door.shuts();
      await keeps(page, school.site.url, SLOTS[i]!, words, SUBJECT[who]);
      said.push(words);
      if (!offline)
        await becomes(
          () => Promise.resolve(door.arrived),
          (n) => n > before,
        );
      const wakes = await fallsAsleep(phone, sleep);
      if (offline) await phone.comesBack();
      else door.opens();
      await new Promise((done) => setTimeout(done, chance.below(800)));
      const same = await wakes();
      const all = await becomes(
        () => outboxOf(page),
        (rows) => rows.every((e) => e.state === 'accepted'),
        ms,
      );
      const name = `${sleep}${offline ? ', offline' : ', answer under way'}${same ? '' : ', opened anew'}`;
      expect(
        all.map((e) => `${e.words} ${e.state}`),
        `after ${name}`,
      ).toEqual(said.map((s) => `${s} accepted`));
      tally[name] = (tally[name] ?? 0) + 1;
    }
    expect((await acceptedOf(school.site.served.kernel, who)).sort()).toEqual([...said].sort());
  } finally {
    door.opens();
    await kept.isPutAway();
  }
  return tally;
}

/** Planted: a page that began without a network never tries again. */
const givesUp: Plant = (context) =>
  context.addInitScript(() => {
    if (!navigator.onLine) window.fetch = () => new Promise(() => undefined);
  });

test('after any sleep everything arrives, and once (B11)', async () => {
  const [count, seed] = [times('B11', 9, 100), seedOf('B11')];
  // Two phones at once: much of it is waiting. The one that sleeps less often also is the control's.
  const first = Math.min(SLOTS.length, Math.ceil((count * 2) / 3));
  expect(count - first, 'more nights than places').toBeLessThanOrEqual(SLOTS.length);
  const [lin, mei] = await Promise.all([
    nights('lin', first, seed, 15_000),
    (async () => {
      const some = await nights('mei', count - first, seed + 1, 15_000);
      await expect(nights('hua', 2, 2, 3_000, givesUp), 'control').rejects.toThrow('after frozen, offline');
      return some;
    })(),
  ]);
  const tally = { ...lin };
  for (const [name, n] of Object.entries(mei)) tally[name] = (tally[name] ?? 0) + n;
  process.stdout.write(`B11: ${count} sleeps ${JSON.stringify(tally)}\n`);
  expect(Object.keys(tally).some((name) => name.startsWith('back') && !name.includes('anew'))).toBe(true);
}, 3_600_000);
