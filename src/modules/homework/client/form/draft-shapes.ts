import * as v from 'valibot';
import type { GenericSchema } from 'valibot';
import { tierSchema } from '../../shared';
import type { FormModel } from './use-assign-form';
import type { EditModel } from './use-item-edit';

/** Drafts come from other devices too, and perhaps from another build: what a form cannot show it does not open. */
const form = v.picklist(['written', 'oral', 'practical']);
const tiers = v.array(tierSchema);

const formModelSchema: GenericSchema<FormModel> = v.object({
  subject: v.string(),
  classes: v.array(v.string()),
  date: v.string(),
  form,
  tiers,
  copiedFrom: v.nullable(v.string()),
});
const editModelSchema: GenericSchema<EditModel> = v.object({
  form,
  tiers,
  reason: v.string(),
  round: v.number(),
});

export const isFormModel = (json: unknown): json is FormModel => v.is(formModelSchema, json);
export const isEditModel = (json: unknown): json is EditModel => v.is(editModelSchema, json);

const tiersSchema = v.object({ tiers });

/** What somebody wrote, to tell two drafts apart. */
export function draftWords(json: unknown): string {
  const parsed = v.safeParse(tiersSchema, json);
  return parsed.success ? parsed.output.tiers.map((t) => t.content).join(' ') : '';
}
