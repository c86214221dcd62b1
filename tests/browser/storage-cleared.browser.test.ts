import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Kernel } from '@kernel/server/kernel';
import { dice, seedOf, times } from '../ops/support/counts';
import {
  KeptPhone,
  PASSWORD,
  SLOTS,
  acceptedOf,
  becomes,
  keeps,
  outboxOf,
  rowsOf,
} from './support/kept-phone';
import type { Phone } from './support/phone';
import { SmallSchool } from './support/small-school-site';

const SUBJECT = { lin: 'math', mei: 'chinese', gao: 'english', bai: 'history', hua: 'biology' } as const;
type Teacher = keyof typeof SUBJECT;
const TEACHERS = Object.keys(SUBJECT) as Teacher[];

let school: SmallSchool;
/** True: of a queue one act gets through, and then the line is gone. */
let fades = false;
beforeAll(async () => {
  school = await SmallSchool.opens('2026-11-23', '16:30');
  const { kernel } = school.site.served;
  const push: Kernel['push'] = kernel.push.bind(kernel);
  let through: string | null = null;
  kernel.push = (row, commands) => {
    if (!fades) through = null;
    if (!fades || commands.length === 0) return push(row, commands);
    // Too much at once for whoever stands in between: the phone sends less, and says with it how much is still to come.
    const statusCode = commands.length > 1 ? 413 : 503;
    // Once more, when its answer went with a page that was left.
    if (commands.length === 1) through ??= commands[0]!.id;
    if (commands.length > 1 || commands[0]!.id !== through)
      return Promise.reject(Object.assign(new Error('planned'), { statusCode }));
    return push(row, commands);
  };
});
afterAll(() => school?.closes());

/** Everything a browser keeps for the site; its cookies too, or all but them. */
async function isCleared({ context, page }: Phone, cookie: 'kept' | 'gone'): Promise<void> {
  const line = await context.newCDPSession(page);
  const storageTypes =
    cookie === 'gone' ? 'all' : 'indexeddb,local_storage,cache_storage,service_workers,file_systems';
  await line.send('Storage.clearDataForOrigin', { origin: school.site.url, storageTypes });
  expect((await context.cookies()).length > 0, 'the cookie').toBe(cookie === 'kept');
  await page.goto(`${school.site.url}/robots.txt`);
  expect(await page.evaluate(() => indexedDB.databases()), 'databases').toEqual([]);
}

interface Clearing {
  readonly cookie: 'kept' | 'gone';
  /** Acts that had not arrived. */
  readonly unsent: number;
}

/** The first two lose nothing: the control of what is told after the others. */
const PLAIN: readonly Clearing[] = [
  { cookie: 'gone', unsent: 0 },
  { cookie: 'kept', unsent: 0 },
  { cookie: 'gone', unsent: 2 },
  { cookie: 'kept', unsent: 1 },
];

/** One teacher's phone, emptied between two openings again and again. */
async function cleared(who: Teacher, clearings: readonly Clearing[]): Promise<void> {
  const phones = await KeptPhone.of(school, who);
  const arrived: string[] = [];
  const gone: string[] = [];
  try {
    let slot = 0;
    let phone = await phones.opens();
    for (const [i, { cookie, unsent }] of clearings.entries()) {
      if (i > 0) await phone.isKept();
      await phone.goesOffline();
      const said = Array.from({ length: unsent + 1 }, (_, n) => `${who} ${i}-${n}`);
      for (const [n, words] of said.entries())
        await keeps(phone.page, school.site.url, SLOTS[slot + n]!, words, SUBJECT[who]);
      fades = true;
      await phone.comesBack();
      await phone.opens('/');
      if (unsent === 0) await phone.delivered();
      const states = await becomes(
        () => outboxOf(phone.page),
        (all) => all.filter((e) => e.state === 'accepted').length > 0,
      );
      expect(states.filter((e) => e.state !== 'accepted')).toHaveLength(unsent);
      // What never arrived leaves its place free.
      slot += 1;
      arrived.push(said[0]!);
      gone.push(...said.slice(1));
      expect(
        await becomes(
          () => heldOf(who),
          (n) => n === gone.length,
        ),
        'known to the server',
      ).toBe(gone.length);
      await phone.isPutAway();
      fades = false;

      phone = await phones.opens();
      await isCleared(phone, cookie);
      await phone.opens('/');
      if (cookie === 'gone') {
        await phone.page.waitForURL('**/welcome');
        await phone.signsIn(`${who}.test`, PASSWORD);
      }
      await phone.delivered();
      await isTold(phone, cookie, gone.length);
      // What had arrived is here again, and nothing else.
      const copy = await becomes(
        async () => JSON.stringify(await rowsOf(phone.page, 'records')),
        (text) => arrived.every((words) => text.includes(`"${words}"`)),
      );
      expect(
        arrived.filter((words) => !copy.includes(`"${words}"`)),
        'not fetched again',
      ).toEqual([]);
      expect(gone.filter((words) => copy.includes(`"${words}"`))).toEqual([]);
    }
    expect((await acceptedOf(school.site.served.kernel, who)).sort()).toEqual([...arrived].sort());
  } finally {
    fades = false;
    await phones.isPutAway();
  }
}

/** How much the server knows to be on this person's phones still. */
async function heldOf(who: Teacher): Promise<number> {
  const { db } = school.site.served.kernel.store;
  const rows = await db.selectFrom('device').select('unsent').where('person', '=', who).execute();
  return rows.reduce((sum, r) => sum + r.unsent, 0);
}

/** Says how much is missing, or that nothing is known to be; once it is read it does not come back. */
async function isTold(phone: Phone, cookie: 'kept' | 'gone', count: number): Promise<void> {
  const { page } = phone;
  const news = page.locator('main').getByText(/条没送到$|^这台手机上的本机内容被清空过$/);
  if (count === 0 && cookie === 'gone') {
    // Nobody can tell it from a new phone, and there is nothing to say.
    const asked = async (): Promise<unknown> =>
      (await rowsOf<{ key: string; value: unknown }>(page, 'meta')).find((m) => m.key === 'news')?.value;
    expect(await becomes(asked, (value) => value === null)).toBeNull();
    return void expect(await news.count()).toBe(0);
  }
  await news.filter({ hasText: count > 0 ? `还有 ${count} 条没送到` : '被清空过' }).waitFor();
  const cleaned = page.getByText('浏览器清理过这台手机上存的内容');
  expect(await cleaned.isVisible()).toBe(cookie === 'kept');
  await phone.button('知道了').tap();
  await news.waitFor({ state: 'detached' });
  await phone.opens('/');
  await phone.delivered();
  expect(await news.count(), 'said again').toBe(0);
}

test('an emptied phone says how many had not arrived, and has everything else again (B4)', async () => {
  const [count, seed] = [times('B4', 4, 50), seedOf('B4')];
  const chance = dice(seed);
  const each = Math.max(PLAIN.length, Math.ceil(count / TEACHERS.length));
  for (let left = count, n = 0; left > 0; left -= each, n++) {
    const more = (): Clearing => ({ cookie: chance.chance(0.5) ? 'kept' : 'gone', unsent: chance.below(4) });
    const some = Array.from({ length: Math.min(each, left) }, (_, i) => PLAIN[i] ?? more());
    await cleared(TEACHERS[n]!, some);
  }
  process.stdout.write(`B4: ${count} times emptied\n`);
}, 3_600_000);
