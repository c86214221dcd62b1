import { randomUUID } from 'node:crypto';
import type { Day } from '@kernel/shared/time';
import { must } from '@kernel/shared/refusal';
import { mondayOf } from '@kernel/shared/time';
import type { Plan } from './plan';
import { exampleFiles } from './example-files';
import type { Preview } from './import/preview';
import { previewImport } from './import/preview';
import { termAround } from './terms';

export const EXAMPLE_SCHOOL = { name: '示例初级中学', zone: 'Asia/Shanghai' } as const;

/** The example school on any day, made by the very path a real school takes. */
export async function previewExample(today: Day, newId: () => string = randomUUID): Promise<Preview> {
  const { files, answers } = await exampleFiles();
  return previewImport(files, {
    schoolName: EXAMPLE_SCHOOL.name,
    zone: EXAMPLE_SCHOOL.zone,
    example: true,
    term: termAround(today),
    today,
    answers,
    layouts: {},
    dutyMonday: mondayOf(today),
    newId,
  });
}

export async function buildExamplePlan(today: Day): Promise<Plan> {
  return must((await previewExample(today)).plan, 'the example school imports');
}
