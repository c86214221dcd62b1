import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { dice, seedOf, times } from '../ops/support/counts';
import type { Phone } from './support/phone';
import { releaseSuite } from './support/release-suite';
import type { ReleaseTown } from './support/release-town';
import { buildOf, countOpenings, isUnderWorker, looksForUpdate, takesNewest } from './support/release-town';
import type { Change } from './support/releases';
import { until } from './support/until';

type Dice = ReturnType<typeof dice>;
const suite = releaseSuite();
const FIELD = 'A 基础 作业内容';

/** Every page of the phone, open now or later, asks for many files at once, again and again. */
async function storm(phone: Phone, files: readonly string[], atOnce: number): Promise<void> {
  const rage = ([paths, many]: readonly [readonly string[], number]): void => {
    const one = async (i: number): Promise<void> => {
      for (;;) {
        await fetch(`/${paths[i++ % paths.length]}`).catch(() => undefined);
        await new Promise((done) => setTimeout(done, i % 10));
      }
    };
    for (let i = 0; i < many; i++) void one(i * 7);
  };
  await phone.context.addInitScript(rage, [files, atOnce] as const);
  for (const page of phone.context.pages()) await page.evaluate(rage, [files, atOnce] as const);
}

/** W3: the worker is told to take over in the middle of a storm of requests that the one before it answers. */
async function updateInStorm(
  town: ReleaseTown,
  n: number,
  chance: Dice,
  next: Change = {},
  patience = 25_000,
): Promise<void> {
  const lin = await town.phone('lin');
  await isUnderWorker(lin.page);
  const sw = readFileSync(join(town.client, 'sw.js'), 'utf8');
  const files = [...sw.matchAll(/"\/(assets\/[^"]+)"/g)].map((m) => m[1]!);
  const second = await lin.context.newPage();
  await second.goto(town.url);
  await lin.page.bringToFront();
  await town.release(n + 1, next);
  await looksForUpdate(lin.page);
  await lin.button('更新').waitFor();
  await storm(lin, [...files, 'assets/not-there.js', 'api/session', 'icon.svg'], 5 + chance.below(30));
  await lin.page.waitForTimeout(chance.below(300));
  const openings = countOpenings(lin.page);
  await lin.button('更新').tap();
  await expect.poll(() => buildOf(lin.page).catch(() => ''), { timeout: patience }).toBe(town.build);
  await lin.page.waitForTimeout(500);
  expect(openings()).toBe(1);
  // And it stays, with the second tab still on the release before.
  await lin.page.waitForTimeout(3_000);
  await lin.reloads();
  expect(await buildOf(lin.page)).toBe(town.build);
}

describe('an update in a storm of requests (W3)', () => {
  test('is there after one tap and one reload', async () => {
    const [count, seed] = [times('W3', 3, 100), seedOf('W3')];
    for (let i = 0; i < count; i++) {
      const n = 1 + (i % 300) * 2;
      await suite.town(n, (town) => updateInStorm(town, n, dice(seed + i)));
    }
  }, 3_600_000);

  /** A worker that never lets the next one in, as one whose hands are full for ever. */
  const deaf: Change = {
    edit: (file, text) => (file === 'sw.js' ? text.replace('SKIP_WAITING', 'NEVER') : text),
  };
  test('also when the new worker cannot take over', () =>
    suite.town(701, (town) => updateInStorm(town, 701, dice(7), deaf)));

  test('control: without the way past such a worker the old release stays, and the test says so', async () => {
    const blind: Change = { edit: (_file, text) => text.replaceAll('getRegistrations', 'getRegistration_') };
    const story = (town: ReleaseTown): Promise<void> => updateInStorm(town, 711, dice(7), deaf, 12_000);
    await expect(suite.town(711, story, blind)).rejects.toThrow(/0\.1\.711\+test711/);
  });
});

/** Workers that must never be shipped, and might be. All of them take over at once: the worst case. */
const TAKES_OVER = `self.addEventListener('install',()=>self.skipWaiting());
self.addEventListener('activate',(e)=>e.waitUntil(self.clients.claim()));`;
const BROKEN: Readonly<Record<string, string>> = {
  'answers every page with an error': `${TAKES_OVER}
    self.addEventListener('fetch',(e)=>{if(e.request.mode==='navigate')e.respondWith(Promise.reject(new Error('no')))});`,
  'answers every page with another': `${TAKES_OVER}
    self.addEventListener('fetch',(e)=>{if(e.request.mode==='navigate')
      e.respondWith(new Response('<h1>portal</h1>',{headers:{'content-type':'text/html'}}))});`,
  'has lost every script': `${TAKES_OVER}
    self.addEventListener('fetch',(e)=>{if(e.request.url.includes('/assets/'))
      e.respondWith(new Response('',{status:404}))});`,
  'answers the API from a cache for ever': `${TAKES_OVER}
    self.addEventListener('fetch',(e)=>{if(e.request.url.includes('/api/'))
      e.respondWith(new Response('{}',{headers:{'content-type':'application/json'}}))});`,
};

const works = async (page: Page): Promise<boolean> =>
  (await page.getByRole('heading', { level: 1, name: '今日' }).isVisible()) &&
  (await page.locator('button.delivery').filter({ hasText: '待上传' }).isVisible());

/** Settles when the phone's worker has been removed, as the browser itself says: a broken page cannot be asked. */
async function watchRemoval(phone: Phone): Promise<{ readonly gone: Promise<void> }> {
  const cdp = await phone.context.newCDPSession(phone.page);
  await cdp.send('ServiceWorker.enable');
  const gone = new Promise<void>((done, fail) => {
    setTimeout(() => fail(new Error('no worker was removed')), 40_000);
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      if (registrations.some((r) => r.isDeleted)) done();
    });
  });
  gone.catch(() => undefined);
  return { gone };
}

const backByKillSwitch = (kind: string): Promise<void> =>
  suite.town(1, async (town) => {
    const lin = await town.phone('lin');
    await isUnderWorker(lin.page);
    town.busy = true;
    const card = lin.card('布置 七(1)班 数学作业', '11月24日 周二');
    await lin.tap(lin.button('同上次', card));
    await lin.tap(lin.button('布置', card));
    await lin.delivery.filter({ hasText: '1 条待上传' }).waitFor();
    await lin.opens('/homework/new');
    await lin.page.getByLabel(FIELD).fill('写到一半');
    await lin.page.waitForTimeout(1_200);

    writeFileSync(join(town.client, 'sw.js'), BROKEN[kind]!);
    await town.starts();
    await lin.page.evaluate(async () => {
      const taken = new Promise((done) =>
        navigator.serviceWorker.addEventListener('controllerchange', done, { once: true }),
      );
      await (await navigator.serviceWorker.getRegistration())!.update();
      await taken;
    });
    const open = (): Promise<unknown> => lin.page.goto(town.url, { timeout: 5_000 }).catch(() => undefined);
    const api = kind.includes('API');
    await open();
    await lin.page.waitForTimeout(1_500);
    if (!api) expect(await works(lin.page), 'the worker is not broken at all').toBe(false);

    // Shipping a good one is no cure: it waits for pages that never work again.
    await town.release(2);
    await open();
    await lin.page.waitForTimeout(1_500);
    if (!api) expect(await works(lin.page), 'no kill switch would be needed').toBe(false);

    const { gone } = await watchRemoval(lin);
    await town.starts({ killWorker: true });
    await open();
    // The worker comes with this opening and removes the broken one; the page is whole by itself, or with the next opening.
    await gone;
    const whole = (): Promise<boolean> => works(lin.page).catch(() => false);
    for (let i = 0; i < 25 && !(await whole()); i++) await lin.page.waitForTimeout(100);
    if (!(await whole())) await open();
    await until(whole, true);
    await lin.page.waitForTimeout(2_500);
    const left = await lin.page.evaluate(async () => [
      (await navigator.serviceWorker.getRegistrations()).length,
      // What people wrote lies in caches of its own, and stays.
      (await caches.keys()).filter((name) => !name.startsWith('qing-spare-')).length,
    ]);
    expect(left).toEqual([0, 0]);

    // IndexedDB was not touched, and with the switch off again the phone has a good worker.
    await lin.opens('/homework/new');
    await until(() => lin.page.getByLabel(FIELD).inputValue(), '写到一半');
    await town.starts();
    town.busy = false;
    await lin.opens('/');
    await lin.delivered();
    await isUnderWorker(lin.page);
  });

describe('a broken worker was shipped (W4)', () => {
  test.each(Object.keys(BROKEN))('the kill switch brings every phone back whose worker %s', (kind) =>
    backByKillSwitch(kind),
  );

  test('a page that works and holds something unsaved is not taken away by the kill switch', () =>
    suite.town(31, async (town) => {
      const zhao = await town.phone('zhao');
      await isUnderWorker(zhao.page);
      await town.acts('gao', 'homework.v1.assign', {
        classes: ['c-2026-1'],
        subject: 'english',
        date: '2026-11-24',
        form: 'written',
        tiers: [{ tier: 'A', content: '抄写第三单元全部单词，每个三遍，家长签字', minutes: 25 }],
        copiedFrom: null,
      });
      await zhao.opens('/homework/sign');
      await zhao.page.waitForTimeout(2_000);
      await zhao.tap(zhao.button('退回'));
      await zhao.types('也可以自己写', '请写明页码');
      const openings = countOpenings(zhao.page);
      await town.starts({ killWorker: true });
      await looksForUpdate(zhao.page);
      await until(
        () => zhao.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length),
        0,
      );
      await zhao.page.waitForTimeout(1_500);
      expect(openings()).toBe(0);
      await zhao.tap(zhao.button('退回给作者'));
      await zhao.delivered();
    }));
});

/** What lies in Cache Storage: addresses, and whether an answer was somebody's. */
const kept = (page: Page): Promise<{ path: string; personal: boolean }[]> =>
  page.evaluate(async () => {
    const found: { path: string; personal: boolean }[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const answer = (await cache.match(request))!;
        const type = answer.headers.get('content-type') ?? '';
        const personal =
          answer.headers.has('set-cookie') ||
          (/json/.test(type) && !/manifest/.test(type)) ||
          request.headers.has('cookie');
        found.push({ path: new URL(request.url).pathname, personal });
      }
    }
    return found;
  });

async function auditAfterJourney(town: ReleaseTown): Promise<void> {
  const lin = await town.phone('lin');
  await isUnderWorker(lin.page);
  const card = lin.card('布置 七(1)班 数学作业', '11月24日 周二');
  await lin.tap(lin.button('同上次', card));
  await lin.tap(lin.button('布置', card));
  await lin.delivered();
  for (const path of ['/homework/mine', '/homework/new', '/me', '/week', '/refusals', '/nowhere'])
    await lin.opens(path);
  await lin.goesOffline();
  await lin.opens('/homework/mine');
  await lin.comesBack();
  // Long enough in one place for every answer to arrive.
  await lin.opens('/');
  await lin.delivered();
  await lin.page.waitForTimeout(1_000);
  await town.release(2);
  await takesNewest(lin.page);
  await lin.opens('/');
  await lin.delivered();
  const shell = new Set(
    [...readFileSync(join(town.client, '.builds.json'), 'utf8').matchAll(/"(assets\/[^"]+)"/g)].map(
      (m) => `/${m[1]}`,
    ),
  );
  const found = await kept(lin.page);
  expect(found.length).toBeGreaterThan(40);
  expect(found.filter((f) => f.personal || f.path.startsWith('/api'))).toEqual([]);
  const others = found.map((f) => f.path).filter((path) => !shell.has(path));
  expect([...new Set(others)].sort()).toEqual(['/icon.svg', '/index.html', '/manifest.webmanifest']);
}

describe('what the worker keeps (W5)', () => {
  test('is the shell and nothing else, after a day of work', () => suite.town(1, auditAfterJourney));

  test('control: a worker that keeps what it sees is found out', async () => {
    const greedy: Change = {
      edit: (file, text) =>
        file === 'sw.js'
          ? `self.addEventListener('fetch',(e)=>{if(e.request.url.includes('/api/')&&e.request.method==='GET'&&!e.request.url.includes('poke'))
             e.respondWith((async()=>{const a=await fetch(e.request);await (await caches.open('data')).put(e.request,a.clone());return a})())});${text}`
          : text,
    };
    await expect(suite.town(1, auditAfterJourney, greedy)).rejects.toThrow(/'\/api\//);
  });

  test('no address of the API, and no missing file, is ever answered with a page', () =>
    suite.town(3, async (town) => {
      const lin = await town.phone('lin');
      await isUnderWorker(lin.page);
      const addresses = [
        '/api',
        '/api/',
        '/api/nowhere',
        '/api/session/x',
        '/API/sync',
        '/%61pi/sync',
        '/assets',
        '/assets/',
        '/assets/gone-12345678.js',
        '/assets/gone',
        '/assets/a/b.js',
        '/sw.js.map',
        '/nowhere.js',
        '/healthz/x',
      ];
      for (const path of addresses) {
        const direct = await fetch(town.url + path);
        const asked = await lin.page.evaluate(async (at) => {
          const answer = await fetch(at);
          return [answer.status, answer.headers.get('content-type')] as const;
        }, path);
        for (const [status, type] of [[direct.status, direct.headers.get('content-type')] as const, asked])
          expect([path, status, /html/.test(type ?? '')]).toEqual([path, 404, false]);
      }
      // Apart: an answer opened as a page may fetch nothing.
      for (const path of addresses) {
        const opened = await lin.page.goto(town.url + path);
        expect([path, opened?.status()]).toEqual([path, 404]);
      }
      for (const path of ['/', '/homework/mine', '/nowhere', '/index.html', '/week/2026-11-23'])
        expect([path, (await lin.page.goto(town.url + path))?.status()]).toEqual([path, 200]);
    }));
});
