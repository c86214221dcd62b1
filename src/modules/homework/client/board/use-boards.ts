import { computed } from 'vue';
import { useList } from '@kernel/client/use-list';
import { covers } from '@kernel/shared/scope';
import type { Day } from '@kernel/shared/time';
import type { Holder } from '../../shared';
import { HOLDERS, classDayRecord } from '../../shared';
import type { School } from '../use-school';
import type { BoardLine, BoardWords } from './board-words';
import { boardWords } from './board-words';

export interface ClassBoard {
  readonly id: string;
  readonly cls: string;
  readonly name: string;
  readonly grade: number;
  readonly board: BoardWords;
  /** 语文、英语 待教务主任审签；数学 林小舟还没布置 */
  readonly lacks: string;
}

/** The boards of one day that the person looks after, by grade, in the classes' own order. */
export function useBoards(school: School, day: () => Day) {
  const rows = useList(classDayRecord, () => `day:${day()}`);
  const boards = computed<ClassBoard[] | undefined>(() => {
    const actor = school.actor.value;
    const classes = school.classes.value;
    if (!rows.value || !actor || !classes) return undefined;
    const number = new Map(classes.map((c) => [c.id, c.body.number]));
    return rows.value
      .filter(({ body }) => actor.oversees.some((s) => covers(s, body.scope)))
      .map(({ id, body }): ClassBoard => {
        const board = boardWords(body, school.momentOf(body));
        return {
          id,
          cls: body.class,
          name: body.className,
          grade: body.grade,
          board,
          lacks: lackWords(board.lacking),
        };
      })
      .filter((b) => b.board.expected > 0)
      .sort((a, b) => a.grade - b.grade || (number.get(a.cls) ?? 0) - (number.get(b.cls) ?? 0));
  });
  return {
    total: computed(() => boards.value?.length ?? 0),
    lackingCount: computed(() => boards.value?.filter((b) => b.board.lacking.length > 0).length ?? 0),
    holdings: computed(() => holdings(boards.value ?? [])),
    lacking: computed(() => boards.value?.filter((b) => b.board.lacking.length > 0) ?? []),
    grades: computed(() => {
      const list = boards.value;
      if (!list) return undefined;
      return [...new Set(list.map((b) => b.grade))].map((grade) => ({
        grade,
        lacking: list.filter((b) => b.grade === grade && b.board.lacking.length > 0),
        complete: list.filter((b) => b.grade === grade && b.board.lacking.length === 0),
      }));
    }),
  };
}

/** 待教务主任审签：语文、英语；数学：林小舟还没布置。What is in the same hands is said once. */
function lackWords(lines: readonly BoardLine[]): string {
  const steps = new Map<string, string[]>();
  for (const l of lines) steps.set(l.words, [...(steps.get(l.words) ?? []), l.row.subjectName]);
  return [...steps].map(([words, subjects]) => `${subjects.join('、')} ${words}`).join('；');
}

export interface Holding {
  readonly holder: Holder;
  readonly count: number;
}
/** How much is in whose hands now: the question of a morning is which step it waits at. */
function holdings(boards: readonly ClassBoard[]): Holding[] {
  return HOLDERS.flatMap((holder) => {
    const count = boards.reduce(
      (n, b) => n + b.board.lacking.filter((l) => l.row.holder === holder).length,
      0,
    );
    return count > 0 ? [{ holder, count }] : [];
  });
}
