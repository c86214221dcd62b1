import * as v from 'valibot';
import { defineCommand } from '@kernel/shared/command';
import { defineModule, makeRegistry } from '@kernel/shared/contract';
import { accessRecord } from '@kernel/shared/kernel-records';
import { defineMeasures } from '@kernel/shared/measure';
import { defineRecord, put, ref, remove } from '@kernel/shared/record';
import { refuse } from '@kernel/shared/refusal';

/** A shelf with three places: the smallest thing that has a shared claim, an audience, a measure and a defect. */
export const shelf = defineRecord({
  kind: 'tiny.shelf',
  version: 1,
  schema: v.object({ room: v.string(), books: v.array(v.object({ id: v.string(), by: v.string() })) }),
  audience: (b) => [`room:${b.room}`],
  keys: (b) => [`room:${b.room}`],
});
export const CAPACITY = 3;

export const place = defineCommand({
  name: 'tiny.v1.place',
  kind: 'decision',
  args: v.strictObject({ shelf: v.string() }),
  reads: (args) => [ref(shelf, args.shelf)],
  decide(state, args, env) {
    const found = state.get(shelf, args.shelf) ?? { room: 'a', books: [] };
    if (found.books.length >= CAPACITY) return refuse('tiny.full', { shelf: args.shelf });
    return [
      put(shelf, args.shelf, {
        ...found,
        books: [...found.books, { id: env.commandId, by: env.actor.person }],
      }),
    ];
  },
});
export const move = defineCommand({
  name: 'tiny.v1.move',
  kind: 'decision',
  args: v.strictObject({ shelf: v.string(), room: v.string() }),
  reads: (args) => [ref(shelf, args.shelf)],
  decide(state, args) {
    const found = state.get(shelf, args.shelf);
    return found ? [put(shelf, args.shelf, { ...found, room: args.room })] : refuse('kernel.notFound');
  },
});
export const clear = defineCommand({
  name: 'tiny.v1.clear',
  kind: 'decision',
  args: v.strictObject({ shelf: v.string() }),
  reads: (args) => [ref(shelf, args.shelf)],
  decide: (_state, args) => [remove(shelf, args.shelf)],
});
export const explode = defineCommand({
  name: 'tiny.v1.explode',
  kind: 'decision',
  args: v.strictObject({}),
  reads: () => [],
  decide: () => {
    throw new Error('planted defect');
  },
});
export const grant = defineCommand({
  name: 'tiny.v1.grant',
  kind: 'decision',
  args: v.strictObject({ person: v.string(), rooms: v.array(v.string()), reader: v.boolean() }),
  reads: () => [],
  decide: (_state, args) => [
    put(accessRecord, args.person, {
      person: args.person,
      name: args.person,
      grants: args.reader
        ? [
            {
              role: 'reader',
              scope: 'school',
              tags: args.rooms.map((r) => `room:${r}`),
              oversees: true,
              from: null,
              to: null,
            },
          ]
        : [],
    }),
  ],
});

export const tinyRegistry = makeRegistry([
  defineModule({
    id: 'tiny',
    records: { shelf },
    commands: [place, move, clear, explode, grant],
    policy: {
      'tiny.v1.place': { reader: 'school' },
      'tiny.v1.move': { everyone: 'school' },
      'tiny.v1.clear': { everyone: 'school' },
      'tiny.v1.explode': { everyone: 'school' },
      'tiny.v1.grant': { system: 'school' },
    },
    measures: [
      defineMeasures(shelf, {
        at: (b) => ({ scope: `school/${b.room}`, day: '2026-11-23' }),
        values: {
          'tiny.booksPlaced': (b) => b.books.length,
          'tiny.shelvesFull': (b) => (b.books.length >= CAPACITY ? 1 : 0),
        },
      }),
    ],
  }),
]);
