import { describe, expect, test } from 'vitest';
import { classDayId, classDayRecord } from '@modules/homework';
import { dice, seedOf, times } from '../ops/support/counts';
import { C1 } from '../support/small-school';
import { releaseSuite } from './support/release-suite';
import { buildOf, isUnderWorker, looksForUpdate } from './support/release-town';
import type { ReleaseTown } from './support/release-town';
import { Releases, type Change } from './support/releases';
import { until } from './support/until';

const FIELD = 'A 基础 作业内容';
const suite = releaseSuite();

/**
 * W6: release n+1 is on the phone, with unsent work and a draft, when the school goes back to release n. Either the older
 * release works with what is there, or it says that it cannot, touches nothing, and everything is there when n+1 is back.
 */
async function rollback(
  town: ReleaseTown,
  n: number,
  schema: number,
  pauseMs: number,
  older: Change = {},
): Promise<void> {
  await town.release(n + 1, { schema });
  const lin = await town.phone('lin');
  const { page } = lin;
  await isUnderWorker(page);
  town.busy = true;
  const card = lin.card('布置 七(1)班 数学作业', '11月24日 周二');
  await lin.tap(lin.button('同上次', card));
  await lin.tap(lin.button('布置', card));
  await lin.delivery.filter({ hasText: '1 条待上传' }).waitFor();
  await lin.opens('/homework/new');
  await page.getByLabel(FIELD).fill(`写到一半 ${n}`);
  await page.waitForTimeout(1_500 + pauseMs);
  await lin.opens('/');
  await lin.delivery.filter({ hasText: '1 条待上传' }).waitFor();

  await town.release(n, older);
  await looksForUpdate(page);
  await lin.tap(lin.button('更新'));
  await until(() => buildOf(page).catch(() => ''), Releases.nameOf(n));
  if (schema > 0) {
    // An older release does not open a newer database: it says what is kept and what to do.
    await lin.text(/新版本|更新/).waitFor();
    expect(await page.getByRole('button', { name: '布置' }).count()).toBe(0);
    await town.release(n + 1, { schema });
    await looksForUpdate(page);
    await page.waitForTimeout(1_000);
    await lin.tap(lin.button(/更新/));
    await until(() => buildOf(page).catch(() => ''), Releases.nameOf(n + 1));
  }
  await lin.delivery.filter({ hasText: '1 条待上传' }).waitFor();
  await lin.opens('/homework/new');
  await until(() => page.getByLabel(FIELD).inputValue(), `写到一半 ${n}`);
  town.busy = false;
  await lin.opens('/');
  await lin.delivered();
  const day = await town.kernel.view(town.school).get(classDayRecord, classDayId(C1, '2026-11-24'));
  expect(day?.entries.map((e) => e.subject)).toEqual(['math']);
}

describe('going back to the release before (W6)', () => {
  test.each([
    ['with the same database', 0],
    ['with an older one', 1],
  ])('%s loses nothing', async (_, schema) => {
    const [count, seed] = [times('W6', 20, 20), seedOf('W6')];
    for (let i = 0; i < count; i++) {
      const n = 1 + i * 2;
      await suite.town(n, (town) => rollback(town, n, schema, dice(seed + i).below(500)));
    }
  });

  test('control: an older release that begins anew with the database is caught', async () => {
    const wipes: Change = {
      edit: (file, text) =>
        /\/index-[\w-]+\.js$/.test(file)
          ? `indexedDB.databases().then((all)=>all.forEach((d)=>indexedDB.deleteDatabase(d.name)));\n${text}`
          : text,
    };
    const story = (town: ReleaseTown): Promise<void> => rollback(town, 901, 0, 0, wipes);
    await expect(suite.town(901, story)).rejects.toThrow(/待上传/);
  });
});
