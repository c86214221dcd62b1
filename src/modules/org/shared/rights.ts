import type { DecideEnv } from '@kernel/shared/command';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { BodyOf, Ref, StateReader, Write } from '@kernel/shared/record';
import { put, ref } from '@kernel/shared/record';
import type { Refusal } from '@kernel/shared/refusal';
import { notFound, refuse } from '@kernel/shared/refusal';
import type { Grant } from '@kernel/shared/scope';
import { covers, isSystem } from '@kernel/shared/scope';
import type { OrgFacts, PersonRole } from './access';
import { grantsFor } from './access';
import type { DatedSpan } from './held';
import * as r from './records';

type Access = BodyOf<typeof accessRecord>;
export type Class = BodyOf<typeof r.classRecord>;
export type PrepGroup = BodyOf<typeof r.prepGroupRecord>;
export type Service = BodyOf<typeof r.serviceRecord>;
export type Admins = BodyOf<typeof r.adminsRecord>;

/** What a decision changes of the facts that rights follow from. */
export interface Changes {
  readonly classes?: ReadonlyMap<string, Class>;
  readonly prepGroups?: ReadonlyMap<string, PrepGroup>;
  readonly service?: Service;
  readonly admins?: Admins;
}

export const ADMINS = 'school';
export const adminsOf = (state: StateReader): Admins => state.get(r.adminsRecord, ADMINS) ?? { people: [] };
export const serviceOf = (state: StateReader, person: string): Service =>
  state.get(r.serviceRecord, person) ?? { person, until: null, roles: [] };

/** Classes and prep groups in which somebody holds or held something: their rights name them all, ended ones too. */
export function placesOf(access: Access | undefined): { classes: string[]; prepGroups: string[] } {
  const classes = new Set<string>();
  const prepGroups = new Set<string>();
  for (const { scope } of access?.grants ?? []) {
    const [top, middle, last] = scope.split('/');
    if (top === 'prep' && middle !== undefined) prepGroups.add(middle);
    else if (last !== undefined) classes.add(last);
  }
  return { classes: [...classes], prepGroups: [...prepGroups] };
}

/** What must be read to work out these people's rights anew, and whether they are still here. */
export function rightsRefs(state: StateReader, people: readonly string[]): Ref[] {
  return [
    ref(r.adminsRecord, ADMINS),
    ...[...new Set(people)].flatMap((p) => {
      const places = placesOf(state.get(accessRecord, p));
      return [
        ref(accessRecord, p),
        ref(r.personRecord, p),
        ref(r.serviceRecord, p),
        ...places.classes.map((c) => ref(r.classRecord, c)),
        ...places.prepGroups.map((g) => ref(r.prepGroupRecord, g)),
      ];
    }),
  ];
}

/**
 * Every write of a change of facts: the facts, and these people's rights made anew from all of theirs. Nobody gives oneself a
 * right that one does not hold for those days already: `org.notOneself`; the system may.
 * @param people everybody whom the change concerns, before or after it
 */
export function changeFacts(
  state: StateReader,
  env: DecideEnv,
  people: readonly string[],
  changes: Changes,
): readonly Write[] | Refusal {
  const writes: Write[] = [];
  for (const [id, body] of changes.classes ?? []) writes.push(put(r.classRecord, id, body));
  for (const [id, body] of changes.prepGroups ?? []) writes.push(put(r.prepGroupRecord, id, body));
  if (changes.service) writes.push(put(r.serviceRecord, changes.service.person, changes.service));
  if (changes.admins) writes.push(put(r.adminsRecord, ADMINS, changes.admins));
  for (const person of new Set(people)) {
    const before = state.get(accessRecord, person);
    const after = accessOf(state, person, before, changes);
    if (!after) continue;
    const mine = person === env.actor.person && !isSystem(env.actor);
    if (mine && after.grants.some((g) => !isWithin(g, before?.grants ?? []))) return refuse('org.notOneself');
    if (JSON.stringify(after) !== JSON.stringify(before)) writes.push(put(accessRecord, person, after));
  }
  return writes;
}

function accessOf(
  state: StateReader,
  person: string,
  before: Access | undefined,
  changes: Changes,
): Access | null {
  const name = state.get(r.personRecord, person)?.name ?? before?.name;
  if (name === undefined) return null;
  const places = placesOf(before);
  const classes = new Map([...places.classes, ...(changes.classes?.keys() ?? [])].map((id) => [id, id]));
  const groups = new Map([...places.prepGroups, ...(changes.prepGroups?.keys() ?? [])].map((id) => [id, id]));
  const service = changes.service?.person === person ? changes.service : serviceOf(state, person);
  const admins = changes.admins ?? adminsOf(state);
  const facts: OrgFacts = {
    classes: [...classes.keys()].sort().flatMap((id) => {
      const body = changes.classes?.get(id) ?? state.get(r.classRecord, id);
      return body ? [{ id, body }] : [];
    }),
    prepGroups: [...groups.keys()].sort().flatMap((id) => {
      const body = changes.prepGroups?.get(id) ?? state.get(r.prepGroupRecord, id);
      return body ? [{ id, body }] : [];
    }),
    roles: rolesOf(service, admins),
  };
  return accessFrom(person, name, service.until, facts);
}

/** The roles by name of one person, from the two records that hold them. */
export const rolesOf = (service: Service, admins: Admins): PersonRole[] => [
  ...service.roles.map((role) => ({ person: service.person, ...role })),
  ...admins.people
    .filter((a) => a.person === service.person)
    .map((a) => ({ ...a, role: 'admin' as const, grade: null })),
];

/** The rights record that facts give a person. */
export function accessFrom(person: string, name: string, until: string | null, facts: OrgFacts): Access {
  const grants = grantsFor(person, facts).map((g) => ({ ...g, tags: [...g.tags] }));
  return { person, name, ...(until === null ? {} : { until }), grants };
}

/** One of `held` gives the same role in (at least) the same place on (at least) the same days. */
const isWithin = (g: Grant, held: readonly Grant[]): boolean =>
  held.some(
    (h) =>
      h.role === g.role &&
      covers(h.scope, g.scope) &&
      (h.from === null || (g.from !== null && h.from <= g.from)) &&
      (h.to === null || (g.to !== null && g.to <= h.to)),
  );

/**
 * Whether somebody can be given something for these days: on the roster, and not leaving before they end. `kernel.notFound`,
 * `org.personLeaves {person, name, last}`.
 */
export function mustServe(state: StateReader, person: string, span: DatedSpan): Refusal | null {
  const body = state.get(r.personRecord, person);
  if (!body) return notFound();
  const last = serviceOf(state, person).until;
  if (last === null || (span.to !== null && span.to <= last)) return null;
  return refuse('org.personLeaves', { person, name: body.name, last });
}

/**
 * The days a decision is for, from today on: what is past has been lived and judged by the rules of then, and stays.
 * `org.noDays {from, to, today}` when no day is left.
 */
export function daysFrom(args: DatedSpan, env: DecideEnv): DatedSpan | Refusal {
  const from = args.from < env.today ? env.today : args.from;
  if (args.to !== null && args.to < from) return refuse('org.noDays', { ...args, today: env.today });
  return { from, to: args.to };
}
