import type { TroubleKind } from '../trouble';

export interface TroubleWords {
  readonly title: string;
  readonly text: string;
  /** What the one button does. */
  readonly way: 'update' | 'reload' | 'queue' | null;
}

/** What is wrong with the phone's storage: what happened, what is kept, what to do. */
export function troubleWords(kind: TroubleKind, saved: boolean): TroubleWords {
  switch (kind) {
    case 'blocked':
      return {
        title: '另一个窗口还开着旧版本',
        text: '请关掉轻台账的其他窗口和标签页，这里会自动接着打开。本机的内容都没有动。',
        way: null,
      };
    case 'slow':
      return {
        title: '本机存储还没有应答',
        text: '比平时久一些，请稍等；过一分钟还是这样，请刷新。本机的内容都没有动。',
        way: 'reload',
      };
    case 'newer':
      return {
        title: '请更新',
        text: '这台手机上的内容是更新的版本写的，这个旧版本不去动它。更新后内容都在，没送达的接着送。',
        way: 'update',
      };
    case 'yielded':
      return {
        title: '新版本已在另一个窗口打开，请刷新',
        text: saved
          ? '没写完的已存成草稿，刷新后接着写。'
          : '有没写完的还只在这个页面上：请先复制下来，再刷新。已存本机的都在。',
        way: 'update',
      };
    case 'broken':
      return {
        title: '浏览器打不开本机存储',
        text: '请把浏览器完全关掉再打开，重试一次。请先不要清除浏览器数据：没送达的内容可能还在里面。',
        way: 'reload',
      };
    case 'full':
      return {
        title: '手机存储空间满了',
        text: '已存本机的都在。新写的可能存不下：请清理一些照片或应用，这里会自己恢复。',
        way: 'queue',
      };
    case 'lost':
      return {
        title: '本机存储刚才断开了',
        text: '已存本机的都在。没存下的列在“送达情况”里，可以复制，也可以直接送出；请先别关这个页面。',
        way: 'queue',
      };
  }
}
