import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { watchFor } from './complaints';

const SCREEN = { width: 390, height: 844 };
/** Everything waits for what it needs; nothing waits longer than a person would. */
const PATIENCE_MS = 10_000;

/** A browser context of its own: one person's phone, with taps counted and complaints of the page collected. */
export class Phone {
  taps = 0;
  private online = true;
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly url: string,
  ) {
    watchFor(page, this.complaints, () => this.online);
  }

  static async out(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Phone> {
    const context = await browser.newContext({
      viewport: SCREEN,
      hasTouch: true,
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      colorScheme: 'light',
      reducedMotion: 'reduce',
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return new Phone(context, await context.newPage(), url);
  }

  /** Opens a page as a link from outside does. */
  async opens(path = '/'): Promise<void> {
    await this.page.goto(this.url + path);
  }
  async signsIn(account: string, password: string): Promise<void> {
    await this.opens('/sign-in');
    await this.types('账号', account);
    await this.types('密码', password);
    await this.tap(this.button('登录'));
    await this.page.getByRole('heading', { level: 1, name: '今日' }).waitFor();
    await this.delivered();
    this.taps = 0;
  }
  async reloads(): Promise<void> {
    await this.page.reload();
  }

  /** Every counted touch goes through here. */
  async tap(what: Locator): Promise<void> {
    await what.tap();
    this.taps += 1;
  }
  /** Taps a way through the app takes, from the app as it is open. */
  async counts(way: () => Promise<void>): Promise<number> {
    const before = this.taps;
    await way();
    return this.taps - before;
  }
  /** Typing without the touch that puts the cursor there: for forms nobody counts. */
  async types(label: string, words: string): Promise<void> {
    await this.page.getByLabel(label, { exact: true }).fill(words);
  }

  button(name: string | RegExp, inside: Locator | Page = this.page): Locator {
    return inside.getByRole('button', { name, exact: true });
  }
  link(name: string | RegExp, inside: Locator | Page = this.page): Locator {
    return inside.getByRole('link', { name, exact: true });
  }
  tab(name: string): Locator {
    return this.page.getByRole('navigation', { name: '主要页面' }).getByRole('link', { name });
  }
  /** A chip by its words; the control behind it is hidden, the words are what is touched. */
  chip(name: string | RegExp): Locator {
    return this.page.locator('.q-chips label').filter({ hasText: name });
  }
  /** A card by its heading, in the part of the page called `part` where the same card could stand twice. */
  card(title: string | RegExp, part?: string): Locator {
    const inside = part === undefined ? this.page : this.page.getByRole('region', { name: part });
    return inside.locator('.q-card').filter({ has: this.page.getByRole('heading', { name: title }) });
  }
  text(words: string | RegExp): Locator {
    return this.page.getByText(words).first();
  }
  get delivery(): Locator {
    return this.page.locator('button.delivery');
  }
  async delivered(): Promise<void> {
    await this.delivery.filter({ hasText: '全部已送达' }).waitFor();
  }

  /** The app is kept by its worker: from now on it opens without a network. */
  async isKept(): Promise<void> {
    await this.page.evaluate(async () => void (await navigator.serviceWorker.ready));
  }
  async goesOffline(): Promise<void> {
    this.online = false;
    await this.context.setOffline(true);
  }
  async comesBack(): Promise<void> {
    await this.context.setOffline(false);
    this.online = true;
  }
  async isPutAway(): Promise<void> {
    await this.context.close();
  }
}
