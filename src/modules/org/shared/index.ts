import { defineModule } from '@kernel/shared/contract';
import { addAdmin, applyImport, setDay } from './commands';
import { orgPolicy } from './policy';
import * as records from './records';

export * from './access';
export * from './calendar';
export * from './class-list';
export * from './class-name';
export * from './cohort';
export * from './duty-roles';
export * from './grades';
export { planSchema, type Plan } from './plan';
export * from './records';
export * from './subjects';
export { clean, squeeze, tidy } from './text';
export { addAdmin, applyImport, setDay };

/** 学校、人员、角色、校历. */
export const org = defineModule({
  id: 'org',
  records: {
    school: records.schoolRecord,
    calendar: records.calendarRecord,
    class: records.classRecord,
    timetable: records.timetableRecord,
    person: records.personRecord,
    contact: records.contactRecord,
    prepGroup: records.prepGroupRecord,
    dutyTable: records.dutyTableRecord,
  },
  commands: [applyImport, addAdmin, setDay],
  policy: orgPolicy,
});
