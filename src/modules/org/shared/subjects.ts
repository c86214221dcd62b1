import type { BodyOf } from '@kernel/shared/record';
import type { schoolRecord } from './records';
import { squeeze } from './text';

export type Subject = BodyOf<typeof schoolRecord>['subjects'][number];

const subject = (id: string, name: string, short: string[], homework = false): Subject => ({
  id,
  name,
  short,
  homework,
});

/**
 * 国家课程 of compulsory education (义务教育课程方案, 2022 年版) under the names rosters and timetables use.
 * `homework`: may carry written homework.
 */
export const SUBJECTS: readonly Subject[] = [
  subject('chinese', '语文', [], true),
  subject('math', '数学', [], true),
  subject('english', '英语', ['外语'], true),
  subject('physics', '物理', [], true),
  subject('chemistry', '化学', [], true),
  subject('biology', '生物', ['生物学'], true),
  subject('science', '科学', [], true),
  subject('politics', '道德与法治', ['道法', '思品', '思想品德', '政治', '品德'], true),
  subject('history', '历史', [], true),
  subject('geography', '地理', [], true),
  subject('pe', '体育与健康', ['体育', '体健', '体育健康']),
  subject('music', '音乐', []),
  subject('art', '美术', []),
  subject('arts', '艺术', []),
  subject('it', '信息科技', ['信息', '信息技术', '微机', '计算机', '电脑']),
  subject('labor', '劳动', ['劳动教育', '劳技', '劳动技术']),
  subject('practice', '综合实践活动', ['综合实践', '综实', '综合']),
  subject('psychology', '心理健康', ['心理', '心理健康教育']),
];

/** The subject a text means, by its name or one of its short names exactly, or null. Blanks and width do not matter. */
export function findSubject(text: string, subjects: readonly Subject[] = SUBJECTS): Subject | null {
  const wanted = squeeze(text);
  return subjects.find((s) => s.name === wanted || s.short.includes(wanted)) ?? null;
}
