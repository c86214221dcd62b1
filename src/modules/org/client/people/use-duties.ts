import type { ComputedRef } from 'vue';
import { computed } from 'vue';
import type { GivenRole, Span } from '@modules/org';
import {
  adminsRecord,
  classRecord,
  gradeName,
  prepGroupRecord,
  schoolRecord,
  serviceRecord,
} from '@modules/org';
import type { Day } from '@kernel/shared/time';
import { useList } from '@kernel/client/use-list';
import { useToday } from '@kernel/client/use-now';
import { useRecord } from '@kernel/client/use-record';
import { roleName, spanWords } from './duty-words';

export interface Named {
  readonly id: string;
  readonly name: string;
}
interface Line extends Span {
  readonly key: string;
  readonly title: string;
  /** From when to when, where that is not always. */
  readonly when: string;
}
/** Something that a person does in the school now or later. */
export type Duty =
  | (Line & { readonly kind: 'teaching'; readonly subject: string; readonly classes: readonly Named[] })
  | (Line & { readonly kind: 'head'; readonly class: string })
  | (Line & { readonly kind: 'leader'; readonly grade: number; readonly subject: string })
  | (Line & { readonly kind: 'role'; readonly role: GivenRole; readonly grade: number | null });

/** What somebody teaches, leads and holds, now or later, from this phone's copy. */
export function useDuties(person: () => string | undefined): ComputedRef<readonly Duty[]> {
  const classes = useList(classRecord, null);
  const groups = useList(prepGroupRecord, null);
  const school = useRecord(schoolRecord, 'school');
  const service = useRecord(serviceRecord, person);
  const admins = useRecord(adminsRecord, 'school');
  const today = useToday();

  return computed(() => {
    const who = person();
    const day = today.value;
    const found: Duty[] = [];
    const add = (duty: Duty): void => void (stillHolds(duty, day) && found.push(duty));
    const line = (key: string, title: string, span: Span): Line => ({
      key: `${key}|${span.from}|${span.to}`,
      title,
      when: spanWords(span, day),
      from: span.from,
      to: span.to,
    });
    const sorted = [...(classes.value ?? [])].sort(
      (a, b) => a.body.grade - b.body.grade || a.body.number - b.body.number,
    );
    const subjectName = (id: string): string =>
      school.value?.body.subjects.find((s) => s.id === id)?.name ?? id;

    const taught = new Map<string, { subject: string; span: Span; classes: Named[] }>();
    for (const { id, body } of sorted)
      for (const t of body.teachings) {
        if (t.person !== who) continue;
        const key = `${t.subject}|${t.from}|${t.to}`;
        const group = taught.get(key) ?? { subject: t.subject, span: t, classes: [] };
        group.classes.push({ id, name: body.name });
        taught.set(key, group);
      }
    for (const { subject, span, classes: list } of taught.values()) {
      const title = `${subjectName(subject)} · ${list.map((c) => c.name).join('、')}`;
      add({ kind: 'teaching', subject, classes: list, ...line(`t${subject}`, title, span) });
    }
    for (const { id, body } of sorted)
      for (const h of body.heads)
        if (h.person === who) add({ kind: 'head', class: id, ...line(`h${id}`, `班主任 · ${body.name}`, h) });
    for (const { id, body } of groups.value ?? [])
      for (const l of body.leaders)
        if (l.person === who)
          add({
            kind: 'leader',
            grade: body.grade,
            subject: body.subject,
            ...line(`l${id}`, `备课组长 · ${gradeName(body.grade)}${subjectName(body.subject)}`, l),
          });
    for (const r of service.value?.body.roles ?? [])
      if (r.role !== 'groupLeader')
        add({
          kind: 'role',
          role: r.role,
          grade: r.grade,
          ...line(`r${r.role}${r.grade}`, roleName(r.role, r.grade), r),
        });
    for (const a of admins.value?.body.people ?? [])
      if (a.person === who)
        add({ kind: 'role', role: 'admin', grade: null, ...line('admin', roleName('admin', null), a) });
    return found;
  });
}

const stillHolds = (span: Span, today: Day): boolean => span.to === null || today <= span.to;
