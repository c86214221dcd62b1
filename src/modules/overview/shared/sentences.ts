import type { Blame } from '@modules/homework';
import { BLAME_WORDS, BLAMES_IN_ORDER } from './names';
import type { WeekTotals } from './week';

/** Which records stand behind a number. */
export type Behind =
  | { readonly what: 'missing' | 'late' | 'over'; readonly holder?: undefined }
  | { readonly what: 'late'; readonly holder: Blame };

/** A run of words; with `behind` it opens the records it counts. */
export interface Part {
  readonly text: string;
  readonly behind?: Behind;
}
export interface Sentence {
  readonly id: 'decide' | 'published' | 'late' | 'over';
  readonly tone: 'need' | 'caution' | 'done' | 'calm';
  readonly parts: readonly Part[];
}

/** The week in the order a principal reads: what needs a person, what was on time, which step was late, over-limit. */
export function sentencesOf(t: WeekTotals): Sentence[] {
  return [decide(t), published(t), ...late(t), over(t)];
}

function decide(t: WeekTotals): Sentence {
  const open: Part[] = [];
  if (t.missing > 0) open.push({ text: `${t.missing} 班次过时还缺作业`, behind: { what: 'missing' } });
  if (t.overLimit > 0) open.push({ text: `${t.overLimit} 班次作业超额`, behind: { what: 'over' } });
  if (open.length === 0) return { id: 'decide', tone: 'done', parts: [{ text: '没有需要过问的事。' }] };
  return { id: 'decide', tone: 'need', parts: [{ text: '需要过问：' }, ...joined(open), { text: '。' }] };
}

function published(t: WeekTotals): Sentence {
  if (t.judged === 0)
    return {
      id: 'published',
      tone: 'calm',
      parts: [
        { text: t.notYet > 0 ? `今天 ${t.notYet} 个班还没到公示的时候。` : '这一周还没有要公示的作业。' },
      ],
    };
  const parts: Part[] = [{ text: `按时公示 ${t.onTime}/${t.judged} 班次` }];
  if (t.late > 0) parts.push({ text: '，' }, { text: `晚 ${t.late}`, behind: { what: 'late' } });
  if (t.missing > 0) parts.push({ text: '，' }, { text: `缺 ${t.missing}`, behind: { what: 'missing' } });
  if (t.notYet > 0) parts.push({ text: `；今天 ${t.notYet} 个班还没到时` });
  parts.push({ text: '。' });
  return { id: 'published', tone: t.late + t.missing > 0 ? 'caution' : 'done', parts };
}

function late(t: WeekTotals): Sentence[] {
  const steps = BLAMES_IN_ORDER.filter((b) => t.lateBy[b] > 0).map((holder): Part => ({
    text: `${BLAME_WORDS[holder]} ${t.lateBy[holder]}`,
    behind: { what: 'late', holder },
  }));
  if (steps.length === 0) return [];
  return [
    { id: 'late', tone: 'caution', parts: [{ text: '晚在哪一步：' }, ...joined(steps), { text: '。' }] },
  ];
}

function over(t: WeekTotals): Sentence {
  if (t.overLimit === 0) return { id: 'over', tone: 'done', parts: [{ text: '没有超额作业。' }] };
  return {
    id: 'over',
    tone: 'caution',
    parts: [
      { text: `超额 ${t.overLimit} 班次`, behind: { what: 'over' } },
      { text: '，公示的书面作业超过每科时长。' },
    ],
  };
}

const joined = (parts: readonly Part[]): Part[] =>
  parts.flatMap((p, i) => (i === 0 ? [p] : [{ text: '，' }, p]));

export const plainText = (s: Sentence): string => s.parts.map((p) => p.text).join('');
