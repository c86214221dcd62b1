import type { Kysely } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { dialects } from '../support/databases';
import { Dice } from './engine/dice';
import { count, FIRST_SEED } from './engine/report';
import { smallHttp, type SmallHttp } from './engine/small-http';

describe.each(dialects)('one command id on %s', (dialect) => {
  const dice = new Dice(FIRST_SEED, `S5 ${dialect}`);
  // PostgreSQL waits for its disk where SQLite here does not.
  const fewer = dialect === 'postgres' ? 4 : 1;
  let small: SmallHttp;
  afterEach(() => small.world.close());

  test('S5: delivered 4 to 16 times at once it has one effect, and every answer is the same to the byte', async () => {
    // On PostgreSQL two servers race for the same id.
    small = await smallHttp(dialect, dialect === 'postgres' ? 2 : 1);
    const ids = count('SIM_IDS', 2_000) / fewer;
    let deliveries = 0;
    for (let done = 0; done < ids; done += 10) {
      // Ten ids at a time, all deliveries under way together.
      const batch = Array.from({ length: 10 }, (_, i) => {
        const command = small.command('tiny.v1.place', { shelf: `s${done + i}` });
        return { command, times: dice.int(4, 16) };
      });
      deliveries += batch.reduce((n, b) => n + b.times, 0);
      const answers = await Promise.all(
        batch.map(({ command, times }) =>
          Promise.all(Array.from({ length: times }, async () => (await small.push('lin', [command]))[0]!)),
        ),
      );
      for (const same of answers) expect(new Set(same).size).toBe(1);
    }
    const logged = await small.logged();
    expect(logged).toHaveLength(ids);
    for (let i = 0; i < ids; i += 97) expect((await small.shelf(`s${i}`))?.books).toHaveLength(1);
    console.log(`S5 ${dialect}: ${ids} ids, ${deliveries} deliveries, ${logged.length} effects`);
  });

  test('S5 bites: a server that asks first and writes then does it too often', async () => {
    small = await smallHttp(dialect);
    const { db } = small.world.kernel.store;
    await db.schema.createTable('effect').addColumn('id', 'text').execute();
    const anyDb = db as unknown as Kysely<{ effect: { id: string } }>;
    const naive = async (id: string): Promise<void> => {
      const known = await anyDb.selectFrom('effect').select('id').where('id', '=', id).execute();
      if (known.length === 0) await anyDb.insertInto('effect').values({ id }).execute();
    };
    const ids = 100;
    for (let i = 0; i < ids; i++)
      await Promise.all(Array.from({ length: dice.int(4, 16) }, () => naive(`e${i}`)));
    expect((await anyDb.selectFrom('effect').select('id').execute()).length).toBeGreaterThan(ids);
  });

  test('S6: with other words in it, by its author or another, it is refused and the first stays', async () => {
    small = await smallHttp(dialect);
    const total = count('SIM_REUSED', 1_000) / fewer;
    for (let i = 0; i < total; i++) {
      const first = small.command('tiny.v1.place', { shelf: `s${i}` });
      const other = dice.chance(0.5) ? { args: { shelf: `t${i}` } } : { name: 'tiny.v1.clear' };
      const [author, thief] = dice.chance(0.5) ? (['lin', 'lin'] as const) : (['lin', 'mei'] as const);
      const again = { ...first, ...other };
      // Sometimes both are in one push, or under way together.
      const how = dice.int(0, 2);
      const [a, b] =
        how === 0 && author === thief
          ? await small.push(author, [first, again])
          : how === 1
            ? (await Promise.all([small.push(author, [first]), small.push(thief, [again])])).flat()
            : [...(await small.push(author, [first])), ...(await small.push(thief, [again]))];
      expect(JSON.parse(a!)).toMatchObject({ outcome: 'accepted', id: first.id });
      expect(JSON.parse(b!)).toMatchObject({ outcome: 'refused', code: 'kernel.idReused', seq: null });
      expect((await small.push(author, [first]))[0]).toBe(a);
    }
    expect(await small.logged()).toHaveLength(total);
  });

  test('S7: what it made and somebody removed stays removed when it comes again; twice in one push is once', async () => {
    small = await smallHttp(dialect);
    const total = count('SIM_REMOVED', 200) / fewer;
    for (let i = 0; i < total; i++) {
      const make = small.command('tiny.v1.place', { shelf: `s${i}` });
      const [first] = await small.push('lin', [make]);
      await small.push('mei', [small.command('tiny.v1.clear', { shelf: `s${i}` })]);
      expect(await small.push('lin', [make])).toEqual([first]);
      expect(await small.shelf(`s${i}`)).toBeNull();

      const twin = small.command('tiny.v1.place', { shelf: `t${i}` });
      const answers = await small.push('lin', [twin, twin]);
      expect(new Set(answers).size).toBe(1);
      expect((await small.shelf(`t${i}`))?.books).toHaveLength(1);
    }
  });
});
