import type { ComputedRef } from 'vue';
import { computed } from 'vue';
import { classRecord, personRecord } from '@modules/org';
import { accessRecord } from '@kernel/shared/kernel-records';
import { useList } from '@kernel/client/use-list';
import { roleWords } from '@kernel/client/ui/role-words';

export interface PersonLine {
  readonly id: string;
  readonly name: string;
  readonly pinyin: string;
  readonly initials: string;
  readonly duties: readonly string[];
  readonly roles: readonly string[];
  readonly roleWords: string;
  readonly note: string | null;
  readonly onLeave: boolean;
  readonly classes: readonly string[];
}

/** Everybody of the school with what they are here; roles only as far as this phone may read them. */
export function usePeople(): ComputedRef<readonly PersonLine[] | undefined> {
  const persons = useList(personRecord, null);
  const access = useList(accessRecord, null);
  const classes = useList(classRecord, null);
  return computed(() => {
    if (!persons.value) return undefined;
    const grants = new Map(access.value?.map((a) => [a.body.person, a.body]));
    const taught = new Map<string, Set<string>>();
    for (const c of [...(classes.value ?? [])].sort(
      (a, b) => a.body.grade - b.body.grade || a.body.number - b.body.number,
    ))
      for (const t of c.body.teachings) {
        const names = taught.get(t.person) ?? new Set();
        taught.set(t.person, names.add(c.body.name));
      }
    return persons.value
      .filter((p) => p.body.active)
      .map(({ id, body }) => ({
        id,
        ...body,
        roles: [...new Set(grants.get(id)?.grants.map((g) => g.role) ?? [])],
        roleWords: roleWords(grants.get(id) ?? { grants: [] }),
        classes: [...(taught.get(id) ?? [])],
      }))
      .sort((a, b) => (a.pinyin < b.pinyin ? -1 : 1));
  });
}

/** Name, full pinyin or initials; a space is no obstacle. */
export function matches(person: PersonLine, query: string): boolean {
  const q = query.replace(/\s/g, '').toLowerCase();
  return (
    q === '' ||
    person.name.includes(q) ||
    person.pinyin.startsWith(q) ||
    person.initials.startsWith(q) ||
    person.pinyin.includes(q)
  );
}
