import { C1, C2 } from '../../support/small-school';
import type { Phone } from './phone';
import { SmallSchool } from './small-school-site';

export const FRI = '2026-11-20';
export const MON = '2026-11-23';
export const TUE = '2026-11-24';
export const WED = '2026-11-25';

/**
 * Tuesday, ten to eight: Monday’s boards were published, most of Tuesday’s homework waits for the group leader, one is over
 * its minutes, one was returned, and 白老师 has a claim that came too late.
 */
export async function aMorning(port = 0): Promise<SmallSchool> {
  const school = await SmallSchool.opens(FRI, '16:30', port);
  const monday: string[] = [];
  for (const [who, subject] of [
    ['lin', 'math'],
    ['mei', 'chinese'],
    ['gao', 'english'],
  ] as const)
    monday.push(await school.assigns(who, subject, MON));
  await school.allSign(...monday.slice(0, 2));
  await school.itIs(MON, '09:00');
  await school.itIs(MON, '09:25');
  await school.allSign(...monday.slice(2));

  await school.itIs(MON, '16:30');
  const tiers = [
    { tier: 'A', content: '练习册第 34 页 1–4 题', minutes: 10 },
    { tier: 'B', content: '第 34 页第 5 题，写出两种解法', minutes: 15 },
  ] as const;
  await school.assigns('lin', 'math', TUE, { classes: [C1], tiers: [...tiers] });
  const short = await school.assigns('mei', 'chinese', TUE);
  await school.assigns('gao', 'english', TUE, {
    tiers: [{ tier: 'A', content: '抄写第三单元全部单词，每个三遍，家长签字', minutes: 25 }],
  });
  const lins = await school.assigns('lin', 'math', WED, { classes: [C1, C2], tiers: [...tiers] });
  await school.acts('zhao', 'homework.v1.return', {
    item: lins,
    round: 1,
    step: 0,
    reason: '请写明页码和题号',
  });
  await school.assigns('mei', 'chinese', WED, { classes: [C1] });
  await refusedClaim(school, await school.phone('bai'));
  await school.acts('zhao', 'homework.v1.sign', { step: 0, items: [{ id: short, round: 1 }] });
  await school.itIs(TUE, '07:50');
  return school;
}

/** Claims a place without a network that somebody else takes meanwhile. */
async function refusedClaim(school: SmallSchool, phone: Phone): Promise<void> {
  await phone.opens('/homework/new');
  await phone.page.getByLabel('A 基础 作业内容').fill('第五单元时间轴');
  await phone.goesOffline();
  await phone.tap(phone.chip('七(1)班'));
  await phone.tap(phone.chip('11月25日'));
  await phone.tap(phone.button('布置'));
  await phone.delivery.filter({ hasText: '1 条待上传' }).waitFor();
  await school.assigns('hua', 'biology', WED, { classes: [C1] });
  await phone.comesBack();
  await phone.delivery.filter({ hasText: '1 条需要处理' }).waitFor();
}
