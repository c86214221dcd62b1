import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { tinyRegistry } from '../../support/tiny-registry';
import { aSync, cookieOf, HEADERS, httpWorld, type HttpWorld } from '../../support/http-world';
import { dialects } from '../../support/databases';

const OLD = 'correct horse';
const NEW = 'battery staple';

describe.each(dialects)('a person and the own account on %s', (dialect) => {
  let world: HttpWorld;
  const school = randomUUID();
  const other = randomUUID();
  beforeEach(async () => {
    world = await httpWorld(dialect, tinyRegistry);
    for (const id of [school, other]) {
      await world.kernel.createSchool({ id, name: '小小中学', zone: 'Asia/Shanghai', example: false });
      for (const person of ['lin', 'mei', 'boss'])
        await world.kernel.system(id, {
          key: `grant-${person}`,
          name: 'tiny.v1.grant',
          args: { person, rooms: ['a'], reader: true },
        });
    }
    const make = (of: string, person: string, account: string) =>
      world.kernel.auth.createAccount({ school: of, person, account, password: OLD, name: person });
    await make(school, 'lin', 'lin.one');
    await make(school, 'boss', 'boss.one');
    await make(other, 'lin', 'lin.two');
  });
  afterEach(() => world.close());

  const ask = (method: 'GET' | 'POST' | 'DELETE', url: string, cookie: string, payload?: object) =>
    world.http.inject({ method, url, headers: { ...HEADERS, cookie }, ...(payload ? { payload } : {}) });
  const signIn = (account: string, password: string, cookie = '', agent = 'x') =>
    world.http.inject({
      method: 'POST',
      url: '/api/session',
      headers: { ...HEADERS, 'user-agent': agent, ...(cookie ? { cookie } : {}) },
      payload: { account, password },
    });
  const lives = async (cookie: string): Promise<number> =>
    (await ask('POST', '/api/sync', cookie, aSync({ person: 'lin' }))).statusCode;
  interface Place {
    id: string;
    browser: string;
    here: boolean;
  }
  const places = async (cookie: string): Promise<Place[]> =>
    (await ask('GET', '/api/sessions', cookie)).json<{ devices: Place[] }>().devices;

  test('sees where it is signed in, this place first, and no address or token of any', async () => {
    const phone = cookieOf((await signIn('lin.one', OLD, '', 'a phone')).headers['set-cookie']);
    const desk = cookieOf((await signIn('lin.one', OLD, '', 'a desk')).headers['set-cookie']);
    await signIn('lin.two', OLD, '', 'somebody else’s');
    const answer = await ask('GET', '/api/sessions', desk);
    const { devices } = answer.json<{ devices: Place[] }>();
    expect(devices.map((d) => [d.browser, d.here])).toEqual([
      ['a desk', true],
      ['a phone', false],
    ]);
    const token = /session_token=([^.;]+)/.exec(phone)![1]!;
    expect(answer.body).not.toContain(token);
    expect(Object.keys(devices[0]!).sort()).toEqual(['browser', 'here', 'id', 'seen', 'since']);
  });

  test('ends one of its places, or all others, and never somebody else’s (A4, A9)', async () => {
    const cookies = [];
    for (const agent of ['one', 'two', 'three'])
      cookies.push(cookieOf((await signIn('lin.one', OLD, '', agent)).headers['set-cookie']));
    const [one, two, three] = cookies as [string, string, string];
    const stranger = cookieOf((await signIn('lin.two', OLD)).headers['set-cookie']);
    for (const cookie of cookies) expect(await lives(cookie)).toBe(200);

    const first = (await places(three)).find((p) => p.browser === 'one')!;
    for (const id of [first.id, randomUUID()])
      expect((await ask('DELETE', `/api/sessions/${id}`, stranger)).statusCode).toBe(404);
    expect(await lives(one)).toBe(200);
    expect((await ask('DELETE', `/api/sessions/${first.id}`, three)).statusCode).toBe(204);
    expect([await lives(one), await lives(two), await lives(three)]).toEqual([401, 200, 200]);
    expect((await ask('DELETE', '/api/sessions', three)).statusCode).toBe(204);
    expect([await lives(two), await lives(three), await lives(stranger)]).toEqual([401, 200, 200]);
  });

  test('odd cookies beside ours break nothing', async () => {
    const desk = cookieOf((await signIn('lin.one', OLD)).headers['set-cookie']);
    const odd = `${desk}; theirs=%E0%A4%A; other=%`;
    expect((await places(odd)).map((p) => p.here)).toEqual([true]);
    expect((await ask('DELETE', '/api/sessions', odd)).statusCode).toBe(204);
    expect(await lives(desk)).toBe(200);
  });

  test('a session that ends while it is looked up is not remembered (A4)', async () => {
    const phone = cookieOf((await signIn('lin.one', OLD)).headers['set-cookie']);
    const desk = cookieOf((await signIn('lin.one', OLD)).headers['set-cookie']);
    const { auth } = world.kernel;
    const mine = await auth.member(desk);
    const { db } = world.db.store;
    const real = db.selectFrom.bind(db) as (table: 'membership') => object;
    // The session was found; before its person is, its owner ends it from the desk.
    let ending: Promise<void> | null = null;
    const late = (builder: object): object =>
      new Proxy(builder, {
        get(target, name) {
          const found = Reflect.get(target, name) as unknown;
          if (typeof found !== 'function') return found;
          if (name !== 'executeTakeFirst')
            return (...args: unknown[]) => late(found.apply(target, args) as object);
          return async () => {
            await (ending ??= auth.endSessions(mine, desk, null));
            return found.call(target) as unknown;
          };
        },
      });
    const spy = vi.spyOn(db, 'selectFrom');
    spy.mockImplementation(((table: string) =>
      table === 'membership' ? late(real(table)) : real(table as 'membership')) as never);
    await auth.member(phone).catch(() => null);
    spy.mockRestore();
    expect(ending).not.toBeNull();
    expect(await lives(phone)).toBe(401);
    expect(await lives(desk)).toBe(200);
  });

  test('changes its password with the old one; every session made before is over at once', async () => {
    const one = cookieOf((await signIn('lin.one', OLD)).headers['set-cookie']);
    const two = cookieOf((await signIn('lin.one', OLD)).headers['set-cookie']);
    expect([await lives(one), await lives(two)]).toEqual([200, 200]);
    const change = (current: string, next: string) => ask('POST', '/api/password', one, { current, next });
    expect((await change('wrong', NEW)).json()).toMatchObject({
      status: 403,
      code: 'kernel.wrongOldPassword',
    });
    expect((await change(OLD, 'short')).statusCode).toBe(422);
    expect([await lives(one), (await signIn('lin.one', OLD)).statusCode]).toEqual([200, 200]);
    const answer = await change(OLD, NEW);
    expect(answer.json()).toMatchObject({ person: { id: 'lin' }, account: 'lin.one' });
    const fresh = cookieOf(answer.headers['set-cookie']);
    expect([await lives(one), await lives(two), await lives(fresh)]).toEqual([401, 401, 200]);
    expect((await signIn('lin.one', OLD)).statusCode).toBe(401);
    expect((await signIn('lin.one', NEW)).statusCode).toBe(200);
    expect((await signIn('lin.two', OLD)).statusCode).toBe(200);
  });

  test('guessing at the old password on an open phone is slowed', async () => {
    const one = cookieOf((await signIn('lin.one', OLD)).headers['set-cookie']);
    const codes = [];
    for (let i = 0; i < 8; i++)
      codes.push((await ask('POST', '/api/password', one, { current: `guess ${i}`, next: NEW })).statusCode);
    expect(codes.filter((c) => c === 403).length).toBeLessThanOrEqual(4);
    expect(codes).toContain(429);
  });

  test('a thousand guesses pass ten in a quarter of an hour, and the owner comes in all the same (A1)', async () => {
    const known = cookieOf((await signIn('lin.one', OLD)).headers['set-cookie'])
      .split('; ')
      .filter((c) => c.startsWith('qing.known='))
      .join('; ');
    let tried = 0;
    for (let i = 0; i < 1_000; i++) {
      world.clock.passes(15 / 1_000);
      if ((await signIn('LIN.one', `guess ${i}`)).statusCode === 401) tried++;
    }
    expect(tried).toBeLessThanOrEqual(10);
    expect(tried).toBeGreaterThan(3);
    expect((await signIn('lin.one', OLD)).statusCode).toBe(429);
    expect((await signIn('lin.one', OLD, known)).statusCode).toBe(200);
    // A cookie made for another account, or changed, is worth nothing.
    const theirs = cookieOf((await signIn('lin.two', OLD)).headers['set-cookie'])
      .split('; ')
      .filter((c) => c.startsWith('qing.known='))
      .join('; ');
    for (const forged of [theirs, known.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')), 'qing.known=x~y'])
      expect((await signIn('lin.one', OLD, forged)).statusCode).toBe(429);
    // And a known phone that guesses slows itself down.
    const guesses = [];
    for (let i = 0; i < 8; i++) guesses.push((await signIn('lin.one', `guess ${i}`, known)).statusCode);
    expect(guesses).toContain(429);
  });
});
