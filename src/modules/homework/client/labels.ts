/** Names of classes and subjects this page has met, so that the queue can name an entry that holds ids only. */
const names = new Map<string, string>();

export function rememberName(id: string, name: string): void {
  names.set(id, name);
}
export const nameOf = (id: string): string | undefined => names.get(id);

/** `七(3)班、七(4)班`, or how many when their names are not known here. */
export function classLabels(ids: readonly string[]): string {
  const known = ids.flatMap((id) => nameOf(id) ?? []);
  return known.length === ids.length ? known.join('、') : `${ids.length} 个班`;
}
export const subjectLabel = (id: string): string => nameOf(id) ?? '';
