import { computed } from 'vue';
import { useList } from '@kernel/client/use-list';
import { covers } from '@kernel/shared/scope';
import type { Day } from '@kernel/shared/time';
import { addDays, daysBetween } from '@kernel/shared/time';
import type { Blame, ClassDay } from '../../shared';
import { BLAMES, classDayRecord } from '../../shared';
import type { School } from '../use-school';
import { HOLDER_WORDS } from '../words';
import { boardWords } from './board-words';

export interface BehindQuestion {
  readonly what: string;
  readonly holder: string;
  readonly from: Day;
  readonly to: Day;
  readonly scope: string;
}
export interface BehindRow {
  readonly id: string;
  readonly name: string;
  readonly day: Day;
  readonly words: string;
  readonly to: string;
}

const MOST_DAYS = 31;

/** The class-days behind one number of the week. */
export function useBehind(school: School, ask: () => BehindQuestion) {
  const question = computed(ask);
  const days = computed(() => {
    const { from, to } = question.value;
    const count = Math.min(MOST_DAYS, Math.max(0, daysBetween(from, to)));
    return Array.from({ length: count + 1 }, (_, i) => `day:${addDays(from, i)}`);
  });
  const found = useList(classDayRecord, days);
  const holder = computed(() => BLAMES.find((b) => b === question.value.holder) ?? null);

  const rows = computed<BehindRow[] | undefined>(() => {
    const { what, scope } = question.value;
    const actor = school.actor.value;
    if (!found.value || !actor) return undefined;
    const mine = found.value.filter(
      ({ body }) =>
        actor.oversees.some((s) => covers(s, body.scope)) && (!scope || covers(scope, body.scope)),
    );
    return mine
      .flatMap(({ id, body }) => rowsOf(id, body, what, holder.value, school))
      .sort((a, b) => (a.day === b.day ? (a.name < b.name ? -1 : 1) : a.day < b.day ? -1 : 1));
  });
  return { question, rows, title: computed(() => titleOf(question.value.what, holder.value)) };
}

function titleOf(what: string, holder: Blame | null): string {
  if (what === 'missing') return '过时还缺的公示栏';
  if (what === 'over') return '超额的作业';
  if (!holder) return '晚公示的班级';
  return holder === 'nobody' ? '各步都没超时、仍晚公示的班级' : `晚在${HOLDER_WORDS[holder]}的班级`;
}

function rowsOf(id: string, day: ClassDay, what: string, holder: Blame | null, school: School): BehindRow[] {
  const row = (words: string, key = id, to = `/homework/board/${day.class}/${day.date}`): BehindRow[] => [
    { id: key, name: day.className, day: day.date, words, to },
  ];
  const board = boardWords(day, school.momentOf(day));
  if (what === 'over')
    return day.entries
      .filter((e) => e.state === 'published' && e.overLimit)
      .flatMap((e) =>
        row(
          `${e.subjectName} ${e.minutes} 分钟，${e.personName}布置`,
          `${id}|${e.item}`,
          `/homework/item/${e.item}`,
        ),
      );
  if (what === 'missing') {
    const { now, until } = school.momentOf(day);
    const judged = day.board.state === 'onTime' || day.board.state === 'void';
    const open = !judged && day.board.completeAt === null && now >= until;
    const lacks = board.lacking.map((l) => `${l.row.subjectName}：${l.words}${l.wait ? `，${l.wait}` : ''}`);
    return open && board.expected > 0 ? row(lacks.join('；') || board.words) : [];
  }
  const late = day.board.state === 'late' && day.board.completeAt !== null;
  if (!late || (holder && day.board.holder !== holder)) return [];
  return row([board.words, lateMinutes(day), board.why].filter(Boolean).join('。'));
}

/** 教务主任 12 分钟、任课教师 3 分钟 */
function lateMinutes(day: ClassDay): string {
  const sums = BLAMES.flatMap((b) => {
    if (b === 'nobody') return [];
    const minutes = day.entries.reduce((sum, e) => sum + (e.late?.minutes[b] ?? 0), 0);
    return minutes > 0 ? [`${HOLDER_WORDS[b]} ${minutes} 分钟`] : [];
  });
  return sums.join('、');
}
