import * as v from 'valibot';
import { defineCommand } from '@kernel/shared/command';
import { defineModule, makeRegistry } from '@kernel/shared/contract';
import { defineMeasures } from '@kernel/shared/measure';
import { defineRecord, put, ref, remove } from '@kernel/shared/record';
import { refuse } from '@kernel/shared/refusal';

/** A note somebody writes: simple, and in its second version, so that old ones must be read up. */
export const note = defineRecord({
  kind: 'notes.note',
  version: 2,
  schema: v.object({ team: v.string(), author: v.string(), text: v.string(), edits: v.number() }),
  audience: (b) => [`team:${b.team}`],
  keys: (b) => [`team:${b.team}`, `author:${b.author}`],
  upcast: (body) => ({ ...(body as object), edits: 0 }),
});

/** Two chairs per team: what two people can want at once. */
export const bench = defineRecord({
  kind: 'notes.bench',
  version: 1,
  schema: v.object({ team: v.string(), seated: v.array(v.object({ person: v.string(), by: v.string() })) }),
  audience: (b) => [`team:${b.team}`],
  keys: (b) => [`team:${b.team}`],
});
export const CHAIRS = 2;

export const write = defineCommand({
  name: 'notes.v1.write',
  kind: 'fact',
  args: v.strictObject({ team: v.string(), text: v.pipe(v.string(), v.minLength(1)) }),
  scope: (args) => `school/${args.team}`,
  reads: () => [],
  decide: (_state, args, env) => [
    put(note, env.commandId, { team: args.team, author: env.actor.person, text: args.text, edits: 0 }),
  ],
});

/** Its outcome depends on what was there: repeated once too often, the count gives it away. */
export const edit = defineCommand({
  name: 'notes.v1.edit',
  kind: 'decision',
  args: v.strictObject({ note: v.string(), text: v.string() }),
  reads: (args) => [ref(note, args.note)],
  decide(state, args) {
    const found = state.get(note, args.note);
    if (!found) return refuse('kernel.notFound');
    return [put(note, args.note, { ...found, text: args.text, edits: found.edits + 1 })];
  },
});

export const erase = defineCommand({
  name: 'notes.v1.erase',
  kind: 'decision',
  args: v.strictObject({ note: v.string() }),
  reads: (args) => [ref(note, args.note)],
  decide: (state, args) =>
    state.get(note, args.note) ? [remove(note, args.note)] : refuse('kernel.notFound'),
});

export const sit = defineCommand({
  name: 'notes.v1.sit',
  kind: 'decision',
  args: v.strictObject({ team: v.string() }),
  scope: (args) => `school/${args.team}`,
  reads: (args) => [ref(bench, args.team)],
  decide(state, args, env) {
    const found = state.get(bench, args.team) ?? { team: args.team, seated: [] };
    if (found.seated.length >= CHAIRS) return refuse('notes.noChair', { team: args.team });
    return [
      put(bench, args.team, {
        ...found,
        seated: [...found.seated, { person: env.actor.person, by: env.commandId }],
      }),
    ];
  },
});

/** A rule with a mistake in it. */
export const broken = defineCommand({
  name: 'notes.v1.broken',
  kind: 'fact',
  args: v.strictObject({}),
  reads: () => [],
  decide: () => {
    throw new Error('planted defect');
  },
});

export const notesRegistry = makeRegistry([
  defineModule({
    id: 'notes',
    records: { note, bench },
    commands: [write, edit, erase, sit, broken],
    policy: {
      'notes.v1.write': { member: 'scope' },
      'notes.v1.edit': { everyone: 'school' },
      'notes.v1.erase': { everyone: 'school' },
      'notes.v1.sit': { member: 'scope' },
      'notes.v1.broken': { everyone: 'school' },
    },
    measures: [
      defineMeasures(note, {
        at: (b) => ({ scope: `school/${b.team}`, day: '2026-11-23' }),
        values: { 'notes.notesWritten': () => 1 },
      }),
    ],
  }),
]);
