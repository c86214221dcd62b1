import { describe, expect, test } from 'vitest';
import { isDeepStrictEqual } from 'node:util';
import type { RecordRow } from '@kernel/client/person-db';
import { personDbName, UNSENT } from '@kernel/client/person-db';
import { Dice } from './engine/dice';
import { differences } from './engine/differences';
import { inWorld, keeps, on, outboxOf } from './engine/on-page';
import { count, FIRST_SEED } from './engine/report';
import { carry, edit, erase, write } from './engine/school';
import { SCHOOL, type ServerSeams } from './engine/server';
import type { Seams } from './engine/world';

/** What a phone may come back with after a long time. `places` are cursors this phone once had. */
const CURSORS: Record<string, (dice: Dice, places: readonly string[]) => string | null> = {
  'a place long ago': (dice, places) => dice.pick(places),
  'a place that is still to come': (_d, places) => places.at(-1)!.replace(/\d+$/, '999999999'),
  'another history': (_d, places) => places.at(-1)!.replace(/^[^.]*/, 'someother'),
  'other rights': (_d, places) => places.at(-1)!.replace(/\.[^.]*\./, '.AAAAAAAAAAAA.'),
  'no place': () => null,
  nonsense: (dice) =>
    dice.pick(['', '.', '..', 'x', 'first..1', '-1', 'first.x.-1', 'first.x.1e5', '字', ' '.repeat(150)]),
};

/** A phone with work waiting pulls from such a place, again and again, while the school goes on. */
function pulls(rounds: number, seams: Seams = {}): Promise<string[]> {
  const dice = new Dice(FIRST_SEED, 'S12');
  return inWorld(
    FIRST_SEED,
    async (world) => {
      const [lin, mei] = [world.phones[0]!.pages[0]!, world.phones[1]!.pages[0]!];
      const places: string[] = [];
      const wrong: string[] = [];
      const kinds = Object.keys(CURSORS);
      let n = 0;
      for (let round = 0; round < rounds && wrong.length < 3; round++) {
        // Meanwhile: notes come, change, leave for another team and go.
        mei.sky.weather = 'off';
        for (let i = dice.int(1, 4); i > 0; i--) {
          const notes = world.notes();
          const note = notes.length > 0 ? dice.pick(notes) : '0000';
          const what = notes.length > 30 ? 'erase' : dice.weighted({ write: 5, edit: 3, carry: 2, erase: 2 });
          await on(world, lin, async () => {
            const act = { n: `l${++n}` };
            if (what === 'write') await lin.engine!.outbox.enqueue(write, { ...act, team: 'red', text: 'x' });
            else if (what === 'edit') await lin.engine!.outbox.enqueue(edit, { ...act, note, text: act.n });
            else if (what === 'carry')
              await lin.engine!.outbox.enqueue(carry, { ...act, note, team: 'blue' });
            else await lin.engine!.outbox.enqueue(erase, { ...act, note });
            await lin.engine!.sync.now();
          });
        }
        const waiting = dice.int(0, 3);
        for (let i = 0; i < waiting; i++)
          await keeps(world, mei, write, { n: `m${++n}`, team: 'red', text: 'x' });
        const kind = kinds[round % kinds.length]!;
        const cursor = places.length > 0 ? CURSORS[kind]!(dice, places) : null;
        await on(world, mei, () => mei.engine!.db.write('cursor', cursor));
        const before = outboxOf(mei)
          .filter((e) => UNSENT.includes(e.state))
          .map((e) => e.id);
        mei.sky.weather = 'fair';
        await on(world, mei, () => mei.engine!.sync.resume());
        const db = personDbName(SCHOOL.id, 'mei');
        const rows = mei.phone.storage.rows<RecordRow>(db, 'records').filter((r) => r.body !== null);
        const here = new Map(rows.map((r) => [`${r.kind} ${r.id}`, r.body]));
        wrong.push(...differences(`round ${round}, ${kind}: mei has`, here, world.oracle.readableNow('mei')));
        const after = outboxOf(mei).filter((e) => before.includes(e.id));
        if (
          !isDeepStrictEqual(
            after.map((e) => e.id),
            before,
          )
        )
          wrong.push(`round ${round}, ${kind}: the queue changed`);
        if (after.some((e) => e.state !== 'accepted'))
          wrong.push(`round ${round}, ${kind}: the queue was not delivered`);
        places.push((await on(world, mei, () => mei.engine!.db.read('cursor')))!);
      }
      return wrong;
    },
    seams,
  );
}

describe('S12: a phone comes back with an old place in the feed', () => {
  const rounds = count('SIM_CURSORS', 500);
  test(
    `${rounds} times: it ends with exactly what it may have, and its queue is untouched`,
    { timeout: 600_000 },
    async () => {
      expect(await pulls(rounds)).toEqual([]);
    },
  );

  test(
    'the test bites: a server that goes on from any number it is given leaves rows out',
    { timeout: 300_000 },
    async () => {
      const request: ServerSeams['request'] = (body, kernel) => {
        const [, rights, place] = String(body['cursor']).split('.');
        const end = kernel.dispatcher.memory(SCHOOL.id).counter?.seq ?? 0;
        if (rights && place)
          body['cursor'] = [kernel.store.epoch, rights, Math.min(Number(place), end)].join('.');
      };
      expect(await pulls(60, { server: { request } })).not.toEqual([]);
    },
  );
});
