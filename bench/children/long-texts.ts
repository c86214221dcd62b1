import type { Tier } from '@modules/homework';

/**
 * Homework as a careful teacher types it: three tiers, about 650 bytes, which makes a command of about
 * 1 KB; the same for the same number. Four fifths are sentences of a teacher's stock with other pages, numbers and topics each time.
 */
const OPENINGS = [
  '认真复习今天课堂笔记中关于{题}的内容，合上书把要点默写一遍',
  '先读课本第{页}页到第{页}页，把{题}的定义和例题重新抄写在笔记本上',
  '完成练习册第{页}页第{号}至{号}题，{题}那几道要写出完整的步骤',
  '把昨天小测卷上关于{题}的错题剪下来贴在错题本上，旁边写清楚错因',
  '观看班级群里老师发的{题}微课，暂停三次并各写一句自己的理解',
  '听写本单元第{号}组词语，家长签字后自己用红笔订正，每个错字写{号}遍',
  '朗读课文第{号}段两遍，用波浪线画出写{题}的句子',
  '独立完成课堂作业本第{页}页，做完后对照例题检查单位和答句',
];
const MIDDLES = [
  '遇到不会的先标记，明天早读前可以和同桌讨论，不要直接抄答案',
  '解答题必须先列式再计算，得数后面写单位，最后用一句完整的话作答',
  '作图用铅笔和直尺，辅助线画虚线，字母标注要和题目一致',
  '书写保持整洁，每题之间空一行，订正写在原题的右边',
  '选做第{号}题的同学请在题号旁边画一个五角星，方便老师面批',
  '第{号}题需要分两种情况讨论，漏掉一种扣一半分',
  '把自己认为最难的一道讲给家里人听，讲完后写下对方提的一个问题',
  '限时{号}分钟，到时间没有写完的画一条横线，后面的可以继续写',
  '用一张表格整理{题}和{题}的相同点与不同点，至少各写{号}条',
  '注意{题}中容易混淆的两个概念，举一个生活里的例子说明',
];
const FURTHERS = [
  '仿照例{号}自己编一道关于{题}的应用题，并写出详细的解答过程',
  '查找一份和{题}有关的资料，用八十字左右概括，注明出处',
  '尝试用第二种方法解第{页}页第{号}题，并比较哪一种更简便',
  '以“{题}给我的启发”为题写一段话，不少于一百二十字，注意分段',
  '预习第{号}节，写出两个已经看懂的地方和一个还想问的问题',
  '小组四人合作完成{题}的思维导图，每人负责一个分支，周{日}展示',
  '到阳台或小区里做一次{题}的观察，记录时间、天气和三个数据',
  '整理本周{题}的全部错题，按错因分成粗心、概念不清和方法不会三类',
];
const TOPICS =
  '一元一次方程,有理数混合运算,平行线的性质,全等三角形,整式的加减,数据的收集,轴对称图形,不等式的解集,景物描写,人物对话,文言实词,修辞手法,说明顺序,记叙的线索,古诗的意境,名著人物,一般过去时,现在完成时,定语从句,名词所有格,书信格式,听力关键词,光的反射,声音的特性,密度的测量,浮力,欧姆定律,细胞的结构,光合作用,种子的萌发,地图的比例尺,季风气候,降水的分布,人口的迁移,春秋时期的变革,大一统的措施,丝绸之路,近代的探索,法治与自由,权利和义务,元素符号,质量守恒,溶液的配制'.split(
    ',',
  );
const DAYS = '一二三四五';

/** Characters of a task as common as in any prose, in which no phrase ever comes back: about as badly as text can be packed. */
const LETTERS = [...new Set([...OPENINGS, ...MIDDLES, ...FURTHERS, ...TOPICS].join('').replace(/[{}]/g, ''))];

export function longTiers(n: number): Tier[] {
  const roll = rolls(n);
  const pick = (list: readonly string[]): string => list[Math.floor(roll() * list.length)]!;
  const fill = (sentence: string): string =>
    sentence.replace(/\{(.)\}/g, (_all, what: string) => {
      if (what === '题') return pick(TOPICS);
      if (what === '日') return DAYS[Math.floor(roll() * 5)]!;
      return String(1 + Math.floor(roll() * (what === '页' ? 150 : 12)));
    });
  // A fifth nobody has written before: the passage to copy, the words of the exercise.
  return tiersOf([
    `${fill(pick(OPENINGS))}；${fill(pick(MIDDLES))}。`,
    `${fill(pick(OPENINGS))}。抄写：${strange(roll, 44)}。`,
    `${fill(pick(FURTHERS))}；${fill(pick(MIDDLES))}。`,
  ]);
}

/** As long, and nothing in it was ever written before. */
export function strangeTiers(n: number): Tier[] {
  const roll = rolls(n);
  return tiersOf([strange(roll, 70), strange(roll, 70), strange(roll, 70)]);
}

const strange = (roll: () => number, length: number): string =>
  Array.from({ length }, () => LETTERS[Math.floor(roll() ** 2 * LETTERS.length)]!).join('');

const tiersOf = (texts: readonly [string, string, string]): Tier[] =>
  (['A', 'B', 'C'] as const).map((tier, i) => ({ tier, content: texts[i]!, minutes: 5 + i }));

/** mulberry32: even numbers in [0, 1), the same for the same seed. */
function rolls(seed: number): () => number {
  let a = seed * 2_654_435_761 + 1;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
