import type { Day } from '@kernel/shared/time';
import type { DayRange } from '../../shared/calendar';
import type { Grid } from '../grid';
import type { TableRead } from './table-read';

/** Something to tell the person: what was read, why it was not understood, what happens now. Chinese, complete sentences. */
export interface Problem {
  readonly file: string;
  readonly sheet: string;
  /** `F105`, or null when it is about the whole sheet. */
  readonly cell: string | null;
  /** As people count, from 1. */
  readonly row: number | null;
  readonly level: 'error' | 'notice' | 'question';
  readonly code: string;
  readonly message: string;
}

/** Something only the school can say. `id` stays the same when the same file comes again with answers. */
export interface Question {
  readonly id: string;
  readonly file: string;
  readonly sheet: string;
  readonly cell: string;
  readonly text: string;
  readonly choices: readonly Choice[];
}
export interface Choice {
  readonly value: string;
  readonly label: string;
}
/** Question id → the `value` of one of its choices. */
export type Answers = Readonly<Record<string, string>>;

export interface ImportReport {
  /** Every sheet with something in it, in the order of the files: as what it was read, and which column as what. */
  readonly tables: readonly TableRead[];
  readonly people: number;
  readonly classes: number;
  readonly headTeachers: number;
  /** (class, subject, person) triples. */
  readonly teaching: number;
  readonly prepGroups: number;
  readonly timetableCells: number;
  readonly dutyCells: number;
  readonly onLeaveNotes: number;
  /** The people to be imported, in order: who may be chosen as administrator, by `index`. */
  readonly persons: readonly {
    readonly index: number;
    readonly name: string;
    readonly duties: readonly string[];
  }[];
  readonly classesWithoutHead: readonly string[];
  /** Days of the term that somebody has to say something about before or after the import. */
  readonly unknownDays: readonly DayRange[];
  readonly dutyMonday: Day | null;
  readonly problems: readonly Problem[];
  readonly questions: readonly Question[];
  /** Questions with an answer that was taken: it can still be changed. */
  readonly answered: readonly Question[];
}

/** Collects what is said and asked about the sheets. */
export class Notes {
  readonly problems: Problem[] = [];
  readonly questions: Question[] = [];
  readonly answered: Question[] = [];
  constructor(private readonly answers: Answers = {}) {}

  say(level: Problem['level'], code: string, grid: Grid | null, at: At | null, message: string): void {
    const cell = at && grid && at.col !== undefined ? grid.name(at.row, at.col) : null;
    const row = at ? at.row + 1 : null;
    this.problems.push({ file: grid?.file ?? '', sheet: grid?.sheet ?? '', cell, row, level, code, message });
  }
  error(code: string, grid: Grid | null, at: At | null, message: string): void {
    this.say('error', code, grid, at, message);
  }
  notice(code: string, grid: Grid | null, at: At | null, message: string): void {
    this.say('notice', code, grid, at, message);
  }
  answerTo(id: string): string | undefined {
    return Object.hasOwn(this.answers, id) ? this.answers[id] : undefined;
  }
  /**
   * Asks once, however often the same doubt comes up, and answers the `value` chosen, or null while nobody has. `meanwhile` says what
   * holds until then. An answer that is none of the choices is told (`badAnswer`) and not taken.
   */
  ask(
    code: string,
    grid: Grid,
    at: At,
    {
      id,
      text,
      choices,
      meanwhile,
    }: { id: string; text: string; choices: readonly Choice[]; meanwhile: string },
  ): string | null {
    const cell = at.col === undefined ? `第 ${at.row + 1} 行` : grid.name(at.row, at.col);
    const question = { id, file: grid.file, sheet: grid.sheet, cell, text, choices };
    const answer = this.answerTo(id);
    const known = (list: readonly Question[]): boolean => list.some((q) => q.id === id);
    if (choices.some((c) => c.value === answer)) {
      if (!known(this.answered)) this.answered.push(question);
      return answer ?? null;
    }
    if (known(this.questions)) return null;
    if (answer !== undefined)
      this.error('question.badAnswer', grid, at, `${text}回答不在可选的里面，没有采用。`);
    this.say('question', code, grid, at, `${text}${meanwhile}`);
    this.questions.push(question);
    return null;
  }
}
/** A place in a sheet, both from 0. */
export interface At {
  readonly row: number;
  readonly col?: number | undefined;
}
/** A place in one of several sheets. */
export interface Place extends At {
  readonly grid: Grid;
}
