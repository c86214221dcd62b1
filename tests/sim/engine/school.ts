import * as v from 'valibot';
import { defineCommand } from '@kernel/shared/command';
import type { Registry } from '@kernel/shared/contract';
import { defineModule, makeRegistry } from '@kernel/shared/contract';
import type { BodyOf } from '@kernel/shared/record';
import { accessRecord } from '@kernel/shared/kernel-records';
import { defineMeasures } from '@kernel/shared/measure';
import { defineRecord, put, ref, remove } from '@kernel/shared/record';
import { refuse } from '@kernel/shared/refusal';
import type { Actor } from '@kernel/shared/scope';

/**
 * A school small enough for thousands of lives, with everything that can go wrong in a large one: audiences that move, a last
 * chair two people want, two records in one act, rights that people give each other, deletion, numbers, and rules with mistakes.
 * Every act carries a word of its own (`n`), so that its effect can be found wherever it went. What these rules mean is written
 * a second time in `model.ts`, and not shared with it.
 */
export const DAY = '2026-11-23';
export const CHAIRS = 2;

const note = defineRecord({
  kind: 'sim.note',
  version: 2,
  schema: v.object({ team: v.string(), author: v.string(), text: v.string(), acts: v.array(v.string()) }),
  audience: (b) => [`team:${b.team}`],
  keys: (b) => [`team:${b.team}`],
  upcast: (body) => ({ acts: [], ...(body as object) }),
});
const bench = defineRecord({
  kind: 'sim.bench',
  version: 1,
  schema: v.object({ team: v.string(), seated: v.array(v.object({ person: v.string(), n: v.string() })) }),
  audience: (b) => [`team:${b.team}`],
});
/** A person's own book of what they did: in the same act as the chair or the note. */
const diary = defineRecord({
  kind: 'sim.diary',
  version: 1,
  schema: v.object({ person: v.string(), acts: v.array(v.string()) }),
  audience: (b) => [`person:${b.person}`],
});

const text = v.string();
const inTeam = (actor: Actor, team: string): boolean => actor.tags.includes(`team:${team}`);
const entered = (
  state: { get: (d: typeof diary, id: string) => BodyOf<typeof diary> | undefined },
  who: string,
  n: string,
) => put(diary, who, { person: who, acts: [...(state.get(diary, who)?.acts ?? []), n] });

export const write = defineCommand({
  name: 'sim.v1.write',
  kind: 'fact',
  args: v.strictObject({ n: text, team: text, text: v.pipe(text, v.minLength(1)) }),
  scope: (a) => `school/${a.team}`,
  reads: () => [],
  decide: (_s, a, env) => [
    put(note, env.commandId, { team: a.team, author: env.actor.person, text: a.text, acts: [a.n] }),
  ],
});
export const edit = defineCommand({
  name: 'sim.v1.edit',
  kind: 'decision',
  args: v.strictObject({ n: text, note: text, text }),
  reads: (a) => [ref(note, a.note)],
  decide(state, a, env) {
    const found = state.get(note, a.note);
    if (!found || !inTeam(env.actor, found.team)) return refuse('kernel.notFound');
    return [put(note, a.note, { ...found, text: a.text, acts: [...found.acts, a.n] })];
  },
});
export const erase = defineCommand({
  name: 'sim.v1.erase',
  kind: 'decision',
  args: v.strictObject({ n: text, note: text }),
  reads: (a) => [ref(note, a.note)],
  decide(state, a, env) {
    const found = state.get(note, a.note);
    if (!found || !inTeam(env.actor, found.team)) return refuse('kernel.notFound');
    return [remove(note, a.note)];
  },
});
/** The note goes to another team: whoever is not in it must not keep it. */
export const carry = defineCommand({
  name: 'sim.v1.carry',
  kind: 'decision',
  args: v.strictObject({ n: text, note: text, team: text }),
  reads: (a, _s, actor) => [ref(note, a.note), ref(diary, actor.person)],
  decide(state, a, env) {
    const found = state.get(note, a.note);
    if (!found || !inTeam(env.actor, found.team)) return refuse('kernel.notFound');
    return [
      put(note, a.note, { ...found, team: a.team, acts: [...found.acts, a.n] }),
      entered(state, env.actor.person, a.n),
    ];
  },
});
export const sit = defineCommand({
  name: 'sim.v1.sit',
  kind: 'decision',
  args: v.strictObject({ n: text, team: text }),
  scope: (a) => `school/${a.team}`,
  reads: (a, _s, actor) => [ref(bench, a.team), ref(diary, actor.person)],
  decide(state, a, env) {
    const found = state.get(bench, a.team) ?? { team: a.team, seated: [] };
    if (found.seated.length >= CHAIRS) return refuse('sim.noChair', { team: a.team });
    const seated = [...found.seated, { person: env.actor.person, n: a.n }];
    return [put(bench, a.team, { ...found, seated }), entered(state, env.actor.person, a.n)];
  },
});
export const leave = defineCommand({
  name: 'sim.v1.leave',
  kind: 'decision',
  args: v.strictObject({ n: text, team: text }),
  reads: (a) => [ref(bench, a.team)],
  decide(state, a, env) {
    const found = state.get(bench, a.team);
    const place = found?.seated.findIndex((s) => s.person === env.actor.person) ?? -1;
    if (!found || place < 0) return refuse('sim.notSeated');
    return [put(bench, a.team, { ...found, seated: found.seated.filter((_, i) => i !== place) })];
  },
});

const granted = (person: string, teams: readonly string[], head: boolean) =>
  put(accessRecord, person, {
    person,
    name: person,
    grants: teams.map((team) => ({
      role: head ? 'head' : 'member',
      scope: `school/${team}`,
      tags: [`team:${team}`],
      oversees: head,
      from: null,
      to: null,
    })),
  });
const rights = { person: text, teams: v.array(text), head: v.boolean() };
/** A head changes what somebody may see and do: the next command of the same batch must already feel it. */
export const appoint = defineCommand({
  name: 'sim.v1.appoint',
  kind: 'decision',
  args: v.strictObject({ n: text, ...rights }),
  reads: () => [],
  decide: (_s, a) => [granted(a.person, a.teams, a.head)],
});
/** A rule with a mistake in it that only the server meets. */
const tripOn = (where: 'phone' | 'server') =>
  defineCommand({
    name: 'sim.v1.trip',
    kind: 'fact',
    args: v.strictObject({ n: text }),
    reads: () => [],
    decide() {
      if (where === 'server') throw new Error('planted defect');
      return [];
    },
  });
export const trip = tripOn('phone');
/** Its `deep` passes the phone and not the server's door: a request nobody there can read. */
export const rant = defineCommand({
  name: 'sim.v1.rant',
  kind: 'fact',
  args: v.strictObject({ n: text, deep: v.unknown() }),
  reads: (_a, _s, actor) => [ref(diary, actor.person)],
  decide: (state, a, env) => [entered(state, env.actor.person, a.n)],
});
const grant = defineCommand({
  name: 'sim.v1.grant',
  kind: 'decision',
  args: v.strictObject(rights),
  reads: () => [],
  decide: (_s, a) => [granted(a.person, a.teams, a.head)],
});
const purge = defineCommand({
  name: 'sim.v1.purge',
  kind: 'decision',
  args: v.strictObject({ note: text }),
  reads: (a) => [ref(note, a.note)],
  decide: (state, a) => (state.get(note, a.note) ? [remove(note, a.note)] : refuse('kernel.notFound')),
});

const registryOf = (where: 'phone' | 'server'): Registry =>
  makeRegistry([
    defineModule({
      id: 'sim',
      records: { note, bench, diary },
      commands: [write, edit, erase, carry, sit, leave, appoint, tripOn(where), rant, grant, purge],
      policy: {
        'sim.v1.write': { member: 'scope', head: 'scope' },
        'sim.v1.sit': { member: 'scope', head: 'scope' },
        'sim.v1.edit': { everyone: 'scope' },
        'sim.v1.erase': { everyone: 'scope' },
        'sim.v1.carry': { everyone: 'scope' },
        'sim.v1.leave': { everyone: 'own' },
        'sim.v1.trip': { everyone: 'school' },
        'sim.v1.rant': { everyone: 'school' },
        'sim.v1.appoint': { head: 'school' },
        'sim.v1.grant': { system: 'school' },
        'sim.v1.purge': { system: 'school' },
      },
      measures: [
        defineMeasures(note, {
          at: (b) => ({ scope: `school/${b.team}`, day: DAY }),
          values: { 'sim.notesWritten': () => 1, 'sim.actsDone': (b) => b.acts.length },
        }),
        defineMeasures(bench, {
          at: (b) => ({ scope: `school/${b.team}`, day: DAY }),
          values: { 'sim.chairsTaken': (b) => b.seated.length },
        }),
      ],
    }),
  ]);
export const phoneRegistry = registryOf('phone');
export const serverRegistry = registryOf('server');
