import { LIMITS } from '@kernel/shared/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signBeacon } from '@kernel/server/beacon';
import { dialects } from '../../support/databases';
import { anEnvelope, aSync, HEADERS, httpWorld, type HttpWorld } from '../../support/http-world';
import { tinyRegistry } from '../../support/tiny-registry';

const DEVICE = '00000000-0000-4000-8000-000000000001';

describe.each(dialects)('the server’s door on %s', (dialect) => {
  let world: HttpWorld;
  let lin: string;
  let mei: string;
  let far: string;

  beforeAll(async () => {
    world = await httpWorld(dialect, tinyRegistry);
    for (const school of ['one', 'two']) {
      await world.kernel.createSchool({ id: school, name: school, zone: 'Asia/Shanghai', example: false });
      for (const [person, rooms] of [
        ['lin', ['a']],
        ['mei', ['a', 'b']],
      ] as const)
        await world.kernel.system(school, {
          key: `grant ${person}`,
          name: 'tiny.v1.grant',
          args: { person, rooms: [...rooms], reader: true },
        });
    }
    await world.kernel.auth.createAccount({
      school: 'one',
      person: 'lin',
      account: 'lin.one',
      password: 'correct horse',
      name: '林',
    });
    await world.kernel.auth.createAccount({
      school: 'one',
      person: 'mei',
      account: 'mei.one',
      password: 'correct horse',
      name: '梅',
    });
    await world.kernel.auth.createAccount({
      school: 'two',
      person: 'lin',
      account: 'lin.two',
      password: 'correct horse',
      name: '林',
    });
    lin = await world.signIn('lin.one', 'correct horse');
    mei = await world.signIn('MEI.one', 'correct horse');
    far = await world.signIn('lin.two', 'correct horse');
  });
  afterAll(() => world.close());

  const sync = (cookie: string, payload: unknown, headers: Record<string, string> = HEADERS) =>
    world.http.inject({
      method: 'POST',
      url: '/api/sync',
      headers: { ...headers, cookie },
      payload: payload as object,
    });
  const place = (shelf: string) => anEnvelope(world.clock.now(), 'tiny.v1.place', { shelf });

  test('what one person does is on the other person’s phone with the next sync', async () => {
    const first = (await sync(mei, aSync({ person: 'mei', device: DEVICE }))).json();
    expect(first).toMatchObject({ reset: true, results: [], more: false });
    await sync(lin, aSync({ person: 'lin', commands: [place('s1')] }));
    const next = (await sync(mei, aSync({ person: 'mei', device: DEVICE, cursor: first.cursor }))).json();
    expect(next).toMatchObject({
      reset: false,
      changes: [{ kind: 'tiny.shelf', id: 's1', body: { books: [{ by: 'lin' }] } }],
    });
    expect(next.measures).toContainEqual(['tiny.booksPlaced', 'school', '2026-11-23', 1]);
    const quiet = (await sync(mei, aSync({ person: 'mei', device: DEVICE, cursor: next.cursor }))).json();
    expect(quiet).toMatchObject({ changes: [], measures: [], cursor: next.cursor });
  });

  test('another school sees nothing of it, and its cursor means nothing here', async () => {
    const theirs = (await sync(far, aSync({ person: 'lin' }))).json();
    expect(JSON.stringify(theirs)).not.toContain('s1');
    const mixed = (await sync(lin, aSync({ person: 'lin', cursor: 'elsewhere.abc.12' }))).json();
    expect(mixed.reset).toBe(true);
  });

  test('a session ends when it is signed out', async () => {
    const cookie = await world.signIn('lin.one', 'correct horse');
    expect((await world.http.inject({ url: '/api/session', headers: { cookie } })).statusCode).toBe(200);
    await world.http.inject({ method: 'DELETE', url: '/api/session', headers: { 'x-qing': '1', cookie } });
    const after = await world.http.inject({ url: '/api/session', headers: { cookie } });
    expect(after.statusCode).toBe(401);
    expect(after.json()).toMatchObject({ code: 'kernel.signedOut' });
  });

  test('a first visit is nobody, not an error', async () => {
    const answer = await world.http.inject({ url: '/api/session' });
    expect([answer.statusCode, answer.body]).toEqual([200, 'null']);
    const stale = await world.http.inject({
      url: '/api/session',
      headers: { cookie: 'qing.session_token=gone.abc' },
    });
    expect(stale.statusCode).toBe(401);
  });

  test('an unknown account and a wrong password get the same answer, and guessing is slowed, not locked', async () => {
    const tries = async (account: string) =>
      world.http.inject({
        method: 'POST',
        url: '/api/session',
        headers: HEADERS,
        payload: { account, password: 'no no no no' },
      });
    const wrong = await tries('lin.two');
    const unknown = await tries('nobody.here');
    expect(unknown.body).toBe(wrong.body);
    expect(wrong.statusCode).toBe(401);
    let last = wrong;
    for (let i = 0; i < 6; i++) last = await tries('lin.two');
    expect(last.statusCode).toBe(429);
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
    world.clock.passes(16);
    expect(await world.signIn('lin.two', 'correct horse')).toContain('qing');
  });

  test('a phone that holds somebody else’s outbox is refused and nothing is stored', async () => {
    const command = place('s7');
    const answer = await sync(lin, aSync({ person: 'mei', commands: [command] }));
    expect(answer.statusCode).toBe(409);
    expect(await world.db.store.knownIds('one', [command.id])).toEqual([]);
  });

  test.each([
    ['no cookie', { cookie: '' }, aSync({ person: 'lin' }), 401],
    ['a made-up cookie', { cookie: 'qing.session_token=abc.def' }, aSync({ person: 'lin' }), 401],
    ['no x-qing header', { 'x-qing': '' }, aSync({ person: 'lin' }), 403],
    ['another site', { 'sec-fetch-site': 'cross-site' }, aSync({ person: 'lin' }), 403],
    ['another origin', { origin: 'https://evil.example' }, aSync({ person: 'lin' }), 403],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b', 415],
    ['not JSON', {}, '{"a":', 400],
    ['an empty body', {}, '', 400],
    ['deep JSON', {}, '['.repeat(4_000) + ']'.repeat(4_000), 400],
    ['NUL in a text', {}, JSON.stringify(aSync({ person: 'lin\u0000' })), 400],
    ['half a character', {}, '{"person":"\\ud800"}', 400],
    ['a prototype key', {}, '{"__proto__":{"a":1}}', 400],
    ['an unknown field', {}, { ...aSync({ person: 'lin' }), school: 'two' }, 400],
    [
      'too many commands',
      {},
      {
        ...aSync({ person: 'lin' }),
        commands: Array(LIMITS.commandsPerPush + 1).fill(anEnvelope(1, 'x', {})),
      },
      400,
    ],
    ['a huge number', {}, '{"protocol":1e999}', 400],
    ['an old protocol', {}, { ...aSync({ person: 'lin' }), protocol: 0 }, 426],
    ['a too large body', {}, 'x'.repeat(1_200_000), 413],
  ])(
    '%s gets a 4xx with a plain problem body and changes nothing',
    async (_name, headers, payload, status) => {
      const before = await world.db.store.db.selectFrom('school').select(['id', 'seq', 'log']).execute();
      const sent: Record<string, string> = { ...HEADERS, cookie: lin, ...headers };
      for (const key of Object.keys(sent)) if (sent[key] === '') delete sent[key];
      const answer = await world.http.inject({
        method: 'POST',
        url: '/api/sync',
        headers: sent,
        payload: payload as object,
      });
      expect(answer.statusCode).toBe(status);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.json()).toMatchObject({ status, code: expect.stringMatching(/^kernel\./) });
      expect(answer.body).not.toMatch(/select |at .*\.ts|node_modules/i);
      expect(await world.db.store.db.selectFrom('school').select(['id', 'seq', 'log']).execute()).toEqual(
        before,
      );
    },
  );

  test('no body of any shape makes the server answer 5xx', async () => {
    world.errors.length = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json({ maxDepth: 6 }),
          fc.string(),
          fc.jsonValue().map((v) => JSON.stringify({ ...aSync({ person: 'lin' }), commands: [v] })),
        ),
        async (payload) => {
          const answer = await sync(lin, payload);
          expect(answer.statusCode).toBeLessThan(500);
        },
      ),
      { numRuns: 150 },
    );
    expect(world.errors).toEqual([]);
  });

  test('no arguments of any shape make a command more than refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('tiny.v1.place', 'tiny.v1.move', 'constructor', '__proto__'),
        fc.jsonValue({ maxDepth: 4 }),
        async (name, args) => {
          const answer = await sync(
            lin,
            aSync({ person: 'lin', commands: [anEnvelope(world.clock.now(), name, args)] }),
          );
          if (answer.statusCode === 200) expect(answer.json().results[0].outcome).not.toBe('stuck');
          else expect(answer.statusCode).toBe(400);
        },
      ),
      { numRuns: 80 },
    );
  });

  test('an unknown address says not found without words about what exists', async () => {
    for (const url of ['/api/nothing', '/api/../etc/passwd', '/api/sync/x', '/%00', '/api/%ff']) {
      const answer = await world.http.inject({ url });
      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      expect(answer.statusCode).toBeLessThan(500);
    }
  });

  test('an offline act is dated inside what its beacon allows', async () => {
    const now = world.clock.now();
    const beacon = signBeacon(world.db.store.secret, { school: 'one', person: 'lin' }, now - 600_000);
    const at = (claim: number, over = {}) =>
      anEnvelope(claim, 'tiny.v1.place', { shelf: 'time' }, { beacon, ...over });
    const honest = at(now - 300_000, { mono: 300_000 });
    const early = at(now - 9_000_000);
    const future = at(now + 9_000_000);
    const before1970 = at(-28_800_000, { mono: 60_000.7 });
    const unanchored = at(now - 300_000, { beacon: null });
    const another = at(now - 300_000, {
      beacon: signBeacon(world.db.store.secret, { school: 'one', person: 'mei' }, now - 600_000),
    });
    const forged = at(now - 300_000, { beacon: `${now - 600_000}.AAAAAAAAAAAAAAAAAAAAAA` });
    await sync(
      lin,
      aSync({
        person: 'lin',
        device: DEVICE,
        commands: [honest, early, future, before1970, unanchored, another, forged],
      }),
    );
    const rows = await world.db.store.db
      .selectFrom('command')
      .select(['id', 'earliest', 'received'])
      .where('school', '=', 'one')
      .execute();
    const earliest = (e: { id: string }) => rows.find((r) => r.id === e.id)!.earliest - now;
    // The phone's own clock is in none of them: the beacon, and what was measured since.
    expect([honest, early, future, before1970, unanchored, another, forged].map(earliest)).toEqual([
      -300_000, -600_000, -600_000, -540_000, 0, 0, 0,
    ]);
  });

  test('/healthz answers when the database does', async () => {
    expect((await world.http.inject({ url: '/healthz' })).json()).toEqual({ ok: true });
  });
});
