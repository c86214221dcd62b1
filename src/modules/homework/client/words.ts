import type { Basis } from '@kernel/shared/interval';
import type { Act, Blame, Item } from '../shared';
import { STEPS } from '../shared';
import type { Instant } from '@kernel/shared/time';
import { MINUTE } from '@kernel/shared/time';

/** The module's words, said the same way on every screen (product.md §4). */

export const FORM_WORDS: Readonly<Record<Item['form'], string>> = {
  written: '书面',
  oral: '口头',
  practical: '实践',
};

export const TIER_WORDS: Readonly<Record<Item['tiers'][number]['tier'], string>> = {
  A: 'A 基础',
  B: 'B 提高',
  C: 'C 拓展',
};

export const HOLDER_WORDS: Readonly<Record<Blame, string>> = {
  author: '任课教师',
  groupLeader: '备课组长',
  dean: '教务主任',
  vicePrincipal: '副校长',
  nobody: '各步都没超时',
};

/** What a verdict on time rests on: said wherever 按时 or 晚 is said. */
export const BASIS_WORDS: Readonly<Record<Basis, string>> = {
  anchored: '依据服务器对时',
  unanchored: '依据最后一次对时，存疑从宽',
  receipt: '依据送达时间',
};

export const stepWords = (step: number): string => {
  const role = STEPS[step];
  return role ? HOLDER_WORDS[role] : '公示';
};

export type StateKind = 'calm' | 'waiting' | 'caution' | 'need' | 'done';

export interface StateWords {
  readonly kind: StateKind;
  readonly words: string;
}

/** Where a homework stands: 待备课组长审签 · 被退回 · 已签 · 已公示 · 已撤回. */
export function stateWords(item: { state: Item['state']; step: number }): StateWords {
  switch (item.state) {
    case 'waiting':
      return { kind: 'waiting', words: `待${stepWords(item.step)}审签` };
    case 'returned':
      return { kind: 'need', words: '被退回' };
    case 'signed':
      return { kind: 'done', words: '已签，到时公示' };
    case 'published':
      return { kind: 'done', words: '已公示' };
    case 'withdrawn':
      return { kind: 'calm', words: '已撤回' };
  }
}

const ACT_WORDS: Readonly<Record<Act['act'], string>> = {
  assign: '布置',
  skip: '免签',
  sign: '签字',
  return: '退回',
  revise: '修改再交',
  withdraw: '撤回',
  publish: '公示',
  correct: '更正',
};

/** `教务主任签字` · `布置` · `公示` */
export const actWords = (act: Act): string =>
  act.step === null ? ACT_WORDS[act.act] : `${stepWords(act.step)}${ACT_WORDS[act.act]}`;

/** Why a step was passed over. */
export const skipWords = (reason: string | null): string =>
  reason === 'noLeader' ? '备课组还没有组长，这一步免签' : '作者本人担任这一步，由下一步审签';

/** What is unusual, for a signer. An unknown flag of a newer version still says that something is. */
export function flagWords(flag: string, item: Item, subjectMinutes: number): string {
  const most = Math.max(...item.tiers.map((t) => t.minutes));
  switch (flag) {
    case 'overMinutes':
      return `${most} 分钟，超过每科 ${subjectMinutes} 分钟`;
    case 'revised':
      return item.round > 1 ? `修改过，第 ${item.round} 稿` : '修改过';
    case 'late':
      return '晚交';
    default:
      return '需要看一看';
  }
}

/** How long something has been waiting: 刚到 · 已等 12 分钟 · 已等 2 小时 · 已等 3 天. */
export function waitWords(since: Instant, now: Instant): string {
  const minutes = Math.floor((now - since) / MINUTE);
  if (minutes < 1) return '刚到';
  if (minutes < 60) return `已等 ${minutes} 分钟`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24)
    return minutes % 60 && hours < 4 ? `已等 ${hours} 小时 ${minutes % 60} 分钟` : `已等 ${hours} 小时`;
  return `已等 ${Math.floor(hours / 24)} 天`;
}

/** `A 基础 10 分钟 · B 提高 15 分钟` */
export const tiersInShort = (tiers: Item['tiers']): string =>
  tiers.map((t) => `${TIER_WORDS[t.tier]} ${t.minutes} 分钟`).join(' · ');

export const classNames = (item: { classes: Item['classes'] }): string =>
  item.classes.map((c) => c.name).join('、');
