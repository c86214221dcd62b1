import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildHttp } from '@kernel/server/http';
import { DAY_MS } from '@kernel/shared/time';
import { dialects } from '../support/databases';
import { aSync, cookieOf, HEADERS, httpWorld } from '../support/http-world';
import { tinyRegistry } from '../support/tiny-registry';
import { MONDAY, PASSWORD, Town } from './town';

describe.each(dialects)('attacks on the door on %s', (dialect) => {
  let town: Town;
  beforeAll(async () => {
    town = await Town.begins(dialect);
  });
  afterAll(() => town.ends());

  const signIn = (account: string, password: string, device?: string) =>
    town.post('/api/session', { account, password, ...(device === undefined ? {} : { device }) });

  test('a hundred guesses at once find no more free tries than one after another', async () => {
    await town.cookie('gao');
    const account = `gao.${town.near.slice(0, 8)}`;
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        signIn(i % 2 ? account : account.toUpperCase(), `guess ${i} guess`),
      ),
    );
    const tried = answers.filter((a) => a.statusCode === 401).length;
    expect(tried).toBeLessThanOrEqual(6);
    expect(answers.filter((a) => a.statusCode === 429)).toHaveLength(60 - tried);
    expect((await signIn(account, PASSWORD)).statusCode).toBe(429);
    town.world.clock.passes(1);
    expect((await signIn(account, PASSWORD)).statusCode).toBe(200);
  });

  test('one device guessing through many accounts is slowed down; changing letters of the account’s case is no way round', async () => {
    const device = 'one-device';
    const codes: number[] = [];
    for (let i = 0; i < 8; i++) codes.push((await signIn(`guess.${i}`, 'guess guess', device)).statusCode);
    expect(codes.slice(0, 4)).toEqual(Array(4).fill(401));
    expect(codes.slice(4)).toEqual(Array(4).fill(429));
  });

  test('waiting grows to a quarter of an hour and no further, and a day later it is forgotten', async () => {
    const { throttle } = town.world.kernel;
    const tries = (): Promise<number> =>
      throttle.begin(['account:patient']).then(
        () => 0,
        (e: { headers: Record<string, string> }) => Number(e.headers['retry-after']),
      );
    const waits: number[] = [];
    while (waits.length < 14) {
      const seconds = await tries();
      if (seconds === 0) continue;
      waits.push(seconds);
      town.world.clock.passes(Math.ceil(seconds / 60));
    }
    expect(waits).toEqual([8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900, 900, 900, 900]);
    town.world.clock.passes(25 * 60);
    for (let i = 0; i < 4; i++) expect(await tries()).toBe(0);
    expect(await tries()).toBe(8);
    const rows = await town.world.db.store.db.selectFrom('throttle').select('updated_at').execute();
    expect(rows.every((r) => r.updated_at > town.now - 2 * DAY_MS)).toBe(true);
    town.world.clock.at(MONDAY, '07:30');
  });

  test('a session cookie is HttpOnly and SameSite, Secure over https, and only the proxy beside us may say https', async () => {
    await town.cookie('bai');
    const account = `bai.${town.near.slice(0, 8)}`;
    const over = async (headers: Record<string, string>, remoteAddress: string) => {
      const answer = await town.world.http.inject({
        method: 'POST',
        url: '/api/session',
        headers: { ...HEADERS, ...headers },
        payload: { account, password: PASSWORD },
        remoteAddress,
      });
      return [answer.headers['set-cookie']].flat().join(' ');
    };
    const plain = await over({}, '127.0.0.1');
    expect(plain).toMatch(/HttpOnly/i);
    expect(plain).toMatch(/SameSite=(Lax|Strict)/i);
    expect(plain).not.toMatch(/Domain=/i);
    expect(plain).not.toMatch(/Secure/i);
    expect(await over({ 'x-forwarded-proto': 'https' }, '127.0.0.1')).toMatch(/; Secure/);
    expect(await over({ 'x-forwarded-proto': 'https' }, '203.0.113.9')).not.toMatch(/; Secure/);
  });

  test('signing out ends the session at once under every spelling of the cookie header', async () => {
    const account = `bai.${town.near.slice(0, 8)}`;
    const cookie = cookieOf((await signIn(account, PASSWORD)).headers['set-cookie']);
    const spellings = [cookie, `a=b; ${cookie}`, `${cookie}; c=d`, `x=1;${cookie};y=2`];
    for (const c of spellings)
      expect((await town.world.http.inject({ url: '/api/session', headers: { cookie: c } })).statusCode).toBe(
        200,
      );
    await town.world.http.inject({
      method: 'DELETE',
      url: '/api/session',
      headers: { 'x-qing': '1', cookie: `${cookie}; c=d` },
    });
    for (const c of spellings)
      expect((await town.post('/api/sync', aSync({ person: 'bai' }), c)).statusCode).toBe(401);
  });

  test('a changed signature, a swapped token and two tokens at once are nobody’s session', async () => {
    const sessionOf = async (who: 'bai' | 'xu') => (await town.cookie(who)).split('; ')[0]!;
    const [bai, xu] = [await sessionOf('bai'), await sessionOf('xu')];
    const [name, value] = bai.split('=', 2) as [string, string];
    const signature = xu.split('=')[1]!.split('.')[1]!;
    for (const cookie of [
      `${name}=${value.slice(0, -3)}abc`,
      `${name}=${value.split('.')[0]}.${signature}`,
      `${name}=${value.split('.')[0]}`,
      `${name}=`,
      `Qing.session_token=${value}`,
    ])
      expect((await town.post('/api/sync', aSync({ person: 'bai' }), cookie)).statusCode).toBe(401);
  });

  test('a session whose person has lost all rights reads and writes nothing any more', async () => {
    const cookie = await town.cookie('hua');
    const { db } = town.world.db.store;
    expect((await town.post('/api/sync', aSync({ person: 'hua' }), cookie)).statusCode).toBe(200);
    await db
      .updateTable('record')
      .set({ body: null })
      .where('school', '=', town.near)
      .where('kind', '=', 'kernel.access')
      .where('id', '=', 'hua')
      .execute();
    // As another server process would leave it: every write moves the school's counter.
    await db
      .updateTable('school')
      .set((e) => ({ seq: e('seq', '+', 1) }))
      .where('id', '=', town.near)
      .execute();
    expect((await town.post('/api/sync', aSync({ person: 'hua' }), cookie)).statusCode).toBe(401);
    expect((await town.world.http.inject({ url: '/api/session', headers: { cookie } })).statusCode).toBe(401);
  });

  describe('activation codes', () => {
    const make = async (person: string, cookie: string) => town.post('/api/activation', { person }, cookie);
    const redeem = (code: string, account: string, password = PASSWORD) =>
      town.post('/api/activation/redeem', { code, account, password });

    test('only the school’s own administrator makes one, and foreign and absent people look the same', async () => {
      for (const who of ['lin', 'tang', 'song'] as const)
        expect((await make('he', await town.cookie(who))).statusCode).toBe(403);
      expect((await make('he', '')).statusCode).toBe(401);
      const xu = await town.cookie('xu');
      const [absent, odd] = [await make('nobody', xu), await make('system', xu)];
      expect([absent.statusCode, odd.statusCode]).toEqual([404, 404]);
      expect(absent.body).toBe(odd.body);
      for (const person of [['he'], { he: 1 }, null, 'x'.repeat(101)])
        expect((await town.post('/api/activation', { person }, xu)).statusCode).toBe(400);
      expect((await town.post('/api/activation', { person: 'he', school: town.far }, xu)).statusCode).toBe(
        400,
      );
    });

    test('two people who redeem one code at once: one gets the account, no name is burnt', async () => {
      const { code } = (await make('he', await town.cookie('xu'))).json<{ code: string }>();
      const answers = await Promise.all(
        ['he.one', 'he.two', 'he.three'].map((account) => redeem(code, account)),
      );
      expect(answers.map((a) => a.statusCode).sort()).toEqual([200, 404, 404]);
      const { db } = town.world.db.store;
      const members = await db
        .selectFrom('membership')
        .selectAll()
        .where('school', '=', town.near)
        .where('person', '=', 'he')
        .execute();
      expect(members).toHaveLength(1);
      expect((await redeem(code, 'he.four')).statusCode).toBe(404);
      for (const a of ['one', 'two', 'three'])
        expect((await signIn(`he.${a}`, PASSWORD)).statusCode).toBe(
          answers[['one', 'two', 'three'].indexOf(a)]!.statusCode === 200 ? 200 : 401,
        );
    });

    test('a code survives a taken name and a short password, a newer one replaces it, a week ends it', async () => {
      const xu = await town.cookie('xu');
      const { code: old } = (await make('qin', xu)).json<{ code: string }>();
      const { code } = (await make('qin', xu)).json<{ code: string }>();
      expect((await redeem(old, 'qin.new')).statusCode).toBe(404);
      expect((await redeem(code, `bai.${town.near.slice(0, 8)}`)).statusCode).toBe(409);
      expect((await redeem(code, 'qin.new', 'short')).statusCode).toBe(422);
      expect((await redeem(code, '秦')).statusCode).toBe(422);
      town.world.clock.passes(7 * 24 * 60 + 1);
      expect((await redeem(code, 'qin.new')).statusCode).toBe(404);
      town.world.clock.at(MONDAY, '07:40');
      const spoken = code.toLowerCase().replace('-', ' ');
      expect((await redeem(spoken, 'qin.new')).json()).toMatchObject({ person: { id: 'qin' } });
    });

    test('a code for a new password lasts a day, ends every session, works once, and renames nobody (A8)', async () => {
      const xu = await town.cookie('xu');
      const mei = await town.cookie('mei');
      const account = `mei.${town.near.slice(0, 8)}`;
      const look = (code: string) => town.post('/api/activation/look', { code });
      expect((await look('AAAAA-AAAAA')).statusCode).toBe(404);
      const first = (await make('mei', xu)).json<{ code: string; reset: boolean }>();
      expect(first.reset).toBe(true);
      expect((await look(first.code)).json()).toEqual({ school: '小小中学', name: '梅老师', account });
      const again = (password: string, name?: string, code = first.code) =>
        town.post('/api/activation/redeem', {
          code,
          password,
          ...(name === undefined ? {} : { account: name }),
        });
      expect((await again('a new password', 'mei.renamed')).statusCode).toBe(409);
      expect((await again('short')).statusCode).toBe(422);
      expect((await town.post('/api/sync', aSync({ person: 'mei' }), mei)).statusCode).toBe(200);
      town.world.clock.passes(24 * 60 + 1);
      expect((await again('a new password')).statusCode).toBe(404);
      town.world.clock.at(MONDAY, '07:45');
      const answers = await Promise.all([again('a new password'), again('a new password')]);
      expect(answers.map((a) => a.statusCode).sort()).toEqual([200, 404]);
      expect((await town.post('/api/sync', aSync({ person: 'mei' }), mei)).statusCode).toBe(401);
      expect((await signIn(account, PASSWORD)).statusCode).toBe(401);
      expect((await signIn(account, 'a new password')).statusCode).toBe(200);
      expect((await look(first.code)).statusCode).toBe(404);
    });

    test('two accounts for one person, made at once, leave one', async () => {
      const make = (account: string) =>
        town.world.kernel.auth
          .createAccount({ school: town.far, person: 'he', account, password: PASSWORD, name: 'he' })
          .then(
            () => 'made',
            (e: { code: string }) => e.code,
          );
      const made = await Promise.all([make('twice.one'), make('twice.two')]);
      expect(made.sort()).toEqual(['kernel.personHasAccount', 'made']);
      // The loser's name is free again.
      const again = town.world.kernel.auth.createAccount({
        school: town.far,
        person: 'qin',
        account: (await signIn('twice.one', PASSWORD)).statusCode === 200 ? 'twice.two' : 'twice.one',
        password: PASSWORD,
        name: 'qin',
      });
      await expect(again).resolves.toBeUndefined();
    });
  });

  test('a gzip bomb, an unknown encoding and broken UTF-8 are refused', async () => {
    const cookie = await town.cookie('bai');
    const bomb = gzipSync(Buffer.alloc(50_000_000, 'a'));
    expect(bomb.length).toBeLessThan(100_000);
    const send = async (payload: Buffer, encoding: string) =>
      (
        await town.world.http.inject({
          method: 'POST',
          url: '/api/sync',
          headers: { ...HEADERS, cookie, ...(encoding === '' ? {} : { 'content-encoding': encoding }) },
          payload,
        })
      ).statusCode;
    expect(await send(bomb, 'gzip')).toBe(413);
    expect(await send(gzipSync(bomb), 'gzip, gzip')).toBeGreaterThanOrEqual(400);
    expect(await send(bomb, 'zstd')).toBeGreaterThanOrEqual(400);
    const broken = Buffer.from(JSON.stringify(aSync({ person: 'bai' })));
    broken[broken.indexOf('bai')] = 0xff;
    expect(await send(broken, '')).toBeGreaterThanOrEqual(400);
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'POST'] as const)(
    'a %s from another site, or without our header, changes nothing anywhere',
    async (method) => {
      for (const url of [
        '/api/session',
        '/api/sync',
        '/api/activation',
        '/api/activation/redeem',
        '/api/example',
        '/api/example/session',
        '/api/org/import/preview',
        '/api/org/import/apply',
      ])
        for (const headers of [
          {},
          { 'x-qing': '1', origin: 'null' },
          { 'x-qing': '1', origin: 'http://localhost:80.evil.example' },
          { 'x-qing': '1', 'sec-fetch-site': 'same-site' },
          { 'x-qing': '1', 'sec-fetch-site': 'cross-site', origin: 'http://localhost:80' },
        ])
          expect((await town.world.http.inject({ method, url, headers })).statusCode).toBe(403);
    },
  );

  test('setting up is closed once a school stands, before anything is read', async () => {
    for (const step of ['preview', 'apply'])
      expect(
        (
          await town.world.http.inject({
            method: 'POST',
            url: `/api/org/import/${step}`,
            headers: { 'x-qing': '1', 'content-type': 'multipart/form-data; boundary=x' },
            payload: 'no form at all',
          })
        ).json(),
      ).toMatchObject({ status: 403, code: 'org.setUpClosed' });
  });

  test('no person of a real school is entered by the example’s door', async () => {
    for (const person of ['xu', 'system', '__proto__', ''])
      expect((await town.post('/api/example/session', { person })).statusCode).toBe(404);
  });
});

test('one account holds a few streams; one more ends its oldest and nobody else’s', async () => {
  const world = await httpWorld('sqlite', tinyRegistry);
  await world.kernel.createSchool({ id: 'one', name: 'one', zone: 'Asia/Shanghai', example: false });
  const cookies: string[] = [];
  for (const person of ['lin', 'mei']) {
    await world.kernel.system('one', {
      key: person,
      name: 'tiny.v1.grant',
      args: { person, rooms: ['a'], reader: true },
    });
    await world.kernel.auth.createAccount({
      school: 'one',
      person,
      account: `${person}.one`,
      password: PASSWORD,
      name: person,
    });
    cookies.push(await world.signIn(`${person}.one`, PASSWORD));
  }
  await world.http.listen({ port: 0, host: '127.0.0.1' });
  const { port } = world.http.server.address() as AddressInfo;
  const ended: number[] = [];
  const listen = (cookie: string, n: number): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', path: '/api/poke', headers: { cookie } }, (answer) => {
        answer.on('end', () => ended.push(n)).on('error', () => undefined);
        answer.once('data', () => resolve(answer)).resume();
      }).on('error', reject);
    });
  await listen(cookies[1]!, -1);
  for (let n = 0; n < 12; n++) await listen(cookies[0]!, n);
  await expect.poll(() => [...ended].sort()).toEqual([0, 1, 2, 3]);
  world.http.server.closeAllConnections();
  await world.close();
});

test('no address leads out of the client’s folder or to its hidden files', async () => {
  const home = mkdtempSync(join(tmpdir(), 'qing-attack-'));
  const folder = join(home, 'assets', 'client');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<p>page</p>');
  writeFileSync(join(folder, 'sw.js'), 'worker');
  writeFileSync(join(folder, 'assets', 'app-abc.js'), 'app');
  writeFileSync(join(folder, '.env'), 'SECRET=1');
  writeFileSync(join(home, 'qing.sqlite'), 'SECRET=1');
  const world = await httpWorld('sqlite', tinyRegistry);
  const http = await buildHttp({ kernel: world.kernel, modules: [], clientFolder: folder });
  for (const url of [
    '/../qing.sqlite',
    '/..%2fqing.sqlite',
    '/%2e%2e/%2e%2e/qing.sqlite',
    '/..%5cqing.sqlite',
    '/assets/../../../qing.sqlite',
    '/assets/..%2f..%2f..%2fqing.sqlite',
    '//etc/passwd',
    '/.env',
    '/%2eenv',
    '/.env.br',
    '/assets/',
    '/assets',
    '/index.html%00.js',
  ]) {
    const answer = await http.inject({ url });
    expect([url, answer.body.includes('SECRET') || answer.body.includes('root:')]).toEqual([url, false]);
    expect(answer.statusCode).toBeLessThan(500);
  }
  // Where the app happens to be installed decides nothing: the worker is always asked for again.
  expect((await http.inject({ url: '/sw.js' })).headers['cache-control']).toBe('no-cache');
  expect((await http.inject({ url: '/assets/app-abc.js' })).headers['cache-control']).toContain('immutable');
  await http.close();
  await world.close();
  rmSync(home, { recursive: true });
});
