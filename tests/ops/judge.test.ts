import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from 'kysely';
import type { Store } from '@kernel/server/store/store';
import type { Lived } from './support/model';
import { dropModels, livedIn } from './support/model';
import { wrongWith } from './support/town';

/** The judge of every test that kills, pauses, fills or restores: what it does not see they cannot show. */
describe('the judge of a database', () => {
  let lived: Lived;
  let store: Store;
  beforeEach(async () => {
    lived = await livedIn('sqlite');
    store = await lived.at.open();
  });
  afterEach(() => lived.at.drop());
  afterAll(dropModels);

  const last = (): string => lived.said.at(-1)!.id;
  const damage: readonly (readonly [string, (id: string) => Promise<unknown>, RegExp])[] = [
    ['a lost command', (id) => sql`delete from command where id = ${id}`.execute(store.db), /lost|log:/],
    [
      'another outcome',
      (id) => sql`update command set outcome = 'refused' where id = ${id}`.execute(store.db),
      /changed/,
    ],
    [
      'a command without its record',
      () => sql`delete from record where kind = 'homework.item'`.execute(store.db),
      /half/,
    ],
    [
      'an effect that happened twice',
      () =>
        sql`insert into record select school, kind, 'twice', version, seq, audience, body from record
            where kind = 'homework.item' limit 1`.execute(store.db),
      /items of/,
    ],
    [
      'a number that was added twice',
      () => sql`update measure set value = value + 1 where value > 0`.execute(store.db),
      /measure/,
    ],
    [
      'what was said, changed',
      (id) => sql`update command set args = '{}' where id = ${id}`.execute(store.db),
      /log:/,
    ],
    ['a counter that stands elsewhere', () => sql`update school set log = log + 1`.execute(store.db), /log:/],
  ];

  test('finds nothing wrong with a good one', async () => {
    expect(await wrongWith(store, lived.town, lived.said)).toEqual([]);
  });
  test.each(damage)('sees %s', async (_what, plant, words) => {
    await plant(last());
    expect((await wrongWith(store, lived.town, lived.said)).join('\n')).toMatch(words);
  });
  test('sees an acknowledgement nobody has', async () => {
    const said = [...lived.said, { id: 'never', outcome: 'accepted', seq: 9_999 }];
    expect(await wrongWith(store, lived.town, said)).toEqual([expect.stringContaining('lost: never')]);
  });
});
