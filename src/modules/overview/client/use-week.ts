import { computed } from 'vue';
import { useActor } from '@kernel/client/use-actor';
import { useDelivery } from '@kernel/client/use-delivery';
import { useList } from '@kernel/client/use-list';
import { useMeasures } from '@kernel/client/use-measures';
import { useNow, useToday } from '@kernel/client/use-now';
import { useRecord } from '@kernel/client/use-record';
import { useSession } from '@kernel/client/use-session';
import type { Scope } from '@kernel/shared/scope';
import { covers } from '@kernel/shared/scope';
import type { Day } from '@kernel/shared/time';
import { addDays, mondayOf } from '@kernel/shared/time';
import { deadlineOf, rulesOn, rulesRecord } from '@modules/homework';
import { calendarRecord, classRecord, dayKind, gradeName, termOf } from '@modules/org';
import type { DayColumn } from '../shared/cells';
import type { ClassRow } from '../shared/week';
import { MEASURES_READ } from '../shared/names';
import { weekOf } from '../shared/week';

export interface ScopeChoice {
  readonly scope: Scope;
  readonly name: string;
}

/** One week of the classes a person looks after, from the measures on this phone; it follows every change. */
export function useWeek(asked: () => Day | '', chosen: () => Scope | '') {
  const actor = useActor();
  const { session } = useSession();
  const delivery = useDelivery();
  const now = useNow();
  const today = useToday();
  const calendar = useRecord(calendarRecord, 'school');
  const rules = useRecord(rulesRecord, 'school');
  const classes = useList(classRecord, null);
  const zone = computed(() => session.value?.school.zone ?? 'Asia/Shanghai');
  const monday = computed(() => mondayOf(asked() || today.value));

  const all = computed<ClassRow[]>(() => (classes.value ?? []).map(({ id, body }) => ({ id, ...body })));
  /** Outermost scopes first; what lies inside another of them is not offered twice. */
  const scopes = computed<ScopeChoice[]>(() => {
    const mine = [...(actor.value?.oversees ?? [])].sort((a, b) => a.length - b.length);
    const outer = mine.filter((s) => !mine.some((o) => o !== s && covers(o, s)));
    return outer.map((scope) => ({ scope, name: nameOf(scope, all.value) }));
  });
  const scope = computed<Scope>(() => {
    const wanted = chosen();
    const allowed = (actor.value?.oversees ?? []).some((s) => covers(s, wanted));
    return wanted && allowed ? wanted : (scopes.value[0]?.scope ?? '');
  });

  const columns = computed<DayColumn[]>(() => {
    const body = calendar.value?.body;
    return Array.from({ length: 7 }, (_, i): DayColumn => {
      const day = addDays(monday.value, i);
      const kind = body ? dayKind(body, day) : null;
      return {
        day,
        kind: kind?.kind ?? 'unknown',
        name: kind?.kind === 'off' ? kind.name : '',
        deadline: deadlineOf(rulesOn(rules.value?.body, day), day, zone.value),
      };
    });
  });
  const under = computed(() => all.value.filter((c) => scope.value && covers(scope.value, c.scope)));
  const rows = useMeasures(() => ({
    names: MEASURES_READ,
    scope: under.value.map((c) => c.scope),
    from: monday.value,
    to: addDays(monday.value, 6),
  }));

  const ready = computed(
    () =>
      rows.value !== undefined &&
      classes.value !== undefined &&
      calendar.value !== undefined &&
      actor.value !== undefined,
  );
  const week = computed(() => {
    if (!ready.value || !rows.value) return null;
    const found = new Set(rows.value.map((r) => r.day));
    return weekOf({
      // A Saturday is only there when it is a school day or something was published on it.
      columns: columns.value.filter((c, i) => i < 5 || c.kind === 'school' || found.has(c.day)),
      classes: under.value,
      rows: rows.value,
      scope: scope.value,
      moment: { now: now.value, today: today.value, asOf: delivery.value.lastSyncAt },
    });
  });
  const inTerm = (day: Day): boolean => {
    const body = calendar.value?.body;
    return !body || [0, 6].some((i) => termOf(body, addDays(day, i)) !== null);
  };
  return {
    week,
    monday,
    today,
    zone,
    scope,
    scopes,
    asOf: computed(() => delivery.value.lastSyncAt),
    previous: computed(() => stepTo(addDays(monday.value, -7))),
    next: computed(() => stepTo(addDays(monday.value, 7))),
  };
  function stepTo(day: Day): Day | null {
    return inTerm(day) ? day : null;
  }
}
export type WeekView = ReturnType<typeof useWeek>;

function nameOf(scope: Scope, classes: readonly ClassRow[]): string {
  const parts = scope.split('/');
  if (parts.length === 1) return '全校';
  if (parts.length === 2) return gradeName(Number((parts[1] ?? '').replace('g', '')));
  return classes.find((c) => c.scope === scope)?.name ?? '班级';
}
