import type { OutboxEntry } from '@kernel/client/person-db';

type Part = Partial<Pick<OutboxEntry, 'id' | 'name' | 'args' | 'at' | 'mono' | 'beacon'>>;
export interface PoisonFacts {
  /** A word of its own, as every act has. */
  readonly n: string;
  /** A note of a team the person is not in, one that was erased, and the id of somebody else's command. */
  readonly foreignNote: string;
  readonly erasedNote: string;
  readonly takenId: string;
}

const deep = (levels: number): unknown =>
  Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 1);
const write = (args: unknown): Part => ({ name: 'sim.v1.write', args });

/**
 * Commands that cannot be done, each for another reason: what an older build, a mistake of ours, a bent clock or a changed
 * school can leave in a queue. They are put into the phone's storage as they are, past everything that would have refused them.
 */
export const poisons: Readonly<Record<string, (f: PoisonFacts) => Part>> = {
  'a command nobody knows': ({ n }) => ({ name: 'sim.v9.future', args: { n } }),
  'an argument of another type': ({ n }) => write({ n, team: 7, text: 'x' }),
  'an argument missing': ({ n }) => write({ n, team: 'red' }),
  'an argument too many': ({ n }) => write({ n, team: 'red', text: 'x', colour: 'red' }),
  'an empty text': ({ n }) => write({ n, team: 'red', text: '' }),
  'infinity, which JSON cannot hold': ({ n }) => write({ n, team: 'red', text: Infinity }),
  'no arguments': () => write(null),
  'arguments as a list': () => write([1, 2, 3]),
  'arguments as a text': () => write('red'),
  'a team the person is not in': ({ n }) => write({ n, team: 'green', text: 'x' }),
  'a right that was lost since': ({ n }) => write({ n, team: 'blue', text: 'x' }),
  'an act of the head': ({ n }) => ({
    name: 'sim.v1.appoint',
    args: { n, person: 'mei', teams: ['red'], head: true },
  }),
  'an act of the school itself': () => ({
    name: 'sim.v1.grant',
    args: { person: 'mei', teams: ['red', 'blue', 'green'], head: true },
  }),
  'a note that never was': ({ n }) => ({ name: 'sim.v1.edit', args: { n, note: 'nowhere', text: 'x' } }),
  'a note of others': ({ n, foreignNote }) => ({
    name: 'sim.v1.edit',
    args: { n, note: foreignNote, text: 'x' },
  }),
  'a note that is gone': ({ n, erasedNote }) => ({ name: 'sim.v1.erase', args: { n, note: erasedNote } }),
  'a chair that is taken': ({ n }) => ({ name: 'sim.v1.sit', args: { n, team: 'red' } }),
  'a chair never sat on': ({ n }) => ({ name: 'sim.v1.leave', args: { n, team: 'blue' } }),
  'a rule of ours with a mistake': ({ n }) => ({ name: 'sim.v1.trip', args: { n } }),
  'nesting forty deep': ({ n }) => ({ name: 'sim.v1.rant', args: { n, deep: deep(40) } }),
  'nesting four hundred deep': ({ n }) => ({ name: 'sim.v1.rant', args: { n, deep: deep(400) } }),
  'a NUL': ({ n }) => write({ n, team: 'red', text: 'a\u0000b' }),
  'half an emoji': ({ n }) => write({ n, team: 'red', text: 'a\ud83d' }),
  'a key named constructor': ({ n }) => write({ n, team: 'red', text: 'x', constructor: 1 }),
  'more than a request may hold': ({ n }) => write({ n, team: 'red', text: '长'.repeat(400_000) }),
  'an id only the school may use': ({ n }) => ({
    ...write({ n, team: 'red', text: 'x' }),
    id: '01890000-0000-8000-a000-000000000001',
  }),
  'an id that is none': ({ n }) => ({ ...write({ n, team: 'red', text: 'x' }), id: 'not-an-id' }),
  'an id that is taken': ({ n, takenId }) => ({
    ...write({ n, team: 'red', text: 'other words' }),
    id: takenId,
  }),
  'a name without end': ({ n }) => ({ name: `sim.v1.${'x'.repeat(300)}`, args: { n } }),
  'half a millisecond': ({ n }) => ({ ...write({ n, team: 'red', text: 'x' }), at: 1.5 }),
  'a time beyond all calendars': ({ n }) => ({ ...write({ n, team: 'red', text: 'x' }), at: 1e17 }),
  'a clock that ran backwards': ({ n }) => ({ ...write({ n, team: 'red', text: 'x' }), mono: -5 }),
  'a beacon without end': ({ n }) => ({ ...write({ n, team: 'red', text: 'x' }), beacon: 'x'.repeat(300) }),
};
