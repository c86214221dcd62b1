import type { ComputedRef } from 'vue';
import { computed } from 'vue';
import { classRecord, holdsOn, personRecord } from '@modules/org';
import { accessRecord } from '@kernel/shared/kernel-records';
import { activeOn } from '@kernel/shared/scope';
import type { Day } from '@kernel/shared/time';
import { useList } from '@kernel/client/use-list';
import { useToday } from '@kernel/client/use-now';
import { roleWords } from '@kernel/client/ui/role-words';

export interface PersonLine {
  readonly id: string;
  readonly name: string;
  readonly pinyin: string;
  readonly initials: string;
  readonly subject: string | null;
  readonly duties: readonly string[];
  /** Held today. */
  readonly roles: readonly string[];
  readonly roleWords: string;
  readonly note: string | null;
  readonly onLeave: boolean;
  /** Last day in the school, once it is known. */
  readonly until: Day | null;
  /** That day is over. */
  readonly left: boolean;
  readonly classes: readonly string[];
}

/** Everybody of the school with what they are here; roles only as far as this phone may read them. */
export function usePeople(): ComputedRef<readonly PersonLine[] | undefined> {
  const persons = useList(personRecord, null);
  const access = useList(accessRecord, null);
  const classes = useList(classRecord, null);
  const today = useToday();
  return computed(() => {
    if (!persons.value) return undefined;
    const day = today.value;
    const rights = new Map(access.value?.map((a) => [a.body.person, a.body]));
    const taught = new Map<string, Set<string>>();
    for (const c of [...(classes.value ?? [])].sort(
      (a, b) => a.body.grade - b.body.grade || a.body.number - b.body.number,
    ))
      for (const t of c.body.teachings) {
        if (!holdsOn(t, day)) continue;
        const names = taught.get(t.person) ?? new Set();
        taught.set(t.person, names.add(c.body.name));
      }
    return persons.value
      .filter((p) => p.body.active)
      .map(({ id, body }) => {
        const grants = (rights.get(id)?.grants ?? []).filter((g) => activeOn(g, day));
        const until = rights.get(id)?.until ?? null;
        return {
          id,
          ...body,
          roles: [...new Set(grants.map((g) => g.role))],
          roleWords: roleWords({ grants }),
          until,
          left: until !== null && until < day,
          classes: [...(taught.get(id) ?? [])],
        };
      })
      .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  });
}

/** By pinyin; whoever was added without it stands at the end, by name. */
const sortKey = (p: { pinyin: string; name: string }): string => p.pinyin || `~${p.name}`;

/** Name, full pinyin or initials; a space is no obstacle. */
export function matches(person: Pick<PersonLine, 'name' | 'pinyin' | 'initials'>, query: string): boolean {
  const q = query.replace(/\s/g, '').toLowerCase();
  return (
    q === '' ||
    person.name.includes(q) ||
    person.pinyin.startsWith(q) ||
    person.initials.startsWith(q) ||
    person.pinyin.includes(q)
  );
}
