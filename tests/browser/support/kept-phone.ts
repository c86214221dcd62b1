import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { OutboxEntry } from '@kernel/client/person-db';
import type { Kernel } from '@kernel/server/kernel';
import { C1, C2, PEOPLE, type Who } from '../../support/small-school';
import { Phone } from './phone';
import type { SmallSchool } from './small-school-site';

export const FIELD = 'A 基础 作业内容';
export const PASSWORD = 'a long password';

/** A form of its own, with a draft of its own: a class on a school day. */
export interface Slot {
  readonly class: string;
  readonly date: string;
}
const DAYS = Array.from({ length: 37 }, (_, i) => new Date(Date.UTC(2026, 10, 24 + i)))
  .filter((d) => d.getUTCDay() % 6 !== 0)
  .map((d) => d.toISOString().slice(0, 10));
/** Fifty-four places where a teacher of the small school can assign once. */
export const SLOTS: readonly Slot[] = DAYS.flatMap((date) => [
  { class: C1, date },
  { class: C2, date },
]);
export const formOf = (slot: Slot, subject = 'math'): string =>
  `/homework/new?class=${slot.class}&subject=${subject}&date=${slot.date}`;

/** Writes a homework and lets it be kept: returns when the screen says so. */
export async function keeps(
  page: Page,
  url: string,
  slot: Slot,
  words: string,
  subject?: string,
): Promise<void> {
  await page.goto(url + formOf(slot, subject));
  await page.getByLabel(FIELD).fill(words);
  await page.getByRole('button', { name: '布置', exact: true }).click();
  await page.getByText('已存本机：布置').first().waitFor();
}

/**
 * One table of a person's own database, read past the app; the connection is given back at once.
 * @param who needed where several people have used the phone
 */
export const rowsOf = <T>(
  page: Page,
  table: 'outbox' | 'drafts' | 'meta' | 'records' | 'measures',
  who = '',
): Promise<T[]> =>
  page.evaluate(
    async ([store, person]) => {
      const all = await indexedDB.databases();
      const mine = (name: string): boolean =>
        name.startsWith('qing-') && name !== 'qing-device' && name.endsWith(person);
      const { name } = all.find((d) => mine(d.name!))!;
      const db = await new Promise<IDBDatabase>((done, no) => {
        const asked = indexedDB.open(name!);
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => no(asked.error!);
      });
      const rows = await new Promise<unknown[]>((done, no) => {
        const asked = db.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => no(asked.error!);
      });
      db.close();
      return rows;
    },
    [table, who && `-${who}`] as const,
  ) as Promise<T[]>;

const wordsIn = (args: unknown): string =>
  (args as { tiers?: { content: string }[] } | null)?.tiers?.[0]?.content ?? '';
export const outboxOf = async (page: Page, who?: Who): Promise<{ words: string; state: string }[]> =>
  (await rowsOf<OutboxEntry>(page, 'outbox', who)).map((e) => ({ words: wordsIn(e.args), state: e.state }));
export const draftsOf = async (page: Page, who?: Who): Promise<string[]> =>
  (await rowsOf<{ json: unknown }>(page, 'drafts', who)).map((d) => wordsIn(d.json)).filter(Boolean);

/** Words of everything this person's phones had accepted, one entry each time: doubles show. */
export async function acceptedOf(kernel: Kernel, who: Who): Promise<string[]> {
  const rows = await kernel.store.db
    .selectFrom('command')
    .select(['args', 'outcome'])
    .where('actor', '=', who)
    .where('device', 'not like', 'unseen-%')
    .execute();
  return rows.filter((r) => r.outcome === 'accepted').map((r) => wordsIn(JSON.parse(r.args)));
}

/** As `until`, also in tests that run side by side, where `expect.poll` knows no test. @returns what it was last */
export async function becomes<T>(ask: () => Promise<T>, is: (now: T) => boolean, ms = 10_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const now = await ask();
    if (is(now) || performance.now() > end) return now;
    await new Promise((done) => setTimeout(done, 50));
  }
}

/**
 * Freezes a page in the middle of what it does: nothing in it runs, and it keeps its locks and connections. Chromium's own
 * `Page.setWebLifecycleState` does nothing to a page that Playwright drives (seen on 156: it stays “visible”).
 * @returns lets it go on
 */
export async function freezes(page: Page): Promise<() => Promise<void>> {
  const line = await page.context().newCDPSession(page);
  await line.send('Debugger.enable');
  const frozen = new Promise((done) => line.once('Debugger.paused', done));
  await line.send('Debugger.pause');
  // Pausing happens at the next statement: gives it one.
  void page.evaluate(() => 1).catch(() => undefined);
  await frozen;
  return () => line.detach();
}

/** As `openBrowser`, with pages kept for “back” as browsers do outside of tests. */
const LAUNCH = {
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
  ignoreDefaultArgs: ['--disable-back-forward-cache'],
  args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
};

/** A phone whose browser can be killed at any moment and opened again on what it left behind. */
export class KeptPhone {
  private readonly folder = mkdtempSync(join(tmpdir(), 'qing-kept-'));
  private open: Phone | null = null;
  private group = 0;

  private constructor(
    private readonly school: SmallSchool,
    private readonly before: (context: BrowserContext) => Promise<unknown>,
  ) {}

  /** Signed in, kept by its worker, and closed. */
  static async of(
    school: SmallSchool,
    who: Who,
    before: (context: BrowserContext) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<KeptPhone> {
    const { kernel } = school.site.served;
    if ((await kernel.auth.accountOf(school.schoolId, who)) === null)
      await kernel.auth.createAccount({
        school: school.schoolId,
        person: who,
        account: `${who}.test`,
        password: PASSWORD,
        name: PEOPLE[who],
      });
    const kept = new KeptPhone(school, before);
    const phone = await kept.opens();
    await phone.signsIn(`${who}.test`, PASSWORD);
    await phone.isKept();
    // Put away in peace once: Chromium writes a new cookie down only half a minute later, and this is not about signing in.
    await phone.isPutAway();
    return kept;
  }

  /** As it is open now. */
  get phone(): Phone {
    if (!this.open) throw new Error('the browser was killed and not opened again');
    return this.open;
  }

  /** The browser, opened on this phone's folder. */
  async opens(): Promise<Phone> {
    const newContext = (options: object): Promise<BrowserContext> =>
      chromium.launchPersistentContext(this.folder, { ...options, ...LAUNCH });
    const phone = await Phone.out({ newContext } as unknown as Browser, this.school.site.url);
    this.open = phone;
    await this.before(phone.context);
    const line = await phone.context.browser()!.newBrowserCDPSession();
    const { processInfo } = await line.send('SystemInfo.getProcessInfo');
    this.group = processInfo.find((p) => p.type === 'browser')!.id;
    return phone;
  }

  /** Kill -9 for the whole browser. Resolves when it is gone and its folder can be opened again. */
  async isKilled(): Promise<void> {
    const gone = this.phone.context.waitForEvent('close');
    process.kill(-this.group, 'SIGKILL');
    await gone;
    this.open = null;
  }

  /**
   * Chromium finds the IndexedDB of a browser that was killed damaged once in about a hundred times, and throws it away (decision
   * 0019). Whoever it happened to opens the app with a network once.
   * @returns whether it had happened
   */
  async comesToItself(): Promise<boolean> {
    const { page } = this.phone;
    await this.phone.opens('/robots.txt');
    const ask = (): Promise<string[]> =>
      page.evaluate(async () => (await indexedDB.databases()).map((d) => d.name!));
    // The first question after such a find fails; then they are gone.
    const names = await ask().catch(ask);
    if (names.some((name) => name.startsWith('qing-') && name !== 'qing-device')) return false;
    await this.phone.opens('/');
    await this.phone.delivered();
    return true;
  }
  /** What Chromium does then, to a browser that is closed. */
  losesItsDatabases(): void {
    const place = join(this.folder, 'Default/IndexedDB');
    for (const name of readdirSync(place)) rmSync(join(place, name), { recursive: true });
  }

  async isPutAway(): Promise<void> {
    await this.open?.isPutAway();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
