import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const FOLDER = fileURLToPath(new URL('../../../node_modules/.cache/browser-failures/', import.meta.url));

/** What a page looked like when a test failed, for whoever mends it. */
export async function picture(page: Page, name: string): Promise<void> {
  const path = join(FOLDER, `${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 120)}.png`);
  await page.screenshot({ path, timeout: 5_000 }).catch(() => undefined);
}
