import type { Day } from '@kernel/shared/time';
import { dayWords } from '@kernel/client/ui/words';

/** A rule's objection in a person's words. Works on `checkDraft` problems and on refusals: their details are the same. */
export interface ProblemWords {
  readonly title: string;
  readonly why: string;
}

interface FullClass {
  readonly id: string;
  readonly name: string;
  readonly nextFree?: Day | null;
  readonly subjects?: readonly string[];
  readonly used?: number;
  readonly limit?: number;
  readonly personName?: string;
}

export const classesIn = (details: Readonly<Record<string, unknown>>): readonly FullClass[] =>
  Array.isArray(details['classes']) ? (details['classes'] as FullClass[]) : [];

const namesOf = (classes: readonly FullClass[]): string => classes.map((c) => c.name).join('、');

export function problemWords(code: string, details: Readonly<Record<string, unknown>>): ProblemWords | null {
  const classes = classesIn(details);
  switch (code) {
    case 'homework.alreadyAssigned': {
      const who = classes[0]?.personName;
      return {
        title: `${namesOf(classes)} 当天这一科已经有作业`,
        why: who ? `${who}已经布置过，一科一天一份。` : '一科一天一份。',
      };
    }
    case 'homework.subjectsFull':
      return {
        title: `${namesOf(classes)} 当天的书面作业名额满了`,
        why: classes
          .map(
            (c) =>
              `${c.name} 已有${(c.subjects ?? []).join('、')}，最多 ${String(details['limit'] ?? 3)} 科。`,
          )
          .join(''),
      };
    case 'homework.dayMinutesFull':
      return {
        title: `${namesOf(classes)} 当天的总时长会超过上限`,
        why: classes
          .map((c) =>
            c.limit === 0
              ? `${c.name} 这个年级不布置书面作业。`
              : `${c.name} 已有 ${String(c.used ?? 0)} 分钟，再加 ${String(details['minutes'] ?? 0)} 分钟，上限 ${String(c.limit ?? 0)} 分钟。`,
          )
          .join(''),
      };
    case 'homework.overMinutes':
      return {
        title: `${String(details['minutes'])} 分钟，超过每科 ${String(details['limit'])} 分钟`,
        why: '可以交，审签人会单独看这一份。',
      };
    default:
      return null;
  }
}

/** The words of a free day, when every class in the way names one and it is the same. */
export function commonFree(details: Readonly<Record<string, unknown>>): Day | null {
  const days = new Set(classesIn(details).map((c) => c.nextFree ?? null));
  const [only] = [...days];
  return days.size === 1 && only ? only : null;
}

export const moveWords = (day: Day): string => `改到 ${dayWords(day)}`;
