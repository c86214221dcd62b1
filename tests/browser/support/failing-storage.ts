import type { BrowserContext, Page } from 'playwright-core';

/** Calls that fail, below the app and Dexie, as WebKit's and Chromium's do. */
export interface Failing {
  left: number;
  readonly open: boolean;
  readonly name: string;
  readonly message: string;
}
/** What a page of ours has besides: what fails in it, and how many connections were taken from it. */
export type Failable = Window & { failing?: Failing; taken?: number };

export const canFail = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript(() => {
    const self = window as Failable;
    const fails = (opening: boolean): void => {
      const { failing } = self;
      if (!failing || failing.left <= 0 || (opening && !failing.open)) return;
      failing.left -= 1;
      throw new DOMException(failing.message, failing.name);
    };
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (...asked) {
      fails(false);
      return transaction.apply(this, asked);
    };
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (...asked) {
      fails(true);
      const opening = open.apply(this, asked);
      const count = (): void => void (self.taken = (self.taken ?? 0) + 1);
      opening.addEventListener('success', () => opening.result.addEventListener('close', count));
      return opening;
    };
  });
export const breaks = (page: Page, failing: Failing): Promise<void> =>
  page.evaluate((f) => void ((window as Failable).failing = f), failing);
export const mends = (page: Page): Promise<void> =>
  page.evaluate(() => void delete (window as Failable).failing);
