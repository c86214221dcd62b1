import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dice, seedOf, times } from '../ops/support/counts';
import { FIELD, KeptPhone, SLOTS, acceptedOf, formOf, outboxOf, type Slot } from './support/kept-phone';
import type { Phone } from './support/phone';
import { SmallSchool } from './support/small-school-site';
import { breaks, canFail, mends, type Failable, type Failing } from './support/failing-storage';

/** Nothing the phone's storage was asked is pending for longer (reliability.md B2), with a second for a busy machine. */
const PATIENCE_MS = 5_000 + 1_000;
const SUBJECT = { lin: 'math', mei: 'chinese', gao: 'english', bai: 'history', hua: 'biology' } as const;
type Teacher = keyof typeof SUBJECT;
type Dice = ReturnType<typeof dice>;

let school: SmallSchool;
beforeAll(async () => {
  school = await SmallSchool.opens('2026-11-23', '16:30');
});
afterAll(() => school?.closes());

const ERRORS = [
  ['InvalidStateError', 'The database connection is closing.'],
  ['UnknownError', 'Internal error opening backing store'],
  ['UnknownError', 'Connection to Indexed Database server lost. Refresh the page to try again'],
] as const;
/** Homework can be assigned for two weeks ahead: so many of the slots. */
const PLACES = 20;
const EVERY = 1_000_000;
/** So many failures in a row the app promises to get over: three tries, each with a fresh connection. */
const SURE = 2;

/** The browser's own page from which it really closes every connection of a site, as under memory pressure. */
class Insides {
  private constructor(private readonly page: Page) {}
  static async of(context: BrowserContext): Promise<Insides> {
    return new Insides(await context.newPage());
  }
  /** @returns closes them, at once */
  async ready(): Promise<() => Promise<void>> {
    await this.page.goto('chrome://indexeddb-internals');
    const button = this.page.locator('.force-close');
    await button.waitFor();
    // Not through Playwright: its clicks bring the page before the phone's, which then stands still.
    return () => button.evaluate((b: HTMLElement) => b.click());
  }
}

type Loss = 'closed' | 'closedMeanwhile' | Failing;
interface Try {
  readonly slot: Slot;
  readonly words: string;
  readonly loss: Loss;
  /** The way out of what was not kept. */
  readonly out: 'send' | 'keep';
}

/** Writes and taps while the storage is lost. @returns whether it was kept */
async function acts(phone: Phone, insides: Insides, who: Teacher, t: Try): Promise<boolean> {
  const { page } = phone;
  const { words, loss } = t;
  await phone.opens(formOf(t.slot, SUBJECT[who]));
  await page.getByLabel(FIELD).fill(words);
  const closes = typeof loss === 'string' ? await insides.ready() : null;
  if (typeof loss !== 'string') await breaks(page, loss);
  if (loss === 'closed') await closes!();

  const kept = phone.text('已存本机：布置');
  const refused = page.locator('form').getByText('这条还没有存到本机').first();
  await Promise.all([phone.button('布置').tap(), loss === 'closedMeanwhile' && closes!()]);
  const began = performance.now();
  await kept.or(refused).first().waitFor();
  expect(performance.now() - began, 'said in time').toBeLessThan(PATIENCE_MS);
  const said = await kept.isVisible();
  const taken = await page.evaluate(() => (window as Failable).taken ?? 0);
  if (typeof loss === 'string') expect(taken, 'connections the browser closed').toBeGreaterThan(0);
  const there = async (): Promise<number> => (await outboxOf(page)).filter((e) => e.words === words).length;
  if (said) {
    await mends(page);
    expect(await there(), 'said to be kept').toBe(1);
    return true;
  }

  // Not kept: the words stand where they were written, and beside the two ways out.
  expect(await page.getByLabel(FIELD).inputValue(), 'the words on the screen').toBe(words);
  await phone.delivery.filter({ hasText: '1 条还没存下，请先别关闭' }).tap();
  const card = page.getByRole('region', { name: '还没存下' });
  await card.getByText(words, { exact: true }).waitFor();
  await phone.button('复制', card).tap();
  await phone.text('已复制').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(words);
  if (t.out === 'keep') await mends(page);
  await phone.button(t.out === 'send' ? '直接送出' : '再存一次', card).tap();
  await phone.text(t.out === 'send' ? '已送达学校服务器' : '已存本机，会自动上传').waitFor();
  await card.waitFor({ state: 'detached' });
  await mends(page);
  expect(await there(), t.out).toBe(t.out === 'send' ? 0 : 1);
  return false;
}

/** One teacher's phone, lost again and again; afterwards everything is on the server once. */
async function lost(
  who: Teacher,
  losses: readonly Pick<Try, 'loss' | 'out'>[],
  tally: { kept: number; refused: number },
  plant?: (page: Page) => Promise<unknown>,
): Promise<void> {
  const phones = await KeptPhone.of(school, who, canFail);
  try {
    const phone = await phones.opens();
    await phone.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: school.site.url });
    const insides = await Insides.of(phone.context);
    await phone.page.bringToFront();
    await plant?.(phone.page);
    const said: string[] = [];
    for (const [i, { loss, out }] of losses.entries()) {
      const words = `${who} 第 ${i} 条`;
      said.push(words);
      const kept = await acts(phone, insides, who, { slot: SLOTS[i]!, words, loss, out });
      tally[kept ? 'kept' : 'refused'] += 1;
      if (typeof loss === 'string' || loss.left <= SURE)
        expect(kept, `opened again and kept after ${JSON.stringify(loss)}`).toBe(true);
      if (typeof loss !== 'string' && loss.left === EVERY) expect(kept, 'every call failed').toBe(false);
    }
    await phone.opens('/');
    await phone.delivered();
    expect((await acceptedOf(school.site.served.kernel, who)).sort()).toEqual(said.sort());
  } finally {
    await phones.isPutAway();
  }
}

/** Planted: says the words whatever became of the act. */
const saysAnyway = (page: Page): Promise<unknown> =>
  page.addInitScript(() => addEventListener('submit', () => document.body.append('已存本机：布置'), true));

const failing = (chance: Dice, left: number): Failing => {
  const [name, message] = ERRORS[chance.below(ERRORS.length)]!;
  return { left, open: chance.chance(0.5), name, message };
};

test('a lost connection is opened again; three failures are said, and the words are there to copy or send (B3)', async () => {
  const [count, seed] = [times('B3', 10, 80), seedOf('B3')];
  const chance = dice(seed);
  // The plain cases first.
  const plain: readonly Pick<Try, 'loss' | 'out'>[] = [
    { loss: 'closed', out: 'keep' },
    { loss: failing(chance, EVERY), out: 'send' },
    { loss: failing(chance, EVERY), out: 'keep' },
    { loss: 'closedMeanwhile', out: 'send' },
  ];
  const losses = Array.from({ length: count }, (_, i) => {
    const left = 1 + chance.below(12);
    const any = [failing(chance, left), failing(chance, left), 'closed', 'closedMeanwhile'] as const;
    return (
      plain[i] ??
      ({ loss: any[chance.below(any.length)]!, out: chance.chance(0.5) ? 'send' : 'keep' } as const)
    );
  });
  const tally = { kept: 0, refused: 0 };
  const teachers = ['lin', 'mei', 'gao', 'bai'] as const;
  for (let i = 0; i * PLACES < count; i++)
    await lost(teachers[i]!, losses.slice(i * PLACES, (i + 1) * PLACES), tally);
  const control = lost('hua', [{ loss: failing(chance, EVERY), out: 'keep' }], tally, saysAnyway);
  await expect(control, 'control').rejects.toThrow('said to be kept');
  process.stdout.write(`B3: ${count} losses ${JSON.stringify(tally)}\n`);
  expect(tally.kept, 'none was got over').toBeGreaterThan(0);
  expect(tally.refused, 'none was believed').toBeGreaterThan(0);
}, 3_600_000);
