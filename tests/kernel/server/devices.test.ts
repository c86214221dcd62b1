import { safeParse } from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { heldElsewhereSchema, syncResponseSchema } from '@kernel/shared/protocol';
import { dialects } from '../../support/databases';
import { aSync, HEADERS, httpWorld, type HttpWorld } from '../../support/http-world';
import { tinyRegistry } from '../../support/tiny-registry';

const A = '00000000-0000-4000-8000-00000000000a';
const B = '00000000-0000-4000-8000-00000000000b';

describe.each(dialects)('what phones say they still hold, on %s (reliability.md rule 42)', (dialect) => {
  let world: HttpWorld;
  const cookies: Record<string, string> = {};

  beforeAll(async () => {
    world = await httpWorld(dialect, tinyRegistry);
    for (const school of ['one', 'two']) {
      await world.kernel.createSchool({ id: school, name: school, zone: 'Asia/Shanghai', example: false });
      for (const person of ['lin', 'mei']) {
        const args = { person, rooms: ['a'], reader: true };
        await world.kernel.system(school, { key: `grant ${person}`, name: 'tiny.v1.grant', args });
        const account = `${person}.${school}`;
        const password = 'correct horse';
        await world.kernel.auth.createAccount({ school, person, account, password, name: person });
        cookies[account] = await world.signIn(account, password);
      }
    }
  });
  afterAll(() => world.close());

  const say = async (account: string, device: string, count: number | null, oldest: number | null = null) => {
    const [person] = account.split('.');
    const payload = aSync({
      person: person!,
      device,
      ...(count === null ? {} : { unsent: { count, oldest } }),
    });
    return world.http.inject({
      method: 'POST',
      url: '/api/sync',
      headers: { ...HEADERS, cookie: cookies[account]! },
      payload,
    });
  };
  const held = async (account: string) => {
    const reply = await world.http.inject({
      method: 'GET',
      url: '/api/devices',
      headers: { cookie: cookies[account]! },
    });
    expect(reply.statusCode).toBe(200);
    expect(safeParse(heldElsewhereSchema, reply.json()).success).toBe(true);
    return reply.json<{ device: string; count: number; oldest: number | null }[]>();
  };

  test('is remembered per phone until it says that nothing is left', async () => {
    const now = world.clock.now();
    const answer = await say('lin.one', A, 3, now - 5_000);
    expect(safeParse(syncResponseSchema, answer.json()).success).toBe(true);
    expect(answer.json()).toMatchObject({ epoch: world.db.store.epoch, device: 'ok' });
    await say('lin.one', B, 1);
    expect((await held('lin.one')).sort((a, b) => (a.device < b.device ? -1 : 1))).toEqual([
      { device: A, count: 3, oldest: now - 5_000, reportedAt: now },
      { device: B, count: 1, oldest: null, reportedAt: now },
    ]);
    // Saying nothing changes nothing.
    await say('lin.one', A, null);
    expect(await held('lin.one')).toHaveLength(2);
    await say('lin.one', A, 7);
    await say('lin.one', B, 0);
    expect(await held('lin.one')).toMatchObject([{ device: A, count: 7 }]);
  });

  test('is told to its owner and to nobody else', async () => {
    await say('lin.one', A, 7);
    expect(await held('mei.one')).toEqual([]);
    expect(await held('lin.two')).toEqual([]);
    await say('mei.one', A, 2);
    expect(await held('lin.one')).toMatchObject([{ count: 7 }]);
    expect(await held('mei.one')).toMatchObject([{ count: 2 }]);
    await say('mei.one', A, 0);
    expect(await held('lin.one')).toMatchObject([{ count: 7 }]);
    const stranger = await world.http.inject({ method: 'GET', url: '/api/devices' });
    expect(stranger.statusCode).toBe(401);
  });

  test('is forgotten after two months', async () => {
    await say('lin.one', A, 7);
    world.clock.passes(61 * 24 * 60);
    cookies['lin.one'] = await world.signIn('lin.one', 'correct horse');
    expect(await held('lin.one')).toEqual([]);
  });

  test.each([[-1], [1.5], [2_000_000]])('a count of %s is no count', async (count) => {
    expect((await say('mei.one', A, count)).statusCode).toBe(400);
    expect(await held('mei.one')).toEqual([]);
  });
});
