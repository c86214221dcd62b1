import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readAnchors } from '@kernel/server/proof/anchors';
import { checkReceiptFile } from '@kernel/server/proof/receipt-file';
import { verifyDatabase } from '@kernel/server/proof/verify';
import { instantOf } from '@kernel/shared/time';
import { barriers, overflow } from './support/look';
import { settled } from './support/settled';
import { SmallSchool } from './support/small-school-site';

const MON = '2026-11-23';
const at = (clock: string): number => instantOf(MON, clock, 'Asia/Shanghai');

/** What a teacher and an administrator hold in their hands of the log and of our outages, on the built app. */
describe('proof in people’s hands', () => {
  let school: SmallSchool;
  beforeAll(async () => {
    school = await SmallSchool.opens(MON, '07:05');
  });
  afterEach((test) => school.checks(test));
  afterAll(() => school?.closes());

  test('a delivered homework has a receipt: checked on the phone, and by anybody who has its file', async () => {
    const lin = await school.phone('lin');
    await lin.opens('/homework/new');
    await lin.tap(lin.chip('七(1)班'));
    await lin.types('A 基础 作业内容', '练习册第 34 页 1–4 题');
    await lin.tap(lin.button('布置'));
    await lin.delivered();
    await lin.tap(lin.delivery);
    await lin.tap(lin.button('回执'));
    await lin.text('已核对：学校的签名有效，内容一致').waitFor();
    await lin.text(/第 \d+ 号/).waitFor();
    await settled(lin.page);
    expect(await overflow(lin.page)).toEqual([]);
    expect(await barriers(lin.page)).toEqual([]);
    const [download] = await Promise.all([
      lin.page.waitForEvent('download'),
      lin.tap(lin.button('导出回执')),
    ]);
    expect(download.suggestedFilename()).toMatch(/^轻台账-回执-2026-11-23-第\d+号\.json$/);
    const file = readFileSync((await download.path())!, 'utf8');
    expect(checkReceiptFile(file)).toMatchObject({ signature: true, said: true, signed: { person: 'lin' } });
    expect(checkReceiptFile(file.replace('34 页', '35 页'))).toMatchObject({ signature: true, said: false });
  });

  test('the administrator takes the day’s fingerprint out of the house, and the log is checked against it', async () => {
    await school.itIs('2026-11-24', '07:00');
    const xu = await school.phone('xu');
    await xu.opens('/me');
    await xu.tap(xu.link(/账本指纹/));
    await xu.button('下载').waitFor();
    await settled(xu.page);
    expect(await overflow(xu.page)).toEqual([]);
    expect(await barriers(xu.page)).toEqual([]);
    const [download] = await Promise.all([xu.page.waitForEvent('download'), xu.tap(xu.button('下载'))]);
    const anchors = readAnchors(readFileSync((await download.path())!, 'utf8'));
    expect(anchors).toMatchObject({ forged: 0, heads: { length: 1 } });
    for await (const found of verifyDatabase(school.site.served.kernel.store.db, { anchors }))
      expect(found).toMatchObject({ broken: null, anchors: 1 });
    const lin = await school.phone('lin');
    await lin.opens('/me');
    await lin.text('本产品拒绝做的事').waitFor();
    expect(await lin.link(/账本指纹/).count()).toBe(0);
    expect((await lin.page.request.get(`${school.site.url}/api/ledger`)).status()).toBe(403);
  });

  test('a board whose deadline fell into an outage of ours says so, and nobody is late', async () => {
    const span = { from: at('08:40'), to: at('09:12') };
    const day = '2026-11-24';
    const moved = { from: span.from + 86_400_000, to: span.to + 86_400_000 };
    await school.site.served.kernel.systemAll(school.schoolId, [
      { key: 'outage', name: 'kernel.v1.recordOutage', args: { day, span: moved } },
    ]);
    await school.itIs(day, '09:15');
    const he = await school.phone('he');
    await he.opens('/homework/board');
    await he.text('服务器停机，期限顺延到 09:32').waitFor();
    await settled(he.page);
    expect(await overflow(he.page)).toEqual([]);
    await school.itIs(day, '09:40');
    await he.text(/过了 09:32，还缺/).waitFor();
  });
});
