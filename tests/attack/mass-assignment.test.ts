import type { GenericSchema } from 'valibot';
import { safeParse } from 'valibot';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { registry } from '@app/server/modules';
import type { SyncResponse } from '@kernel/shared/protocol';
import type { Item } from '@modules/homework';
import { dialects } from '../support/databases';
import { anEnvelope, HEADERS } from '../support/http-world';
import type { Who } from '../support/small-school';
import { SERVER_OWNED } from './fuzz/dictionary';
import { Maker, objectsIn, randomFrom } from './fuzz/maker';
import { printOf, TRACES } from './state';
import { C1, homework, Town } from './town';

const seen = vi.hoisted(() => [] as GenericSchema[]);
vi.mock('@kernel/server/take', async (original) => {
  const real = await original<{ take: (schema: GenericSchema, input: unknown) => unknown }>();
  return {
    take(schema: GenericSchema, input: unknown) {
      seen.push(schema);
      return real.take(schema, input);
    },
  };
});

/** The same value with one more field, once for every object in it. */
function withField(value: unknown, field: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value))
    return value.flatMap((item, i) => withField(item, field).map((made) => value.with(i, made) as unknown));
  const own = field in value ? [] : [{ ...value, [field]: 'xu' }];
  const below = Object.entries(value).flatMap(([key, item]) =>
    withField(item, field).map((made) => ({ ...value, [key]: made })),
  );
  return [...own, ...below];
}

/** Who of the small school holds each role that a command is open to. */
const HOLDS: Readonly<Record<string, Who>> = {
  teacher: 'lin',
  groupLeader: 'zhao',
  dean: 'song',
  vicePrincipal: 'qin',
  admin: 'xu',
  principal: 'tang',
  headTeacher: 'he',
  everyone: 'lin',
};

describe('what only the server says of a thing (Z5)', () => {
  const maker = new Maker(randomFrom(5));

  test.each(registry.commandNames)('%s takes no field it does not know, at any depth', (name) => {
    const { args } = registry.command(name)!;
    const forPeople = !registry.policy.get(name)?.has('system');
    // Imports hand in whole records, whose schemas drop what they do not know; a person is told.
    const allowed = forPeople ? ['strict_object'] : ['strict_object', 'object'];
    expect(objectsIn(args).filter((o) => !allowed.includes(o.type))).toEqual([]);
    const good = maker.fitting(args);
    const meant = JSON.stringify(safeParse(args, good).output);
    for (const field of SERVER_OWNED)
      for (const more of withField(good, field)) {
        const parsed = safeParse(args, more);
        expect([field, parsed.success && JSON.stringify(parsed.output) !== meant]).toEqual([field, false]);
        if (forPeople) expect([field, parsed.success]).toEqual([field, false]);
      }
  });

  test('an object that is not strict is seen, wherever it stands', () => {
    const open = v.strictObject({ list: v.array(v.nullable(v.looseObject({ a: v.string() }))) });
    expect(objectsIn(open)).toEqual([
      { path: '', type: 'strict_object' },
      { path: '.list[]', type: 'loose_object' },
    ]);
    expect(withField({ a: [{ b: 1 }] }, 'c')).toEqual([
      { a: [{ b: 1 }], c: 'xu' },
      { a: [{ b: 1, c: 'xu' }] },
    ]);
  });
});

describe.each(dialects)('said to the server all the same, on %s (Z5)', (dialect) => {
  let town: Town;
  beforeAll(async () => {
    town = await Town.begins(dialect);
  });
  afterAll(() => town?.ends());
  const maker = new Maker(randomFrom(6));

  test.each(registry.commandNames)(
    '%s with a field of the server’s: refused, and nothing has changed',
    async (name) => {
      const { args } = registry.command(name)!;
      const rows = [...registry.policy].filter(([o]) => o === name || o.startsWith(`${name}/`));
      const roles = new Set(rows.flatMap(([, row]) => [...row.keys()]));
      const who = [...roles].map((role) => HOLDS[role]).find((w) => w !== undefined);
      const good = maker.fitting(args) as object;
      await town.cookie(who ?? 'lin');
      const before = await printOf(town.world, TRACES);
      const fields = SERVER_OWNED.filter((field) => !(field in good));
      const commands = fields.map((field) => anEnvelope(town.now, name, { ...good, [field]: 'xu' }));
      const answer = await town.sync(who ?? 'lin', { commands });
      const codes = answer.json<SyncResponse>().results.map((r) => r.code);
      // What is the system's alone is refused for who asks, before it is looked at.
      expect(new Set(codes)).toEqual(new Set([who ? 'kernel.badArguments' : 'kernel.notAllowed']));
      expect(await printOf(town.world, TRACES)).toBe(before);
    },
  );

  test('the envelope and the request around it know their fields and no others', async () => {
    const before = await printOf(town.world);
    const command = anEnvelope(town.now, 'homework.v1.assign', homework([C1]));
    for (const field of SERVER_OWNED) {
      if (!(field in command))
        expect((await town.sync('lin', { commands: [{ ...command, [field]: 'xu' }] })).statusCode).toBe(400);
      expect((await town.sync('lin', { commands: [command], [field]: 'xu' })).statusCode).toBe(400);
    }
    expect(await printOf(town.world)).toBe(before);
  });

  test('nor does any other body', async () => {
    const cookie = await town.cookie('xu');
    const looked: string[] = [];
    const silent = /sync|poke|import|example$|DELETE/;
    for (const operation of [...registry.policy.keys()].filter(
      (o) => /^(POST|PUT) \//.test(o) && !silent.test(o),
    )) {
      const [method, url] = operation.split(' ') as ['POST', string];
      const send = (payload: unknown) =>
        town.world.http.inject({ method, url, headers: { ...HEADERS, cookie }, payload: payload as object });
      seen.length = 0;
      await send({});
      const schema = seen[0];
      expect(schema, operation).toBeDefined();
      expect(objectsIn(schema!).filter((o) => o.type !== 'strict_object')).toEqual([]);
      const good = maker.fitting(schema!) as object;
      const before = await printOf(town.world);
      for (const field of SERVER_OWNED.filter((f) => !(f in good)))
        expect([operation, field, (await send({ ...good, [field]: 'xu' })).statusCode]).toEqual([
          operation,
          field,
          400,
        ]);
      expect(await printOf(town.world)).toBe(before);
      looked.push(operation);
    }
    expect(looked.length).toBeGreaterThan(3);
  });

  test('the author is whoever is signed in, the school is theirs, the time is the server’s', async () => {
    const id = await town.do('lin', 'homework.v1.assign', homework([C1], { date: '2026-11-30' }));
    const item = await town.record<Item>('homework.item', id);
    expect(item.author).toBe('lin');
    expect(await town.record('homework.item', id, town.far)).toBeNull();
    const [row] = await town.world.db.store.db
      .selectFrom('command')
      .select(['school', 'actor', 'received'])
      .where('id', '=', id)
      .execute();
    expect(row).toMatchObject({ school: town.near, actor: 'lin', received: town.now });
  });
});
