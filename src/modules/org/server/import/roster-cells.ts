import { clean, squeeze, tidy } from '../../shared/text';

/** Words that stand where a name would: the post is not filled. */
const NOBODY = /^(待定|未定|待聘|待招|空缺|空|无|暂缺|暂无|缺|某某|xxx|\/|-+)$/i;
const HAN_NAME = /^[\p{Script=Han}〇]{2,6}(·[\p{Script=Han}〇]{1,12})*$/u;
const OTHER_NAME = /^[\p{L}][\p{L}.' ·-]{1,40}$/u;

export type NameRead = { readonly name: string } | { readonly wrong: 'nobody' | 'notAName' };

/** `尹  波` → 尹波: blanks inside a Chinese name are only layout. Minority names keep their ·, other scripts one blank. */
export function readName(text: string): NameRead {
  const name = squeeze(text).replace(/[•・.](?=\p{Script=Han})/gu, '·');
  if (NOBODY.test(name)) return { wrong: 'nobody' };
  if (HAN_NAME.test(name)) return { name };
  return OTHER_NAME.test(tidy(text)) && !/\p{Script=Han}/u.test(text)
    ? { name: tidy(text) }
    : { wrong: 'notAName' };
}

/** A mobile number: 11 digits from 1, with dashes, blanks, +86 and a remark in brackets behind. Empty is `none`. */
export function readPhone(text: string): { readonly phone: string } | 'none' | 'wrong' {
  const plain = squeeze(text)
    .replace(/\([^)]*\)$/, '')
    .replace(/^\+?86-?(?=1)/, '')
    .replace(/[-—–]/g, '');
  if (plain === '') return 'none';
  return /^1\d{10}$/.test(plain) ? { phone: plain } : 'wrong';
}

/** Lines under a table that are not people: 合计, 填报单位, 制表人, 审核 … `total` when the line gives a number of people. */
export function readFooter(texts: readonly string[]): { readonly total: number | null } | null {
  const first = squeeze(texts[0] ?? '');
  if (!/^(合计|总计|共计|小计|填报单位|填表|制表|审核|校长签|负责人|单位负责|备注|说明|注)/.test(first))
    return null;
  const total = /^(?:合计|总计|共计)\D{0,6}(\d{1,5})人?$/.exec(squeeze(texts.join('')));
  return { total: total ? Number(total[1]) : null };
}

/** 借调, 产假, 支教, 病休 …: the person is here on paper and away in fact. */
export const isAway = (note: string): boolean =>
  /借调|产假|支教|病休|病假|长病|脱产|外派|挂职|停薪|休假|哺乳假/.test(note);

/** The same, and `doubtful` where the note also says that it is over or whose place somebody takes. */
export const awayAsWritten = (note: string): boolean | 'doubtful' =>
  isAway(note) && (/[代替顶]|接(?!种)|结束|返|回|期满|已满|销假|复岗/.test(note) ? 'doubtful' : true);

/** The 班主任 column: nothing, "yes, of the class taught", or a class to be read. */
export function readHead(text: string): 'none' | 'yes' | { readonly text: string } {
  const word = squeeze(text);
  if (/^(|否|无|不是|不|×|x|-+|\/)$/i.test(word)) return 'none';
  return /^(是|√|✓|✔|对|y|yes|班主任)$/i.test(word) ? 'yes' : { text };
}

/** 职务 for people to read, in its own signs: 副校长（教学）. */
export const dutiesAsWritten = (raw: string): string[] =>
  clean(raw)
    .split(/[、，,/；;兼\n]/)
    .map((d) => d.trim().slice(0, 60))
    .filter((d) => d !== '');
