import type { SchoolView } from '@kernel/server/module';
import type { BodyOf } from '@kernel/shared/record';
import { calendarRecord, classRecord, schoolRecord, timetableRecord } from '@modules/org';
import { RULES_ID, rulesRecord } from '../shared';

/** Everything the plan of a day is made from. */
export interface Inputs {
  readonly school: BodyOf<typeof schoolRecord>;
  readonly calendar: BodyOf<typeof calendarRecord>;
  readonly rules: BodyOf<typeof rulesRecord> | undefined;
  readonly classes: readonly { readonly id: string; readonly body: BodyOf<typeof classRecord> }[];
  readonly timetables: readonly { readonly id: string; readonly body: BodyOf<typeof timetableRecord> }[];
}

/** Null while the school is not set up. Lists come sorted, so that equal inputs are equal text. */
export async function readInputs(view: SchoolView): Promise<Inputs | null> {
  const school = await view.get(schoolRecord, 'school');
  const calendar = await view.get(calendarRecord, 'school');
  if (!school || !calendar) return null;
  const byId = <R extends { id: string }>(rows: R[]): R[] => rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    school,
    calendar,
    rules: await view.get(rulesRecord, RULES_ID),
    classes: byId(await view.list(classRecord)),
    timetables: byId(await view.list(timetableRecord)),
  };
}
