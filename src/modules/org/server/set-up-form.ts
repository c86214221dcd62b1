import type { FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { badRequest, ProblemError } from '@kernel/server/problem';
import { take } from '@kernel/server/take';
import type { Day } from '@kernel/shared/time';
import { daysBetween, isDay } from '@kernel/shared/time';
import type { Term } from '../shared/calendar';
import { tidy } from '../shared/text';
import type { Answers } from './import/report';
import type { Layouts } from './import/table-read';
import { layoutSchema } from './import/table-read';
import type { UploadedFile } from './sheets';
import { SHEET_LIMITS } from './sheets';
import { nameTerm } from './terms';

export interface SetUpForm {
  readonly files: readonly UploadedFile[];
  readonly schoolName: string;
  readonly term: Term;
  readonly answers: Answers;
  readonly layouts: Layouts;
  readonly dutyMonday: Day | null;
  readonly admin: Admin | null;
}
/** `person`: index in the report's `persons`; null makes a new person called `name`. */
export interface Admin {
  readonly person: number | null;
  readonly name: string;
  readonly account: string;
  readonly password: string;
}
export const MULTIPART_LIMITS = {
  files: 3,
  fileSize: SHEET_LIMITS.fileBytes + 1,
  fields: 8,
  fieldSize: 100_000,
  parts: 12,
};

const text = (max: number) => v.pipe(v.string(), v.transform(tidy), v.maxLength(max));
const day = v.pipe(v.string(), v.check(isDay, 'not a day'));
const json = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): unknown => {
    try {
      return JSON.parse(dataset.value) as unknown;
    } catch {
      addIssue({ message: 'not JSON' });
      return NEVER;
    }
  }),
);
const fields = v.strictObject({
  schoolName: v.pipe(text(60), v.minLength(2)),
  termStart: day,
  termEnd: day,
  answers: v.optional(
    v.pipe(json, v.record(v.pipe(v.string(), v.maxLength(100)), v.pipe(v.string(), v.maxLength(300)))),
  ),
  layouts: v.optional(v.pipe(json, v.record(v.pipe(v.string(), v.maxLength(100)), layoutSchema))),
  dutyMonday: v.optional(day),
  admin: v.optional(
    v.pipe(
      json,
      v.strictObject({
        person: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
        name: text(40),
        account: text(100),
        password: v.pipe(v.string(), v.maxLength(200)),
      }),
    ),
  ),
});

/** Reads the multipart body: up to three files of at most 5 MB and the fields above. 400 and 413 say what is wrong. */
export async function readForm(request: FastifyRequest): Promise<SetUpForm> {
  if (!request.isMultipart()) throw badRequest('kernel.badRequest', 'multipart/form-data expected');
  const files: UploadedFile[] = [];
  const values: Record<string, string> = {};
  try {
    for await (const part of request.parts()) {
      if (part.type === 'file')
        files.push({ name: tidy(part.filename).slice(-100), bytes: await part.toBuffer() });
      else values[part.fieldname] = String(part.value);
    }
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 413)
      throw badRequest('kernel.badRequest', 'multipart body broken off');
    throw new ProblemError(413, 'org.filesTooLarge', '最多 3 个文件，每个不超过 5 MB；没有导入任何内容');
  }
  const { schoolName, termStart, termEnd, answers, layouts, dutyMonday, admin } = take(fields, values);
  const length = daysBetween(termStart, termEnd);
  if (length < 30 || length > 250)
    throw new ProblemError(422, 'org.badTerm', '学期应有 30 到 250 天，请检查起止日期；没有导入任何内容');
  return {
    files,
    schoolName,
    term: nameTerm(termStart, termEnd),
    answers: answers ?? {},
    layouts: layouts ?? {},
    dutyMonday: dutyMonday ?? null,
    admin: admin ?? null,
  };
}
