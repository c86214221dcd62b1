import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DRAFT_LIMITS, printOf } from '@kernel/shared/draft-wire';
import type { SavedDraft, SaveDraft, ServerDraft } from '@kernel/shared/draft-wire';
import { dialects } from '../../support/databases';
import { aSync, HEADERS, httpWorld, type HttpWorld } from '../../support/http-world';
import { tinyRegistry } from '../../support/tiny-registry';

const PHONE = '00000000-0000-4000-8000-0000000000b1';
const DESK = '00000000-0000-4000-8000-0000000000b2';
const DAY_MINUTES = 24 * 60;

describe.each(dialects)('server drafts on %s', (dialect) => {
  let world: HttpWorld;
  const cookies: Record<string, string> = {};
  let key = '';

  beforeAll(async () => {
    world = await httpWorld(dialect, tinyRegistry);
    for (const school of ['one', 'two']) {
      await world.kernel.createSchool({ id: school, name: school, zone: 'Asia/Shanghai', example: false });
      for (const person of ['lin', 'mei']) {
        await world.kernel.system(school, {
          key: `grant ${person}`,
          name: 'tiny.v1.grant',
          args: { person, rooms: ['a'], reader: true },
        });
        const account = `${person}.${school}`;
        if (account === 'mei.two') continue;
        await world.kernel.auth.createAccount({
          school,
          person,
          account,
          password: 'correct horse',
          name: person,
        });
        cookies[account] = await world.signIn(account, 'correct horse');
      }
    }
  });
  afterAll(() => world.close());
  beforeEach(() => void (key = `form|${randomUUID()}`));

  const put = (save: Partial<SaveDraft>, account = 'lin.one', headers: Record<string, string> = HEADERS) =>
    world.http.inject({
      method: 'PUT',
      url: '/api/drafts',
      headers: { ...headers, cookie: cookies[account] ?? '' },
      payload: { person: 'lin', key, device: PHONE, base: 0, edit: 1, body: { text: '一' }, ...save },
    });
  const saved = async (save: Partial<SaveDraft>, account?: string): Promise<SavedDraft> => {
    const answer = await put(save, account);
    expect(answer.statusCode).toBe(200);
    return answer.json<SavedDraft>();
  };
  const version = (answer: SavedDraft): number => (answer.saved ? answer.version : NaN);
  const ask = (account = 'lin.one', person = 'lin', of = key) =>
    world.http.inject({
      url: `/api/drafts?person=${person}&key=${encodeURIComponent(of)}`,
      headers: { ...HEADERS, cookie: cookies[account] ?? '' },
    });
  const there = async (of = key): Promise<ServerDraft | null> =>
    (await ask('lin.one', 'lin', of)).json<{ draft: ServerDraft | null }>().draft;
  const rows = () => world.kernel.store.db.selectFrom('draft').selectAll().execute();

  test('comes back on another device', async () => {
    const first = await saved({ body: { text: '写了很久', tiers: [1, { a: null }] } });
    expect(await there()).toEqual({
      version: version(first),
      body: { text: '写了很久', tiers: [1, { a: null }] },
      updatedAt: world.clock.now(),
      device: PHONE,
      edit: 1,
      prints: { [PHONE]: printOf(JSON.stringify({ text: '写了很久', tiers: [1, { a: null }] })) },
    });
  });

  test('is nobody else’s: not a colleague’s, not the same name’s in another school', async () => {
    await saved({ body: { text: '只给自己看' } });
    expect((await ask('mei.one', 'mei')).json()).toEqual({ draft: null });
    expect((await ask('lin.two')).json()).toEqual({ draft: null });
    // Saying one is somebody else helps nobody, and neither does knowing the version.
    expect((await ask('mei.one', 'lin')).statusCode).toBe(409);
    const { version: base } = (await there())!;
    expect((await put({ base, body: { text: '坏' } }, 'mei.one')).statusCode).toBe(409);
    await saved({ person: 'mei', base, body: { text: '梅的' } }, 'mei.one');
    await saved({ base, body: { text: '外校的' } }, 'lin.two');
    expect((await there())!.body).toEqual({ text: '只给自己看' });
    const feed = await world.http.inject({
      ...{ method: 'POST', url: '/api/sync', headers: { ...HEADERS, cookie: cookies['mei.one']! } },
      payload: aSync({ person: 'mei' }),
    });
    expect(feed.statusCode).toBe(200);
    expect(feed.body).not.toContain('只给自己看');
  });

  test('needs a session, our own page, and a text that fits', async () => {
    expect((await put({}, 'nobody')).statusCode).toBe(401);
    expect((await ask('nobody')).statusCode).toBe(401);
    const { 'x-qing': _ours, ...form } = HEADERS;
    expect((await put({}, 'lin.one', form)).statusCode).toBe(403);
    expect((await put({}, 'lin.one', { ...HEADERS, 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
    expect((await put({ key: '' })).statusCode).toBe(400);
    expect((await put({ key: 'k'.repeat(201) })).statusCode).toBe(400);
    expect((await put({ device: 'not a device' })).statusCode).toBe(400);
    expect((await put({ more: 1 } as object)).statusCode).toBe(400);
    const tooLong = await put({ body: '长'.repeat(DRAFT_LIMITS.bytes / 3) });
    expect([tooLong.statusCode, tooLong.json().code]).toEqual([413, 'kernel.tooLarge']);
    expect(await there()).toBeNull();
    expect((await saved({ body: '长'.repeat(DRAFT_LIMITS.bytes / 3 - 1) })).saved).toBe(true);
  });

  test('is never written over by a device that does not know it', async () => {
    const phone = await saved({ body: '手机上的' });
    expect(await saved({ device: DESK, body: '电脑上的' })).toMatchObject({
      saved: false,
      draft: { body: '手机上的', version: version(phone), device: PHONE },
    });
    const desk = await saved({ device: DESK, base: version(phone), edit: 2, body: '接着写的' });
    expect(desk.saved).toBe(true);
    expect(version(desk)).toBeGreaterThan(version(phone));
    expect(await saved({ base: version(phone), edit: 2, body: '手机上又写的' })).toMatchObject({
      saved: false,
      draft: { body: '接着写的', device: DESK },
    });
    expect(await there()).toMatchObject({
      body: '接着写的',
      prints: { [PHONE]: printOf('"手机上的"'), [DESK]: printOf('"接着写的"') },
    });
  });

  test('of two devices at once keeps one and tells the other', async () => {
    const base = version(await saved({}));
    const both = await Promise.all([
      saved({ base, edit: 2, body: '手机' }),
      saved({ base, edit: 1, body: '电脑', device: DESK }),
    ]);
    expect(both.map((s) => s.saved).sort()).toEqual([false, true]);
    const [lost] = both.filter((s) => !s.saved) as Extract<SavedDraft, { saved: false }>[];
    expect(lost!.draft).toEqual(await there());
  });

  test('takes a device’s later text when the answer to the earlier one was lost', async () => {
    const first = await saved({ edit: 1, body: '开头' });
    // The same once more is saved, and no news for anybody.
    world.clock.passes(1);
    for (const device of [PHONE, DESK])
      expect(await saved({ device, edit: 9, body: '开头' })).toMatchObject({
        saved: true,
        version: version(first),
      });
    expect((await there())!.edit).toBe(1);
    expect((await saved({ edit: 2, body: '开头和后面' })).saved).toBe(true);
    expect((await there())!.body).toBe('开头和后面');
    // One that was long on its way comes too late.
    expect(await saved({ edit: 1, body: '开头' })).toMatchObject({ saved: false, draft: { edit: 2 } });
  });

  test('that is done with is gone everywhere, and a late save does not bring it back', async () => {
    const base = version(await saved({ edit: 5, body: '要交的' }));
    expect((await saved({ edit: 7, base, body: null })).saved).toBe(true);
    expect(await there()).toMatchObject({ body: null, device: PHONE });
    expect((await saved({ edit: 6, base, body: '要交的，改' })).saved).toBe(false);
    expect((await there())!.body).toBeNull();
    expect((await rows()).find((r) => r.key === key)!.body).toBeNull();
    // Somebody who goes on all the same, anywhere, has a draft again.
    expect((await saved({ device: DESK, base, edit: 1, body: '再写' })).saved).toBe(true);
    expect((await there())!.body).toBe('再写');
  });

  test('is not forgotten for a device that did not know the latest text', async () => {
    const base = version(await saved({ body: '旧' }));
    await saved({ device: DESK, base, body: '电脑上接着写的' });
    expect(await saved({ edit: 2, base, body: null })).toMatchObject({
      saved: false,
      draft: { body: '电脑上接着写的' },
    });
    expect((await there())!.body).toBe('电脑上接着写的');
  });

  test('that was never here leaves no trace when it is done with', async () => {
    expect((await saved({ body: null })).saved).toBe(true);
    expect((await rows()).filter((r) => r.key === key)).toEqual([]);
  });

  test('is forgotten after thirty days', async () => {
    const first = await saved({ body: '忘了的' });
    world.clock.passes(30 * DAY_MINUTES - 1);
    expect((await there())!.body).toBe('忘了的');
    world.clock.passes(1);
    cookies['lin.one'] = await world.signIn('lin.one', 'correct horse');
    expect(await there()).toBeNull();
    await saved({ key: 'another', body: '新的' });
    expect((await rows()).map((r) => r.key)).toEqual(['another']);
    // Written anew it is another one: a device that knew the old one must not take it for that.
    expect(version(await saved({ body: '重新写' }))).toBeGreaterThan(version(first));
  });

  test('are so many and no more, also when many come at once', async () => {
    const mine = async (): Promise<string[]> =>
      (await rows()).filter((r) => r.person === 'mei' && r.body !== null).map((r) => r.key);
    for (let i = (await mine()).length; i < DRAFT_LIMITS.count - 5; i++)
      await saved({ person: 'mei', key: `n${i}` }, 'mei.one');
    const burst = await Promise.all(
      Array.from({ length: 30 }, (_, i) => put({ person: 'mei', key: `burst${i}` }, 'mei.one')),
    );
    const codes = new Set(burst.map((a) => a.statusCode));
    expect([...codes].every((c) => c === 200 || c === 409)).toBe(true);
    expect((await mine()).length).toBeLessThanOrEqual(DRAFT_LIMITS.count);
    for (let i = 0; (await mine()).length < DRAFT_LIMITS.count; i++)
      await saved({ person: 'mei', key: `fill${i}` }, 'mei.one');
    const full = await put({ person: 'mei', key: 'one too many' }, 'mei.one');
    expect([full.statusCode, full.json().code]).toEqual([409, 'kernel.tooManyDrafts']);
    // What is there can go on being written, and place is made by finishing one.
    expect((await saved({ person: 'mei', key: 'n90', edit: 2, body: '接着' }, 'mei.one')).saved).toBe(true);
    expect((await saved({ person: 'mei', key: 'n90', edit: 3, body: null }, 'mei.one')).saved).toBe(true);
    expect((await put({ person: 'mei', key: 'one too many' }, 'mei.one')).statusCode).toBe(200);
  });

  test('leave no more than a few hundred traces', async () => {
    const done = (i: number) => ({
      ...{
        school: 'two',
        person: 'lin',
        key: `done${i}`,
        version: i,
        edit: 1,
        device: PHONE,
        prints: '{}',
        body: null,
      },
      updated_at: world.clock.now() - 1_000 + i,
    });
    const many = Array.from({ length: 350 }, (_, i) => done(i));
    await world.kernel.store.db.insertInto('draft').values(many).execute();
    await saved({ key: 'last', edit: 1 }, 'lin.two');
    await saved({ key: 'last', edit: 2, body: null }, 'lin.two');
    const traces = (await rows()).filter((r) => r.school === 'two' && r.body === null);
    expect(traces.length).toBeLessThanOrEqual(301);
    expect(traces.map((r) => r.key)).toEqual(expect.arrayContaining(['last', 'done349']));
  });
});
