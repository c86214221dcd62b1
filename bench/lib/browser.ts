import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContext } from 'playwright-core';
import { chromium } from 'playwright-core';
import { root, scratch } from './paths';

/** The size of a common phone. */
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};

const FLAGS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** CHROMIUM_PATH, or what the tests' helper finds (and installs where it may). */
export async function browserPath(): Promise<string> {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  const helper = (await import(pathToFileURL(join(root, '.ci/lib/browser.mjs')).href)) as {
    ensureBrowser(): Promise<string>;
  };
  return helper.ensureBrowser();
}

export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/**
 * A browser with a profile of its own on disk: a private window would keep IndexedDB in memory.
 * @param cookie header text of a signed-in session, set for `origin`
 */
export async function openBrowser(o: {
  origin: string;
  cookie: string | null;
  port?: number;
}): Promise<Browser> {
  mkdirSync(scratch, { recursive: true });
  const profile = mkdtempSync(join(scratch, 'profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: await browserPath(),
    args: [...FLAGS, ...(o.port === undefined ? [] : [`--remote-debugging-port=${o.port}`])],
    ...PHONE,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  });
  context.setDefaultTimeout(60_000);
  if (o.cookie !== null) await context.addCookies(cookiesOf(o.cookie, o.origin));
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** `a=1; b=2` → what a browser is given. */
function cookiesOf(header: string, origin: string) {
  return header.split('; ').map((pair) => {
    const cut = pair.indexOf('=');
    return { name: pair.slice(0, cut), value: pair.slice(cut + 1), url: origin };
  });
}
