import * as v from 'valibot';

const question = v.object({
  id: v.string(),
  file: v.string(),
  sheet: v.string(),
  cell: v.string(),
  text: v.string(),
  choices: v.array(v.object({ value: v.string(), label: v.string() })),
});
const table = v.object({
  id: v.string(),
  file: v.string(),
  sheet: v.string(),
  kind: v.nullable(v.picklist(['roster', 'timetable', 'duty', 'skip'])),
  asks: v.boolean(),
  head: v.nullable(v.object({ from: v.number(), to: v.number() })),
  rows: v.array(v.object({ row: v.number(), text: v.string() })),
  columns: v.array(
    v.object({
      col: v.number(),
      name: v.string(),
      head: v.string(),
      as: v.nullable(v.string()),
      sample: v.string(),
    }),
  ),
  lessonColumns: v.number(),
  within: v.nullable(v.string()),
});

/** What the server read from the files; only what this page shows. */
export const reportSchema = v.object({
  tables: v.array(table),
  people: v.number(),
  classes: v.number(),
  headTeachers: v.number(),
  teaching: v.number(),
  prepGroups: v.number(),
  timetableCells: v.number(),
  dutyCells: v.number(),
  onLeaveNotes: v.number(),
  persons: v.optional(
    v.array(v.object({ index: v.number(), name: v.string(), duties: v.array(v.string()) })),
    [],
  ),
  classesWithoutHead: v.optional(v.array(v.string()), []),
  unknownDays: v.optional(v.array(v.object({ from: v.string(), to: v.string(), reason: v.string() })), []),
  problems: v.array(
    v.object({
      file: v.string(),
      sheet: v.string(),
      cell: v.nullable(v.string()),
      row: v.nullable(v.number()),
      level: v.picklist(['error', 'notice', 'question']),
      code: v.string(),
      message: v.string(),
    }),
  ),
  questions: v.array(question),
  answered: v.array(question),
});
export type Report = v.InferOutput<typeof reportSchema>;
export type Problem = Report['problems'][number];
export type Question = v.InferOutput<typeof question>;
export type Table = v.InferOutput<typeof table>;
export interface Layout {
  readonly kind: 'roster' | 'timetable' | 'duty' | 'skip';
  readonly head: number | null;
  readonly columns: Readonly<Record<string, number>> | null;
}

/** `教职工花名册.xlsx · 第 105 行 F105` */
export function placeWords(p: Pick<Problem, 'file' | 'sheet' | 'cell' | 'row'>): string {
  const place = p.cell ?? (p.row === null ? '' : `第 ${p.row} 行`);
  return [p.file, p.sheet, place].filter(Boolean).join(' · ');
}

/** Nothing can be built from what was read. */
export const unusable = (report: Report): boolean => report.people === 0;
