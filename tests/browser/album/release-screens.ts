import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from '../support/browser';
import type { Phone } from '../support/phone';
import { isUnderWorker, looksForUpdate, ReleaseTown } from '../support/release-town';
import { Releases } from '../support/releases';
import type { Album } from './album';
import { freeze } from './freeze';

/** What a person sees of a release. */
export async function releaseScreens(album: Album): Promise<void> {
  const [browser, releases] = await Promise.all([openBrowser(), Releases.fromBuild()]);
  const town = await ReleaseTown.opens(releases, browser, 1);
  try {
    album.chapter('A new version');
    const frozen = (phone: Phone): Promise<void> => freeze(phone, town.clock.now());
    await offered(album, town, await town.phone('lin', {}, frozen));
    await unsaved(album, town, await town.phone('zhao', {}, frozen));
    await tooOld(album, await town.phone('mei', {}, frozen));
    await filesGone(album, town, await town.phone('gao', { serviceWorkers: 'block' }, frozen));
  } finally {
    await town.closes();
    await browser.close();
    releases.remove();
  }
}

async function offered(album: Album, town: ReleaseTown, lin: Phone): Promise<void> {
  await isUnderWorker(lin.page);
  await town.release(2);
  await looksForUpdate(lin.page);
  await lin.text('有新版本').waitFor();
  const words = 'a new version is offered, and takes nothing over by itself';
  await album.take(lin.page, 'release-1-offered', words);
}

async function unsaved(album: Album, town: ReleaseTown, zhao: Phone): Promise<void> {
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
  await town.release(3);
  await looksForUpdate(zhao.page);
  await zhao.tap(zhao.button('退回'));
  await zhao.types('也可以自己写', '请写明页码');
  await zhao.page.getByLabel('也可以自己写').blur();
  await zhao.tap(zhao.button('更新'));
  await zhao.text('这里还有没存好的内容').waitFor();
  const words = 'what could not be saved is not reloaded over';
  await album.take(zhao.page, 'release-2-unsaved', words);
}

async function tooOld(album: Album, mei: Phone): Promise<void> {
  const body = {
    type: 'about:blank',
    title: '请更新到新版本，本机内容都还在',
    status: 426,
    code: 'kernel.upgrade',
  };
  await mei.context.route('**/api/sync', (route) =>
    route.fulfill({ status: 426, contentType: 'application/problem+json', body: JSON.stringify(body) }),
  );
  await mei.opens('/');
  await mei.text('请更新').first().waitFor();
  await mei.text('这个版本太旧').waitFor();
  const words = 'a version the server no longer takes; the queue waits on the phone';
  await album.take(mei.page, 'release-3-too-old', words);
}

async function filesGone(album: Album, town: ReleaseTown, gao: Phone): Promise<void> {
  const assets = join(town.client, 'assets');
  for (const file of readdirSync(assets)) if (file.startsWith('MinePage-')) rmSync(join(assets, file));
  await gao.tab('作业').tap();
  await gao.text('这一页没能打开').waitFor();
  const words = 'a page whose files are gone, after one reload did not bring them back';
  await album.take(gao.page, 'release-4-stopped', words);
}
