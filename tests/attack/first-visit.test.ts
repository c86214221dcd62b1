import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registry } from '@app/server/modules';
import { buildExample } from '@app/server/example/example-school';
import { exampleRoutes } from '@app/server/example-routes';
import { SET_UP_HEADER, setUpCode } from '@kernel/server/set-up-code';
import { orgServer } from '@modules/org/server';
import { exampleFiles } from '../../src/modules/org/server/example-files';
import { HandClock } from '../support/clock';
import { dialects } from '../support/databases';
import { aSync, cookieOf, HEADERS, httpWorld, type HttpWorld } from '../support/http-world';
import { smallSchool } from '../support/small-school';
import { PASSWORD } from './town';

const post = (world: HttpWorld, url: string, payload: object, cookie = '') =>
  world.http.inject({
    method: 'POST',
    url,
    headers: { ...HEADERS, ...(cookie === '' ? {} : { cookie }) },
    payload,
  });

// On SQLite alone: an example takes seconds to live through, and tests/app lives through it on both.
describe.each(dialects.slice(0, 1))('the example beside a real school on %s', (dialect) => {
  let world: HttpWorld;
  beforeAll(async () => {
    world = await httpWorld(dialect, registry, [], new HandClock('2026-11-23', '07:10'), exampleRoutes);
    await world.kernel.createSchool({ id: 'real', name: 'real', zone: 'Asia/Shanghai', example: false });
    await world.kernel.systemAll('real', [
      { key: 'import', name: 'org.v1.applyImport', args: smallSchool() },
      { key: 'admin', name: 'org.v1.addAdmin', args: { person: 'xu', create: null } },
    ]);
    await world.kernel.auth.createAccount({
      school: 'real',
      person: 'xu',
      account: 'xu.real',
      password: PASSWORD,
      name: 'xu',
    });
  });
  afterAll(() => world.close());

  test('visitors reach nothing of the real school, burn no names for ever, and the purge touches only the example', async () => {
    const { db } = world.db.store;
    const first = await buildExample(world.kernel);
    const { roles } = (await world.http.inject({ url: '/api/example' })).json<{
      roles: { person: string; role: string }[];
    }>();
    const admin = roles.find((r) => r.role === 'admin')!;
    // Two visitors at once through one door.
    const both = await Promise.all(
      [1, 2, 3].map(() => post(world, '/api/example/session', { person: admin.person })),
    );
    expect(both.map((a) => a.statusCode)).toEqual([200, 200, 200]);
    const cookie = cookieOf(both[0]!.headers['set-cookie']);
    expect((await post(world, '/api/activation', { person: 'xu' }, cookie)).statusCode).toBe(404);
    expect((await post(world, '/api/example/session', { person: 'xu' })).statusCode).toBe(404);
    // Its administrator may give codes to its own people, and so take account names until tomorrow.
    const other = roles.find((r) => r.role === 'teacher')!;
    const { code } = (await post(world, '/api/activation', { person: other.person }, cookie)).json<{
      code: string;
    }>();
    const squat = { code, account: 'headmaster', password: PASSWORD };
    expect((await post(world, '/api/activation/redeem', squat)).statusCode).toBe(200);

    const count = async (school: string) =>
      Promise.all(
        (['record', 'command', 'measure', 'audience', 'membership'] as const).map(
          async (t) =>
            (await db.selectFrom(t).select('school').where('school', '=', school).execute()).length,
        ),
      );
    const real = await count('real');
    world.clock.at('2026-11-24', '07:10');
    await buildExample(world.kernel);
    expect(await count('real')).toEqual(real);
    expect(await count(first.id)).toEqual([0, 0, 0, 0, 0]);
    expect((await post(world, '/api/sync', aSync({ person: admin.person }), cookie)).statusCode).toBe(401);
    expect((await world.signIn('xu.real', PASSWORD)).length).toBeGreaterThan(0);
    await world.kernel.auth.createAccount({
      school: 'real',
      person: 'tang',
      account: 'headmaster',
      password: PASSWORD,
      name: 'tang',
    });
    expect(world.errors).toEqual([]);
  }, 60_000);
});

test('a set-up that cannot be done leaves nothing behind that closes the door to the next', async () => {
  const world = await httpWorld('sqlite', registry, [orgServer]);
  const { files } = await exampleFiles();
  const code = (await setUpCode(world.kernel)) ?? '';
  const send = async (fields: Record<string, string>, names = files.map((f) => f.name)) => {
    const edge = 'x'.repeat(30);
    const parts: Buffer[] = Object.entries(fields).map(([name, value]) =>
      Buffer.from(`--${edge}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
    );
    for (const [i, f] of files.entries())
      parts.push(
        Buffer.from(
          `--${edge}\r\ncontent-disposition: form-data; name="f"; filename="${names[i]}"\r\ncontent-type: a/b\r\n\r\n`,
        ),
        Buffer.from(f.bytes),
        Buffer.from('\r\n'),
      );
    return world.http.inject({
      method: 'POST',
      url: '/api/org/import/apply',
      headers: {
        'x-qing': '1',
        [SET_UP_HEADER]: code,
        'content-type': `multipart/form-data; boundary=${edge}`,
      },
      payload: Buffer.concat([...parts, Buffer.from(`--${edge}--\r\n`)]),
    });
  };
  const admin = { person: 6, name: '', account: 'the.admin', password: PASSWORD };
  const form = { schoolName: '某县第三中学', termStart: '2026-08-31', termEnd: '2027-01-22' };
  const wrong = [
    { ...form, admin: JSON.stringify({ ...admin, password: 'x' }) },
    { ...form, admin: JSON.stringify({ ...admin, account: '../etc' }) },
    { ...form, admin: JSON.stringify({ ...admin, role: 'principal' }) },
    { ...form, admin: '{"__proto__":{"person":6}}' },
    { ...form, admin: JSON.stringify(admin), __proto__x: '1' },
    { ...form, schoolName: '\u0000\u200b', admin: JSON.stringify(admin) },
    { ...form, admin: JSON.stringify(admin), answers: '{"a":[1]}' },
    { ...form, admin: JSON.stringify(admin), answers: '[1]' },
  ];
  for (const fields of wrong) {
    const { statusCode, body } = await send(fields);
    expect([JSON.stringify(fields), statusCode < 500, body.includes('stack')]).toEqual([
      JSON.stringify(fields),
      true,
      false,
    ]);
    if (statusCode === 201) throw new Error(`set up by ${JSON.stringify(fields)}`);
  }
  expect(await world.kernel.store.schools()).toEqual([]);
  expect((await send({ ...form, admin: JSON.stringify(admin) })).statusCode).toBe(201);
  expect(world.errors).toEqual([]);
  await world.close();
});
