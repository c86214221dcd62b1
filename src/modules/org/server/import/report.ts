import type { Day } from '@kernel/shared/time';
import type { DayRange } from '../../shared/calendar';
import type { Grid } from '../grid';

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
  readonly person: string;
  readonly file: string;
  readonly sheet: string;
  readonly cell: string;
  readonly text: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}
/** Question id → the `value` of one of its choices. */
export type Answers = Readonly<Record<string, string>>;

export interface ImportReport {
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
}

/** Collects what is said about one sheet, or about none. */
export class Notes {
  readonly problems: Problem[] = [];

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
}
/** A place in a sheet, both from 0. */
export interface At {
  readonly row: number;
  readonly col?: number | undefined;
}
