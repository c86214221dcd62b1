import { DAY_MS } from '@kernel/shared/time';
import { C2 } from '../../support/small-school';
import { TUE } from '../support/a-morning';
import type { Phone } from '../support/phone';
import type { SmallSchool } from '../support/small-school-site';
import { breaks, canFail } from '../support/failing-storage';
import type { Album } from './album';

const FORM = `/homework/new?class=${C2}&subject=math&date=${TUE}`;
const WORDS = '练习册第 34 页第 1 至 8 题，先画线段图再列式。';

/** What a person is told when the phone's own storage fails: each for real, but for the numbers the server would know. */
export async function storageScreens(
  album: Album,
  school: SmallSchool,
  phone: (who: 'lin' | 'mei') => Promise<Phone>,
): Promise<void> {
  album.chapter('The phone’s own storage');
  await anotherWindow(album, await phone('lin'));
  await cleared(album, school, await phone('mei'));
  await notKept(
    album,
    await school.newPhone('gao', {}, ({ context }) => canFail(context).then(() => undefined)),
  );
}

/** A newer version of the app opened in another window takes the storage over. */
async function anotherWindow(album: Album, lin: Phone): Promise<void> {
  const { page } = lin;
  await lin.opens(FORM);
  await page.getByLabel('A 基础 作业内容').fill(WORDS);
  const other = await lin.context.newPage();
  await other.goto(`${new URL(page.url()).origin}/robots.txt`);
  await other.evaluate(async () => {
    for (const { name, version } of await indexedDB.databases())
      await new Promise((done) => (indexedDB.open(name!, version! + 10).onsuccess = done));
  });
  await page.bringToFront();
  await page.getByText('另一个窗口').first().waitFor();
  await album.take(
    page,
    'storage-1-newer-window',
    'a newer version was opened beside it: what was typed is kept',
  );
  lin.complaints.length = 0;
  await other.close();
  await lin.isPutAway();
}

async function cleared(album: Album, { site, clock }: SmallSchool, mei: Phone): Promise<void> {
  const { page, context } = mei;
  await mei.opens('/');
  await mei.delivered();
  await page.goto(`${site.url}/robots.txt`);
  const line = await context.newCDPSession(page);
  await line.send('Storage.clearDataForOrigin', {
    origin: site.url,
    storageTypes: 'indexeddb,local_storage,cache_storage,service_workers',
  });
  const held = {
    device: 'before',
    count: 2,
    oldest: clock.now() - DAY_MS,
    reportedAt: clock.now() - DAY_MS / 2,
  };
  await page.route('**/api/devices', (route) => route.fulfill({ json: [held] }));
  await mei.opens('/');
  await mei.text(/2 条/).first().waitFor();
  await album.take(page, 'storage-2-cleared', 'the browser was emptied: what the server knew of it');
  mei.complaints.length = 0;
  await mei.isPutAway();
}

/** Every call of the storage fails: the words stay on the page, and can be taken along another way. */
async function notKept(album: Album, gao: Phone): Promise<void> {
  const { page } = gao;
  await gao.opens(FORM.replace('math', 'english'));
  await page.getByLabel('A 基础 作业内容').fill('课文第 3 段背诵，明天抽查。');
  await breaks(page, {
    left: Infinity,
    open: true,
    name: 'UnknownError',
    message: 'Connection to Indexed Database server lost',
  });
  await gao.button('布置').tap();
  await page.locator('form').getByText('这条还没有存到本机').first().waitFor();
  await album.take(
    page,
    'storage-3-not-kept',
    'the phone could not keep it: said at once, and the words can be sent or copied',
  );
  gao.complaints.length = 0;
  await gao.isPutAway();
}
