import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { PersonDb } from '@kernel/client/person-db';
import { times } from '../ops/support/counts';
import { C1 } from '../support/small-school';
import {
  FIELD,
  SLOTS,
  acceptedOf,
  becomes,
  draftsOf,
  formOf,
  freezes,
  keeps,
  outboxOf,
  rowsOf,
} from './support/kept-phone';
import { releaseSuite } from './support/release-suite';
import { buildOf, isUnderWorker, takesNewest } from './support/release-town';

const suite = releaseSuite();
const tabs = times('B5_TABS', 10, 100);
/** `open()` settles within this time (reliability.md B5), with a second for a busy machine. */
const SETTLED_MS = 5_000 + 1_000;

/** From now on a page notes when it first asked for a database. */
const notesOpening = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (name, version) {
      (window as { asked?: number }).asked ??= performance.now();
      return open.call(this, name, version);
    };
  });
/** A window whose code never gives the database back. */
const holdsOn = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const names = (await indexedDB.databases()).map((d) => d.name!);
    const asked = indexedDB.open(names.find((n) => n.startsWith('qing-') && n !== 'qing-device')!);
    await new Promise((done) => (asked.onsuccess = done));
    (window as { held?: IDBDatabase }).held = asked.result;
  });
const today = (page: Page): Locator => page.getByRole('heading', { level: 1, name: '今日' });
const sinceAsked = (page: Page): Promise<number> =>
  page.evaluate(() => performance.now() - ((window as { asked?: number }).asked ?? NaN));

describe('the phone’s database in another version', () => {
  test(`is had from ${tabs} old windows, with every draft in them, and words say what stands in the way (B5)`, () =>
    suite.town(1, async (town) => {
      const lin = await town.phone('lin');
      await isUnderWorker(lin.page);
      const old: Page[] = [];
      for (let i = 0; i < tabs; i++) {
        const page = await lin.context.newPage();
        await page.goto(town.url + formOf(SLOTS[i % SLOTS.length]!, i < SLOTS.length ? 'math' : 'history'));
        await page.getByLabel(FIELD).waitFor();
        old.push(page);
      }
      const words = old.map((_, i) => `写到一半 ${i}`);
      // Planted: in one of them nothing can be saved, and it has to say so.
      const mute = old[1]!;
      await mute.evaluate(() => {
        const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...row) {
          if (this.name === 'drafts') throw new DOMException('planted', 'DataError');
          return put.apply(this, row);
        };
      });
      // One is asleep, with its words saved before.
      await old[0]!.getByLabel(FIELD).fill(words[0]!);
      await becomes(
        () => draftsOf(lin.page),
        (all) => all.includes(words[0]!),
      );
      const thaws = await freezes(old[0]!);
      await town.release(2, { schema: 1 });
      await takesNewest(old[2]!);
      for (const [i, page] of old.entries()) if (i > 0) await page.getByLabel(FIELD).fill(words[i]!);
      const next = await lin.context.newPage();
      await notesOpening(next);
      await next.goto(town.url);
      // A window that cannot even answer: Chromium then does not say that somebody stands in the way, and it is named all the same.
      await next.getByText('另一个窗口还开着旧版本').waitFor();
      const told = await sinceAsked(next);
      expect(told).toBeLessThan(SETTLED_MS);
      await thaws();
      const began = performance.now();
      // By itself, as soon as the way is free.
      await today(next).waitFor();
      const opened = performance.now() - began;
      expect(await buildOf(next)).toBe(town.build);

      const kept = words.filter((w) => w !== words[1]);
      const found = await becomes(
        () => draftsOf(next),
        (all) => all.length >= kept.length,
      );
      expect(found.sort()).toEqual(kept.sort());
      await mute.getByText('有没写完的还只在这个页面上').waitFor();
      expect(await mute.getByLabel(FIELD).inputValue()).toBe(words[1]);
      await old[2]!.getByText('没写完的已存成草稿，刷新后接着写。').waitFor();
      await Promise.all(old.map((page) => page.close()));

      // One that holds on to the database whatever it is told is named.
      await holdsOn(next);
      await town.release(3, { schema: 2 });
      await takesNewest(next);
      const third = await lin.context.newPage();
      await notesOpening(third);
      await third.goto(town.url);
      await third.getByText('另一个窗口还开着旧版本').waitFor();
      const named = await sinceAsked(third);
      expect(named).toBeLessThan(SETTLED_MS);
      await next.close();
      await today(third).waitFor();
      expect((await draftsOf(third)).sort()).toEqual(kept.sort());
      process.stdout.write(
        `B5: ${tabs} windows, one frozen: told after ${Math.round(told)} ms, open ${Math.round(opened)} ms after it woke; ` +
          `one deaf: named after ${Math.round(named)} ms\n`,
      );
    }));

  test('newer than the app: it says so, touches nothing, and goes on after the update (B9)', () =>
    suite.town(11, async (town) => {
      const lin = await town.phone('lin');
      const { page } = lin;
      await isUnderWorker(page);
      town.busy = true;
      await keeps(page, town.url, SLOTS[0]!, '新版本里写的');
      await town.release(12, { schema: 1 });
      await takesNewest(page);
      await page.goto(town.url);
      await lin.delivery.filter({ hasText: '1 条待上传' }).waitFor();
      await page.goto(town.url + formOf(SLOTS[1]!));
      await lin.page.getByLabel(FIELD).fill('新版本的草稿');
      await becomes(
        () => draftsOf(page),
        (all) => all.includes('新版本的草稿'),
      );
      const state = async (): Promise<unknown> => [
        await page.evaluate(() => indexedDB.databases()),
        await rowsOf(page, 'drafts'),
        (await rowsOf<{ attempts: number; state: string }>(page, 'outbox')).map((e) => ({
          ...e,
          attempts: 0,
          state: '',
        })),
      ];
      const before = await state();

      await town.release(13);
      await takesNewest(page);
      for (const path of ['/', formOf(SLOTS[1]!)]) {
        await page.goto(town.url + path);
        await page.getByRole('heading', { level: 1, name: '请更新' }).waitFor();
        expect(await buildOf(page)).toBe(town.build);
        expect(await state()).toEqual(before);
      }

      await town.release(14, { schema: 1 });
      town.busy = false;
      await lin.button('现在更新').tap();
      await becomes(
        () => buildOf(page).catch(() => ''),
        (now) => now === town.build,
        30_000,
      );
      await page.goto(town.url + formOf(SLOTS[1]!));
      expect(
        await becomes(
          () => page.getByLabel(FIELD).inputValue(),
          (now) => now !== '',
        ),
      ).toBe('新版本的草稿');
      await page.goto(town.url);
      await lin.delivered();
      expect(await acceptedOf(town.kernel, 'lin')).toEqual(['新版本里写的']);
    }));

  /** Every version of `PersonDb` that was ever released, as it was, with one act that waits in it. */
  const VERSIONS = [
    {
      version: 1,
      stores: {
        records: { key: ['kind', 'id'], indexes: { keys: '*keys', pendingBy: '*pendingBy', gen: 'gen' } },
        measures: {
          key: ['name', 'scope', 'day'],
          indexes: { '[scope+day]': ['scope', 'day'], gen: 'gen' },
        },
        outbox: { key: 'seq', indexes: { id: '&id', state: 'state' } },
        drafts: { key: 'key', indexes: {} },
        meta: { key: 'key', indexes: {} },
      },
      entry: {
        ...{ seq: 1, id: '01931b6e-7a00-7000-8000-0000000000b9', name: 'homework.v1.assign' },
        args: {
          ...{ classes: [C1], subject: 'math', date: '2026-11-24', form: 'written', copiedFrom: null },
          tiers: [{ tier: 'A', content: '旧版本里写的', minutes: 10 }],
        },
        ...{ mono: null, beacon: null, state: 'waiting', code: null, details: null, foreseen: null },
        ...{ settledAt: null, attempts: 0, again: false, closed: null, closedAt: null, replacedBy: null },
      },
    },
  ] as const;

  test('the list of released versions is whole', () => {
    expect(VERSIONS.at(-1)!.version).toBe(new PersonDb('only looked at').verno);
  });

  test.each(VERSIONS)(
    'of version $version, with an act that waits, is read up and delivered (B9)',
    (fixture) =>
      suite.town(21, async (town) => {
        const lin = await town.phone('lin');
        const { page } = lin;
        const names = (await page.evaluate(() => indexedDB.databases())).map((d) => d.name!);
        const name = names.find((n) => n.startsWith('qing-') && n !== 'qing-device')!;
        const at = town.clock.now();
        // A page of the same place without the app, which would hold the database.
        await page.goto(`${town.url}/robots.txt`);
        await page.evaluate(
          async ([db, { version, stores, entry }, now]) => {
            const done = (asked: IDBRequest): Promise<void> =>
              new Promise((ok, no) => {
                asked.onsuccess = () => ok();
                asked.onerror = () => no(asked.error!);
              });
            await done(indexedDB.deleteDatabase(db));
            const asked = indexedDB.open(db, version * 10);
            asked.onupgradeneeded = () => {
              for (const [store, { key, indexes }] of Object.entries(stores)) {
                const made = asked.result.createObjectStore(store, { keyPath: key as string });
                for (const [index, path] of Object.entries(indexes as Record<string, string>))
                  made.createIndex(index, typeof path === 'string' ? path.replace(/^[*&]/, '') : path, {
                    multiEntry: path[0] === '*',
                    unique: path[0] === '&',
                  });
              }
            };
            await done(asked);
            const tx = asked.result.transaction(['outbox', 'meta'], 'readwrite');
            tx.objectStore('outbox').add({ ...entry, at: now, createdAt: now });
            const about = { device: '01931b6e-7a00-7000-8000-0000000000d9', nextSeq: 2, build: '0.0.1+old' };
            for (const [key, value] of Object.entries(about)) tx.objectStore('meta').add({ key, value });
            await new Promise((ok) => (tx.oncomplete = ok));
            asked.result.close();
          },
          [name, fixture, at] as const,
        );
        await page.goto(town.url);
        await lin.delivered();
        expect((await outboxOf(page)).map((e) => e.state)).toEqual(['accepted']);
        expect(await acceptedOf(town.kernel, 'lin')).toEqual(['旧版本里写的']);
      }),
  );
});
