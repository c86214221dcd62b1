import type { Page } from 'playwright-core';

/** Every part of the page has come and stands still. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('.q-skeleton, #app > .first') === null);
  await page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.all(document.getAnimations().map((a) => a.finished.catch(() => undefined)));
    for (let i = 0; i < 2; i++) await new Promise((done) => requestAnimationFrame(done));
  });
}
