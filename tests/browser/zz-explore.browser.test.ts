import { test } from 'vitest';
import { SmallSchool } from './support/small-school-site';
test('look', async () => {
  const s = await SmallSchool.opens('2026-11-24', '09:10');
  for (const reload of [false, true]) {
    const hua = await s.newPhone('hua');
    await hua.isKept();
    if (reload) { await hua.opens('/homework/mine'); await hua.delivered(); }
    else { await hua.tap(hua.tab('作业')); }
    console.log('controlled', await hua.page.evaluate(() => !!navigator.serviceWorker.controller));
    await hua.goesOffline();
    await hua.tap(hua.link('新作业'));
    await hua.page.waitForTimeout(4000);
    console.log(reload, hua.page.url(), await hua.page.locator('main').innerText(), hua.complaints);
    await hua.page.screenshot({ path: `/tmp/shots/hua-${reload}.png` });
  }
  await s.closes();
});
