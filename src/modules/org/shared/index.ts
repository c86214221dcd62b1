import { defineModule } from '@kernel/shared/contract';
import * as commands from './commands';
import { orgPolicy } from './policy';
import * as records from './records';

export * from './access';
export * from './calendar';
export * from './class-list';
export * from './class-name';
export * from './cohort';
export * from './duty-roles';
export * from './grades';
export * from './held';
export * from './records';
export * from './subjects';
export { clean, squeeze, tidy } from './text';
export * from './commands';

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
    service: records.serviceRecord,
    admins: records.adminsRecord,
  },
  commands: [
    commands.setDay,
    commands.setTeaching,
    commands.setHeadTeacher,
    commands.setLeader,
    commands.setRole,
    commands.addPerson,
    commands.leave,
    commands.setLeave,
  ],
  policy: orgPolicy,
});
