import type { Tier } from '@modules/homework';

/** Plausible homework by subject, written for the example school: [basic, further]. */
const TEXTS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  chinese: [
    ['抄写本课词语两遍，背诵第三段', '仿照第三段写一段景物描写，100 字左右'],
    ['完成课后思考题一、二', '给课文结尾换一种写法，说说理由'],
    ['默写古诗两首，订正错字', '查一查作者的生平，写三句话介绍'],
    ['阅读《朝花夕拾》第 20–30 页，画出好句', '摘抄一处，写两句批注'],
  ],
  math: [
    ['练习册第 32 页 1–6 题', '第 7、8 题，写出完整过程'],
    ['课本习题 3.2 第 1–5 题', '思考题：用两种方法解第 6 题'],
    ['整理今天的错题三道', '自编一道应用题并解答'],
    ['课堂卷 A 组', '课堂卷 B 组前两题'],
  ],
  english: [
    ['听读 Unit 5 课文两遍，抄写单词一遍', '用五个新词写一段话'],
    ['完成练习册 Section A', '写一封 50 词的邀请信'],
    ['背诵 3a 对话', '把对话改写成短文'],
  ],
  physics: [
    ['课本“动手动脑学物理”1–3 题', '设计一个比较冷热的小实验，写出步骤'],
    ['整理本节公式，完成例题变式', '估算家里一天的用电量'],
  ],
  chemistry: [
    ['背诵并默写元素符号 1–20 号', '写出五个生活中的化学变化'],
    ['练习册第 18 页基础题', '第 19 页实验探究题'],
  ],
  politics: [
    ['读课本第 40–44 页，画出三个要点', '结合身边的一件事，写 80 字看法'],
    ['完成课后“探究与分享”', '收集一条法治新闻，说明用到的知识'],
  ],
  history: [
    ['整理本课时间线', '比较两次改革的异同，列表'],
    ['完成材料题第 1 题', '材料题第 2 题'],
  ],
  geography: [
    ['填图：主要山脉和河流', '说明一条河流的走向与地形的关系'],
    ['课本活动题 1、2', '查本地近五年降水量，画折线图'],
  ],
  biology: [
    ['识记细胞结构图，完成填图', '写出观察洋葱表皮的注意事项'],
    ['练习册第 12 页', '记录一种植物三天的变化'],
  ],
};

/** Tiers for one subject: sometimes one, usually two; `over` makes an exception for the signers. */
export function tiersFor(subject: string, roll: () => number, over: boolean): Tier[] {
  const list = TEXTS[subject] ?? [['复习今天的内容，完成课后题', '选做一道拓展题']];
  const [basic, further] = list[Math.floor(roll() * list.length)]!;
  const minutes = 8 + Math.floor(roll() * 6);
  const tiers: Tier[] = [{ tier: 'A', content: basic, minutes: over ? 20 : minutes }];
  if (roll() < 0.7)
    tiers.push({ tier: 'B', content: further, minutes: over ? 25 : Math.min(15, minutes + 2) });
  return tiers;
}
