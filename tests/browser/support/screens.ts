import type { Phone } from './phone';
import { settled } from './settled';

/** A screen of the product, and whoever sees it. `null` = nobody signed in. */
export interface Screen {
  readonly name: string;
  readonly who: 'lin' | 'zhao' | 'song' | 'he' | 'tang' | 'xu' | 'bai' | null;
  readonly path: string;
  /** Something that is only there when the page has everything. */
  readonly until: string | RegExp;
  /** What is done on it before it is looked at. */
  readonly then?: (phone: Phone) => Promise<void>;
}

/** The main screens, as they stand in `aMorning`. */
export const SCREENS: readonly Screen[] = [
  { name: '欢迎', who: null, path: '/welcome', until: '用激活码开通' },
  { name: '登录', who: null, path: '/sign-in', until: '忘记密码' },
  { name: '开通账号', who: null, path: '/activate', until: '激活码' },
  { name: '拒绝做的事', who: null, path: '/refusals', until: '不给人排名' },
  { name: '建校：学校', who: null, path: '/setup', until: '学校名称' },
  {
    name: '建校：表格',
    who: null,
    path: '/setup',
    until: '学校名称',
    async then(phone) {
      await phone.types('建校口令', '7KQ2M-9XH4R');
      await phone.types('学校名称', '青河县第一初级中学');
      await phone.tap(phone.button('下一步：上传表格'));
      await phone.text('教职工花名册').waitFor();
    },
  },
  { name: '今日，老师', who: 'lin', path: '/', until: '布置 七(2)班 数学作业' },
  {
    name: '今日，同上次',
    who: 'lin',
    path: '/',
    until: '布置 七(2)班 数学作业',
    async then(phone) {
      await phone.tap(phone.button('同上次').first());
      await phone.button('布置').first().waitFor();
    },
  },
  {
    name: '新作业',
    who: 'lin',
    path: '/homework/new',
    until: '写的内容会自动存在本机',
    async then(phone) {
      await phone.tap(phone.chip('七(1)班'));
      await phone.tap(phone.chip('七(2)班'));
      await phone.tap(phone.button(/加一层/));
      await phone.tap(phone.button('布置'));
    },
  },
  { name: '我的作业', who: 'lin', path: '/homework/mine', until: '新作业' },
  {
    name: '一份作业',
    who: 'lin',
    path: '/homework/mine',
    until: '新作业',
    async then(phone) {
      await phone.tap(phone.page.locator('main .q-row').first());
      await phone.text('经过').waitFor();
    },
  },
  { name: '今日，备课组长', who: 'zhao', path: '/', until: /审签作业/ },
  {
    name: '审签',
    who: 'zhao',
    path: '/homework/sign',
    until: /份符合规则/,
    async then(phone) {
      await phone.tap(phone.button(/^签 \d+ 份$/).first());
      await phone.tap(phone.button('退回').first());
    },
  },
  { name: '今日，班主任', who: 'he', path: '/', until: '今天的公示栏' },
  { name: '班级公示栏', who: 'he', path: '/homework/board', until: '截至' },
  { name: '今日，没有事', who: 'bai', path: '/', until: '暂时没有轮到您的事' },
  { name: '今日，校长', who: 'tang', path: '/', until: '本周公示' },
  { name: '本周', who: 'tang', path: '/week', until: '截至' },
  { name: '各班公示栏', who: 'tang', path: '/homework/boards', until: '七(1)班' },
  {
    name: '数字背后',
    who: 'tang',
    path: '/homework/behind/missing?from=2026-11-23&to=2026-11-29&scope=school',
    until: '七(3)班',
  },
  { name: '人员', who: 'xu', path: '/people', until: '林老师' },
  {
    name: '一个人',
    who: 'xu',
    path: '/people',
    until: '林老师',
    async then(phone) {
      await phone.tap(phone.button(/林老师/));
      await phone.button('发放激活码').waitFor();
    },
  },
  { name: '班级', who: 'xu', path: '/classes', until: '七(1)班' },
  { name: '校历', who: 'xu', path: '/calendar', until: '上月' },
  { name: '值班表', who: 'xu', path: '/duty-table', until: '还没有值班表' },
  { name: '我的', who: 'xu', path: '/me', until: '退出登录' },
  { name: '没有这个页面', who: 'xu', path: '/no-such-page', until: '没有这个页面' },
  {
    name: '送达情况',
    who: 'bai',
    path: '/',
    until: '1 条需要处理',
    async then(phone) {
      await phone.tap(phone.delivery);
      await phone.text('没有被接受').waitFor();
    },
  },
  {
    name: '改好再交',
    who: 'bai',
    path: '/',
    until: '1 条需要处理',
    async then(phone) {
      await phone.tap(phone.delivery);
      await phone.tap(phone.link('修改'));
      await phone
        .button(/再交一次/)
        .first()
        .waitFor();
    },
  },
];

/** Opens a screen on a phone that is signed in as `screen.who`, and does what belongs to it. */
export async function show(phone: Phone, screen: Screen): Promise<void> {
  await phone.opens(screen.path);
  await phone.page.getByText(screen.until).first().waitFor();
  await screen.then?.(phone);
  await settled(phone.page);
}
