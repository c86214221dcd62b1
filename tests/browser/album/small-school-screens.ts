import { instantOf } from '@kernel/shared/time';
import { aMorning, TUE, WED } from '../support/a-morning';
import type { Phone } from '../support/phone';
import type { SmallSchool } from '../support/small-school-site';
import type { Who } from '../../support/small-school';
import type { Album } from './album';
import { freeze } from './freeze';
import { storageScreens } from './storage-screens';

/** Journeys of single people, in the small school on a Tuesday morning. */
export async function smallSchoolScreens(album: Album, port: number): Promise<void> {
  const school = await aMorning(port);
  const phone = (who: Who): Promise<Phone> => school.newPhone(who, {}, (p) => freeze(p, school.clock.now()));
  try {
    await sameAsLast(album, await phone('lin'));
    await newHomework(album, await phone('lin'));
    await refused(album, school);
    await signing(album, school, phone);
    await boards(album, school, phone);
    await mine(album, await phone('lin'));
    await me(album, await phone('xu'));
    await ledger(album, await phone('xu'));
    await outage(album, school, phone);
    await storageScreens(album, school, phone);
  } finally {
    await school.closes();
  }
}

async function sameAsLast(album: Album, lin: Phone): Promise<void> {
  const { page } = lin;
  album.chapter('J1 The same homework as last time, without a network');
  await lin.isKept();
  await lin.reloads();
  await lin.button('同上次').first().waitFor();
  await album.take(
    page,
    'j1-same-as-last-1-today',
    'what I owe, when it is due, and one button that does it there',
  );
  await album.take(page, 'j1-same-as-last-1-today', 'the same', 'dark');
  await album.take(page, 'j1-same-as-last-1-today', 'the same', 'elder');
  await lin.goesOffline();
  await lin.reloads();
  await lin.tap(lin.button('同上次').first());
  await album.take(page, 'j1-same-as-last-2-confirm', 'exactly what will be sent, before it is sent');
  await lin.tap(lin.button('布置').first());
  await lin.delivery.filter({ hasText: '待上传' }).waitFor();
  await album.take(
    page,
    'j1-same-as-last-3-kept',
    'kept on the phone without a network, ten seconds to undo',
  );
  await lin.tap(lin.delivery);
  await lin.text('待上传').waitFor();
  await album.take(page, 'j1-same-as-last-4-queue', 'what waits, and that nobody has to stand by');
  await lin.comesBack();
  await lin.reloads();
  await lin.delivered();
  await album.take(page, 'j1-same-as-last-5-delivered', 'delivered by itself when the network is back');
  album.chapter('Proof for its author');
  await lin.tap(lin.delivery);
  await lin.tap(lin.button('回执').first());
  await lin.text('已核对').waitFor();
  await album.take(
    page,
    'proof-1-receipt',
    'the school’s signature for what was delivered, checked on the phone',
  );
  await lin.isPutAway();
}

async function newHomework(album: Album, lin: Phone): Promise<void> {
  const { page } = lin;
  album.chapter('J2 New homework, two tiers, two parallel classes');
  await lin.opens('/homework/new');
  await lin.tap(lin.chip('七(1)班'));
  await lin.tap(lin.chip('七(2)班'));
  await lin.tap(lin.chip('11月26日'));
  await album.take(page, 'j2-new-homework-1-form', 'chips before keyboards; what the day already holds');
  await page.getByLabel('A 基础 作业内容').fill('练习册第 36 页 1–4 题');
  await lin.tap(lin.button(/加一层/));
  await page.keyboard.type('第 36 页第 5 题，写出两种解法');
  await lin.tap(
    page.locator('.q-card').filter({ hasText: 'B 提高' }).locator('label').filter({ hasText: '15 分钟' }),
  );
  await album.take(page, 'j2-new-homework-2-tiers', 'two tiers with their minutes');
  await album.take(page, 'j2-new-homework-2-tiers', 'the same', 'desk');
  await lin.isPutAway();
}

async function refused(album: Album, school: SmallSchool): Promise<void> {
  const bai = await school.phone('bai');
  const { page } = bai;
  album.chapter('J12 Why something was refused, and the way out');
  await bai.opens('/');
  await bai.delivery.filter({ hasText: '需要处理' }).waitFor();
  await album.take(page, 'j12-refused-1-line', 'the delivery line says that somebody is needed');
  await bai.tap(bai.delivery);
  await bai.text('没有被接受').waitFor();
  await album.take(page, 'j12-refused-2-queue', 'the reason in words, what is kept, what to do');
  await bai.tap(bai.link('修改'));
  await bai
    .button(/再交一次/)
    .first()
    .waitFor();
  await album.take(
    page,
    'j12-refused-3-way-out',
    'everything that was written, and a way out that also sends',
  );
  await bai.tap(bai.button(/^改到/).first());
  await bai.delivered();
}

async function signing(
  album: Album,
  school: SmallSchool,
  phone: (who: Who) => Promise<Phone>,
): Promise<void> {
  const zhao = await phone('zhao');
  const { page } = zhao;
  album.chapter('J3 Signing everything that obeys the rules');
  await zhao.button(/^签 \d+ 份$/).waitFor();
  await album.take(page, 'j3-sign-1-today', 'the queue on 今日: what is clean, what is an exception');
  await zhao.tap(zhao.button(/^签 \d+ 份$/));
  await album.take(page, 'j3-sign-2-confirm', 'what will be signed, by grade and subject');
  await zhao.opens('/homework/sign');
  await zhao.button('退回').first().waitFor();
  await album.take(page, 'j3-sign-3-exceptions', 'exceptions one by one, with what is unusual');
  await album.take(page, 'j3-sign-3-exceptions', 'the same', 'desk');
  await zhao.tap(zhao.button('退回').first());
  await zhao.tap(zhao.chip('时长多了，请减少'));
  await album.take(page, 'j3-sign-4-return', 'returning with a reason');
  await zhao.tap(zhao.button('返回').last());
  await zhao.tap(zhao.button(/^签 \d+ 份$/));
  await zhao.tap(zhao.button(/^确认签/));
  await zhao.text('已存本机：签 5 份').waitFor();
  await zhao.tap(zhao.button('签这一份'));
  await zhao.text('已存本机：签 七(1)班、七(2)班 英语').waitFor();
  await zhao.delivered();
  await zhao.isPutAway();
  await school.jobsRun();
}

async function boards(album: Album, school: SmallSchool, phone: (who: Who) => Promise<Phone>): Promise<void> {
  album.chapter('J4 What the board lacks, and whose it is');
  const early = await phone('he');
  await early
    .card(/公示栏/)
    .first()
    .waitFor();
  await album.take(early.page, 'j4-board-1-today', 'the head teacher sees it without a tap');
  await early.tap(early.tab('班级'));
  await early.text('截至').waitFor();
  await album.take(early.page, 'j4-board-2-before-nine', 'the whole board, what lacks first');
  await early.isPutAway();
  for (const who of ['song', 'qin'] as const) {
    const signer = await school.phone(who);
    await signer.tap(signer.button(/^签 \d+ 份$/));
    await signer.tap(signer.button(/^确认签/));
    await signer.text('已存本机：签').waitFor();
    await signer.delivered();
  }
  await school.itIs(TUE, '09:00');
  await school.itIs(TUE, '09:10');
  const late = await phone('he');
  await late.opens('/homework/board');
  await late.text('公示内容').waitFor();
  await album.take(late.page, 'j4-board-3-published', 'after nine: published, late, still lacking');
  await late.isPutAway();
}

async function mine(album: Album, lin: Phone): Promise<void> {
  album.chapter('One’s own homework');
  await lin.opens('/homework/mine');
  await lin.text('新作业').waitFor();
  await album.take(lin.page, 'mine-1-list', 'by day, where each stands');
  await lin.tap(lin.page.locator('main .q-row').first());
  await lin.text('经过').waitFor();
  await album.take(lin.page, 'mine-2-item', 'one homework and everything that happened to it');
  await lin.isPutAway();
}

async function me(album: Album, xu: Phone): Promise<void> {
  album.chapter('我的');
  await xu.opens('/me');
  await xu.text('退出登录').waitFor();
  await album.take(xu.page, 'me-1', 'what does not fit under a thumb, how it looks, this phone');
  // What a browser calls itself changes with its version.
  const at = Date.parse('2026-11-03T08:00:00Z');
  const devices = [
    { id: 'a', browser: 'iPhone MicroMessenger', since: at, seen: at, here: true },
    { id: 'b', browser: 'Windows NT', since: at, seen: at, here: false },
  ];
  await xu.page.route('**/api/sessions', (route) => route.fulfill({ json: { devices } }));
  await xu.opens('/account');
  await xu.text('就是这一台').waitFor();
  await album.take(xu.page, 'me-2-account', 'where one is signed in, and a new password');
  await xu.isPutAway();
}

async function ledger(album: Album, xu: Phone): Promise<void> {
  album.chapter('The log in somebody else’s keeping');
  await xu.opens('/ledger');
  await xu.button('下载').waitFor();
  await album.take(xu.page, 'proof-2-ledger', 'the day’s fingerprint, to be printed or handed to the bureau');
  await xu.isPutAway();
}

async function outage(album: Album, school: SmallSchool, phone: (who: Who) => Promise<Phone>): Promise<void> {
  album.chapter('The server was away at nine');
  const at = (clock: string): number => instantOf(WED, clock, 'Asia/Shanghai');
  const span = { from: at('08:41'), to: at('09:12') };
  await school.site.served.kernel.system(school.schoolId, {
    key: 'outage',
    name: 'kernel.v1.recordOutage',
    args: { day: WED, span },
  });
  await school.itIs(WED, '09:15');
  const he = await phone('he');
  await he.opens('/homework/board');
  await he.text('服务器停机，期限顺延到 09:32').waitFor();
  await album.take(he.page, 'time-1-outage', 'a deadline in our own outage is lifted by itself, and says so');
  await he.isPutAway();
}
