import { randomInt } from 'node:crypto';
import type { GenericSchema } from 'valibot';
import * as v from 'valibot';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { registry } from '@app/server/modules';
import { take } from '@kernel/server/take';
import { badRequest } from '@kernel/server/problem';
import { defineCommand } from '@kernel/shared/command';
import { defineModule, makeRegistry } from '@kernel/shared/contract';
import { dialects } from '../support/databases';
import { httpWorld, type HttpWorld } from '../support/http-world';
import { tinyRegistry } from '../support/tiny-registry';
import { Fuzzer, type Fed } from './fuzz/fuzzer';
import { Maker, randomFrom } from './fuzz/maker';
import { C1, C2, C3, MONDAY, PASSWORD, Town } from './town';

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

/** Inputs over both databases together (N1). */
const INPUTS = process.env['LONG'] === '1' ? 200_000 : 20_000;
const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

/** Routes whose input is not one JSON value. Anybody who adds one says here where it is attacked. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'POST /api/org/import/preview': 'multipart: tests/org/broken-files.test.ts, set-up.test.ts',
  'POST /api/org/import/apply': 'multipart: tests/org/broken-files.test.ts, set-up.test.ts',
  'POST /api/example': 'takes nothing; builds a school',
  'DELETE /api/session': 'takes nothing; ends the session',
  'DELETE /api/sessions': 'takes nothing; ends sessions',
  'DELETE /api/sessions/:id': 'takes nothing but its address, which is attacked below',
};

const WHO = ['xu', 'lin', 'zhao', 'song', 'qin', 'he'] as const;

describe.each(dialects)('inputs made from the schemas, on %s (N1)', (dialect) => {
  let town: Town | undefined;
  afterEach(async () => {
    await town?.ends();
    town = undefined;
  });

  test(
    `nothing breaks the server, and what is refused changes nothing (seed ${seed})`,
    { timeout: 600_000 },
    async () => {
      town = await Town.begins(dialect);
      const items: string[] = [];
      for (const date of ['2026-11-24', '2026-11-25', '2026-11-26'])
        items.push(
          await town.do('lin', 'homework.v1.assign', {
            classes: [C1, C2],
            subject: 'math',
            date,
            form: 'written',
            tiers: [{ tier: 'A', content: '第 12 页', minutes: 10 }],
            copiedFrom: null,
          }),
        );
      const senders = [];
      for (const person of WHO) senders.push({ person, cookie: await town.cookie(person) });
      const school = town.near.slice(0, 8);
      const fuzzer = await new Fuzzer({
        world: town.world,
        registry,
        seed: seed + dialects.indexOf(dialect),
        senders,
        seen,
        known: {
          ...{
            class: [C1, C2, C3],
            classes: [C1, C2, C3],
            subject: ['math', 'chinese'],
            item: items,
            id: items,
          },
          ...{
            date: [MONDAY, '2026-11-24', '2026-11-25', '2027-02-30'],
            day: ['2026-11-24', '2026-12-24', '2026-02-30'],
          },
          ...{ round: [1, 2], step: [0, 1, 2], person: [...WHO], copiedFrom: items },
          ...{ name: registry.commandNames, protocol: [1], build: ['test'], cursor: ['', '1.2.3'] },
          // Never the true one: a guess costs a twentieth of a second, and after a few the account is slowed down.
          ...{
            account: [`lin.${school}`, `xu.${school}`],
            password: ['wrong wrong'],
            current: ['wrong wrong'],
          },
          device: ['00000000-0000-4000-8000-00000000000a'],
        },
      }).begins();

      const operations = [...registry.policy.keys()];
      const routes: Fed[] = [];
      for (const operation of operations.filter((o) => /^(?!GET )[A-Z]+ \//.test(o) && !(o in ELSEWHERE))) {
        const schema = await fuzzer.learn(operation);
        expect(schema, `${operation} takes something no schema is known of: see ELSEWHERE`).not.toBeNull();
        routes.push({ operation, schema: schema! });
      }
      const count = INPUTS / dialects.length;
      // Guessing passwords is slow on purpose, for us too: those routes get their share and no more.
      const slow = routes.filter((r) => /session|password|redeem/.test(r.operation));
      await fuzzer.commands(count * 0.6);
      await fuzzer.bodies(slow, Math.min(count * 0.02, 2_000));
      await fuzzer.bodies(
        routes.filter((r) => !slow.includes(r)),
        count * 0.2,
      );
      await fuzzer.addresses(
        operations
          .filter((o) => /^GET \//.test(o) && !o.includes('poke'))
          .map((o) => o.slice(4).replace(/:\w+/g, 'x')),
        count * 0.18,
      );
      expect(fuzzer.findings).toEqual([]);
      expect(fuzzer.inputs).toBeGreaterThanOrEqual(count * 0.97);
      // Some of it was work that could be done: the inputs went through the doors and not only against them.
      expect(fuzzer.accepted).toBeGreaterThan(count / 1_000);
      const times = fuzzer.times.sort((a, b) => a - b);
      if (process.env['LONG'] === '1')
        expect(times[Math.floor(times.length * 0.99)]).toBeLessThanOrEqual(100);
    },
  );
});

test('every command’s arguments can be made, so that a new one is attacked from its first day', () => {
  const maker = new Maker(randomFrom(seed));
  for (const name of registry.commandNames) {
    const { args } = registry.command(name)!;
    expect(v.safeParse(args, maker.fitting(args)).success, name).toBe(true);
  }
});

test('a schema nobody has learnt to make is an error, not a gap', () => {
  const maker = new Maker(randomFrom(seed));
  expect(() => maker.fitting(v.strictObject({ when: v.date() }))).toThrow(
    'no generator for a schema of type date',
  );
  expect(() =>
    maker.fitting(
      v.pipe(
        v.string(),
        v.check((text) => text === 'open sesame'),
      ),
    ),
  ).toThrow('teach');
});

describe('planted mistakes are found', () => {
  const limit = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100));
  const planted = defineModule({
    id: 'planted',
    records: {},
    commands: [
      // Throws at the edge of what its schema takes.
      defineCommand({
        name: 'planted.v1.edge',
        kind: 'decision',
        args: v.strictObject({ n: limit }),
        reads: () => [],
        decide(_state, { n }) {
          if (n === 100) throw new Error('planted');
          return [];
        },
      }),
    ],
    policy: { 'planted.v1.edge': { everyone: 'school' } },
  });
  const body = v.strictObject({ n: limit, text: v.string() });

  async function attacked(
    how: {
      registry?: typeof tinyRegistry;
      route?: (world: () => HttpWorld, input: v.InferOutput<typeof body>) => unknown;
    },
    run: (fuzzer: Fuzzer) => Promise<void>,
  ): Promise<readonly string[]> {
    const holder: { world?: HttpWorld } = {};
    const used =
      how.registry ?? makeRegistry(tinyRegistry.modules.slice(1), { 'POST /api/example': { anyone: 'own' } });
    const world = await httpWorld('sqlite', used, [], undefined, (http) => {
      if (how.route)
        http.post('/api/example', (request) => how.route!(() => holder.world!, take(body, request.body)));
    });
    holder.world = world;
    await world.kernel.createSchool({ id: 'one', name: 'one', zone: 'Asia/Shanghai', example: false });
    const grant = { person: 'lin', rooms: ['a'], reader: true };
    await world.kernel.system('one', { key: 'lin', name: 'tiny.v1.grant', args: grant });
    await world.kernel.auth.createAccount({
      school: 'one',
      person: 'lin',
      account: 'lin.one',
      password: PASSWORD,
      name: 'l',
    });
    const senders = [{ person: 'lin', cookie: await world.signIn('lin.one', PASSWORD) }];
    const fuzzer = await new Fuzzer({ world, registry: used, seed, senders, seen }).begins();
    await run(fuzzer);
    await world.close();
    return fuzzer.findings;
  }
  const withPlanted = () => makeRegistry([...tinyRegistry.modules.slice(1), planted]);

  test('a command that throws at the edge of its schema', async () => {
    const findings = await attacked({ registry: withPlanted() }, (fuzzer) => fuzzer.commands(400));
    expect(
      findings.some((f) => f.startsWith('a command met a defect') && f.includes('planted.v1.edge')),
    ).toBe(true);
  });

  test('a route that throws for some inputs', async () => {
    const route = (_: unknown, { n }: v.InferOutput<typeof body>) => {
      if (n > 50) throw new Error('planted');
      return { ok: true };
    };
    const findings = await attacked({ route }, (f) =>
      f.bodies([{ operation: 'POST /api/example', schema: body }], 200),
    );
    expect(findings.some((f) => f.startsWith('answered 500'))).toBe(true);
  });

  test('a route that writes before it refuses', async () => {
    const route = async (world: () => HttpWorld, { n }: v.InferOutput<typeof body>) => {
      await world()
        .db.store.db.insertInto('meta')
        .values({ key: `planted ${Math.random()}`, value: 'x' })
        .execute();
      if (n >= 0) throw badRequest('kernel.badRequest');
    };
    const findings = await attacked({ route }, (f) =>
      f.bodies([{ operation: 'POST /api/example', schema: body }], 60),
    );
    expect(findings.some((f) => f.startsWith('changed something'))).toBe(true);
  });

  test('and a sound server gives no findings', async () => {
    const findings = await attacked({ route: () => ({ ok: true }) }, (f) =>
      f.bodies([{ operation: 'POST /api/example', schema: body }], 100),
    );
    expect(findings).toEqual([]);
  });
});
