import { computed } from 'vue';
import { useList } from '@kernel/client/index';
import { covers } from '@kernel/shared/scope';
import type { Day } from '@kernel/shared/time';
import { classDayRecord } from '../../shared';
import type { School } from '../use-school';
import type { BoardLine, BoardWords } from './board-words';
import { boardWords } from './board-words';

export interface ClassBoard {
  readonly id: string;
  readonly cls: string;
  readonly name: string;
  readonly grade: number;
  readonly board: BoardWords;
  /** 数学（待教务主任审签，已等 12 分钟） */
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
        const board = boardWords(body, school.now.value, school.zone.value);
        return {
          id,
          cls: body.class,
          name: body.className,
          grade: body.grade,
          board,
          lacks: board.lacking.map(lackWords).join('；'),
        };
      })
      .filter((b) => b.board.expected > 0)
      .sort((a, b) => a.grade - b.grade || (number.get(a.cls) ?? 0) - (number.get(b.cls) ?? 0));
  });
  return {
    total: computed(() => boards.value?.length ?? 0),
    lackingCount: computed(() => boards.value?.filter((b) => b.board.lacking.length > 0).length ?? 0),
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

const lackWords = (l: BoardLine): string => `${l.row.subjectName}（${l.words}${l.wait ? `，${l.wait}` : ''}）`;
