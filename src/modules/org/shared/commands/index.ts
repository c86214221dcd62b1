export { addPerson } from './add-person';
export { leave } from './leave';
export { setDay } from './set-day';
export { setHeadTeacher } from './set-head-teacher';
export { setLeader } from './set-leader';
export { setLeave } from './set-leave';
export { GIVEN_ROLES, setRole, type GivenRole } from './set-role';
export { setTeaching } from './set-teaching';
