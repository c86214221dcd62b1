import { test } from 'vitest';
import { SmallSchool } from './support/small-school-site';
test('look', async () => {
  const t0 = Date.now();
  const s = await SmallSchool.opens('2026-11-20', '16:30');
  console.log('open', Date.now() - t0);
  const id = await s.assigns('lin', 'math', '2026-11-23');
  await s.allSign(id);
  await s.itIs('2026-11-23', '09:00');
  await s.itIs('2026-11-23', '16:30');
  const lin = await s.phone('lin');
  console.log('signed in', Date.now() - t0);
  await lin.page.screenshot({ path: '/tmp/shots/lin.png' , fullPage: true});
  console.log(await lin.page.locator('main').innerText());
  console.log(lin.complaints);
  for (const who of ['zhao','song','qin','he','tang','xu','bai'] as const) {
    const p = await s.phone(who);
    await p.page.screenshot({ path: `/tmp/shots/${who}.png`, fullPage: true });
    console.log(who, await p.page.locator('body').innerText(), p.complaints);
  }
  console.log(Date.now() - t0);
  await s.closes();
});
