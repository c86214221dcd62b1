export { addAdmin } from './add-admin';
export { applyImport } from './apply-import';
export { setDay } from './set-day';
