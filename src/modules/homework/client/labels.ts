import { reactive } from 'vue';
import { classRecord, schoolRecord } from '@modules/org';
import { useDevice } from '@kernel/client/app-context';
import { getRow, listRows } from '@kernel/client/row';

/** Names of classes and subjects on this phone, so that the queue can name an entry that holds ids only. */
const names = reactive(new Map<string, string>());
let filledFor = '';

export function rememberName(id: string, name: string): void {
  if (names.get(id) !== name) names.set(id, name);
}

/** Known at once when a screen met it; otherwise read from this phone, and whoever asked is drawn again. */
export function nameOf(id: string): string | undefined {
  if (!names.has(id)) fill();
  return names.get(id);
}

function fill(): void {
  const db = useDevice().device.person.value?.db;
  if (!db || filledFor === db.name) return;
  filledFor = db.name;
  void listRows(db, classRecord, null).then((rows) => rows.forEach((r) => rememberName(r.id, r.body.name)));
  void getRow(db, schoolRecord, 'school').then((school) =>
    school?.body.subjects.forEach((s) => rememberName(s.id, s.name)),
  );
}

/** `七(3)班、七(4)班`, or how many when their names are not known here. */
export function classLabels(ids: readonly string[]): string {
  const known = ids.flatMap((id) => nameOf(id) ?? []);
  return known.length === ids.length ? known.join('、') : `${ids.length} 个班`;
}
export const subjectLabel = (id: string): string => nameOf(id) ?? '';
