import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { openBrowser } from './browser';
import { picture } from './picture';
import { ReleaseTown } from './release-town';
import { Releases, type Change } from './releases';

export interface ReleaseSuite {
  /** Opens a town with release `n`, lets the story happen, and puts everything away. A failed one leaves pictures. */
  town(n: number, story: (town: ReleaseTown) => Promise<void>, change?: Change): Promise<void>;
}

/**
 * One browser and one set of releases for a test file.
 * @param flags more of them for the browser
 */
export function releaseSuite(flags: readonly string[] = []): ReleaseSuite {
  let browser: Browser;
  let releases: Releases;
  beforeAll(async () => {
    [browser, releases] = await Promise.all([openBrowser(flags), Releases.fromBuild()]);
  });
  afterAll(async () => {
    await browser?.close();
    releases?.remove();
  });
  return {
    async town(n, story, change) {
      const town = await ReleaseTown.opens(releases, browser, n, change);
      try {
        await story(town);
      } catch (error) {
        const pages = town.phones.flatMap((phone) => phone.context.pages());
        for (const [i, page] of pages.entries()) await picture(page, `release-${n}-${i}`);
        throw error;
      } finally {
        await town.closes();
      }
    },
  };
}

/** Does `work` for every number below `count`, two at a time: most of a release is waiting. */
export async function inPairs(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const line = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all([line(), line()]);
}

/** Does `work` for all of them at once, and says for which it failed. */
export async function forEach<T extends string>(
  names: readonly T[],
  work: (name: T) => Promise<void>,
): Promise<void> {
  const one = (name: T): Promise<void> =>
    work(name).catch((error: unknown) => {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
  const failed = (await Promise.allSettled(names.map(one))).filter((r) => r.status === 'rejected');
  if (failed[0]) throw failed[0].reason;
}
