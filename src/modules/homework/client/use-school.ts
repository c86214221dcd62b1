import type { ComputedRef, Ref } from 'vue';
import { computed, watch } from 'vue';
import { useActor } from '@kernel/client/use-actor';
import { useDelivery } from '@kernel/client/use-delivery';
import { useList } from '@kernel/client/use-list';
import { useNow, useToday } from '@kernel/client/use-now';
import { useRecord } from '@kernel/client/use-record';
import { useSession } from '@kernel/client/use-session';
import { outageRecord } from '@kernel/shared/outage';
import type { BodyOf } from '@kernel/shared/record';
import type { Actor } from '@kernel/shared/scope';
import type { Day, Instant } from '@kernel/shared/time';
import type { Calendar } from '@modules/org';
import { calendarRecord, classRecord, schoolRecord } from '@modules/org';
import type { ClassDay, Rules } from '../shared';
import { RULES_ID, judgedAt, rulesOn, rulesRecord } from '../shared';
import type { BoardMoment } from './board/board-words';
import type { Teaching } from './choices';
import { teachingsOf } from './choices';
import { rememberName } from './labels';

type ClassRow = { readonly id: string; readonly body: BodyOf<typeof classRecord> };

/** What every homework screen needs to know of the school, from this phone's own copy. */
export interface School {
  readonly actor: ComputedRef<Actor | undefined>;
  readonly zone: ComputedRef<string>;
  readonly now: Readonly<Ref<Instant>>;
  readonly today: ComputedRef<Day>;
  /** How old this copy is. */
  readonly asOf: ComputedRef<Instant | null>;
  readonly classes: ComputedRef<readonly ClassRow[] | undefined>;
  readonly calendar: ComputedRef<Calendar | undefined>;
  readonly rules: ComputedRef<BodyOf<typeof rulesRecord> | undefined>;
  readonly teachings: ComputedRef<Teaching[]>;
  /** The first answers are there: what is empty now is empty. */
  readonly ready: ComputedRef<boolean>;
  rulesFor(day: Day): Rules;
  /** Now, and when a board is judged: its deadline, or later when our server stood still on it. */
  momentOf(day: ClassDay): BoardMoment;
}

const SCHOOL = 'school';

export function useSchool(): School {
  const actor = useActor();
  const { session } = useSession();
  const delivery = useDelivery();
  const today = useToday();
  const school = useRecord(schoolRecord, SCHOOL);
  const calendar = useRecord(calendarRecord, SCHOOL);
  const rules = useRecord(rulesRecord, RULES_ID);
  const classes = useList(classRecord, null);
  const outages = useList(outageRecord, null);

  const subjectName = (id: string): string =>
    school.value?.body.subjects.find((s) => s.id === id)?.name ?? id;
  const body = computed(() => rules.value?.body ?? undefined);

  watch([classes, school], () => {
    for (const c of classes.value ?? []) rememberName(c.id, c.body.name);
    for (const s of school.value?.body.subjects ?? []) rememberName(s.id, s.name);
  });

  const zone = computed(() => session.value?.school.zone ?? 'Asia/Shanghai');
  const now = useNow();

  return {
    actor,
    zone,
    now,
    today,
    asOf: computed(() => delivery.value.lastSyncAt),
    classes: computed(() => classes.value),
    calendar: computed(() => calendar.value?.body ?? undefined),
    rules: body,
    teachings: computed(() =>
      actor.value ? teachingsOf(actor.value.person, classes.value ?? [], subjectName, today.value) : [],
    ),
    ready: computed(
      () =>
        actor.value !== undefined &&
        classes.value !== undefined &&
        calendar.value !== undefined &&
        rules.value !== undefined,
    ),
    rulesFor: (day) => rulesOn(body.value, day),
    momentOf(day) {
      const spans = outages.value?.find((o) => o.id === day.date)?.body.spans ?? [];
      return { now: now.value, zone: zone.value, until: judgedAt(day, spans, rulesOn(body.value, day.date)) };
    },
  };
}
