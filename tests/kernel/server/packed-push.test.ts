import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bodyText } from '@kernel/server/inflate';
import type { Incoming } from '@kernel/server/write/incoming';
import { LIMITS } from '@kernel/shared/protocol';
import { dialects } from '../../support/databases';
import { anEnvelope, aSync, HEADERS, httpWorld, type HttpWorld } from '../../support/http-world';
import { tinyRegistry } from '../../support/tiny-registry';

const DEVICE = '00000000-0000-4000-8000-00000000000a';

/** 10 MB of nothing in about 10 KB, so many times over. */
const bomb = (times: number): Buffer => {
  const member = gzipSync(Buffer.alloc(10_000_000), { level: 9 });
  return Buffer.concat(Array.from({ length: times }, () => member));
};

describe.each(dialects)('a packed push on %s', (dialect) => {
  let world: HttpWorld;
  let lin: string;
  let mei: string;

  beforeAll(async () => {
    world = await httpWorld(dialect, tinyRegistry);
    await world.kernel.createSchool({ id: 'one', name: 'one', zone: 'Asia/Shanghai', example: false });
    for (const person of ['lin', 'mei']) {
      await world.kernel.system('one', {
        key: `grant ${person}`,
        name: 'tiny.v1.grant',
        args: { person, rooms: ['a'], reader: true },
      });
      const account = { school: 'one', person, account: `${person}.one`, password: 'correct horse' };
      await world.kernel.auth.createAccount({ ...account, name: person });
    }
    lin = await world.signIn('lin.one', 'correct horse');
    mei = await world.signIn('mei.one', 'correct horse');
  });
  afterAll(() => world.close());

  const place = (shelf: string) => anEnvelope(world.clock.now(), 'tiny.v1.place', { shelf });
  const send = (
    payload: Buffer | object,
    headers: Record<string, string> = {},
    cookie = lin,
    url: '/api/sync' | '/api/session' | '/api/activation/redeem' = '/api/sync',
  ) => world.http.inject({ method: 'POST', url, headers: { ...HEADERS, ...headers, cookie }, payload });
  const gzip = { 'content-encoding': 'gzip' };
  const packed = (body: unknown): Buffer => gzipSync(JSON.stringify(body));

  test('is read like a plain one, and sent again plainly gets its first answer', async () => {
    const request = aSync({ person: 'lin', device: DEVICE, commands: [place('packed')] });
    const first = await send(packed(request), gzip);
    expect(first.statusCode).toBe(200);
    expect(first.json().results).toMatchObject([{ id: request.commands[0]!.id, outcome: 'accepted' }]);
    expect((await send(request)).json().results).toEqual(first.json().results);
  });

  test('that unpacks to more than the limit is 413 and stores nothing', async () => {
    const before = await world.kernel.store.db.selectFrom('command').select('id').execute();
    const request = aSync({ person: 'lin', commands: [place('too much')] });
    const room = LIMITS.bodyBytes - Buffer.byteLength(JSON.stringify(request));
    const filled = (spaces: number): Buffer =>
      gzipSync(JSON.stringify(request).replace('{', `{${' '.repeat(spaces)}`));
    const over = await send(filled(room + 1), gzip);
    expect([over.statusCode, over.json().code]).toEqual([413, 'kernel.tooLarge']);
    const after = await world.kernel.store.db.selectFrom('command').select('id').execute();
    expect(after).toEqual(before);
    expect((await send(filled(room), gzip)).statusCode).toBe(200);
  });

  test('that is a bomb is 413', async () => {
    const answer = await send(bomb(50), gzip);
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'kernel.tooLarge']);
  });

  test('that is damaged is 400 and stores nothing', async () => {
    const request = aSync({ person: 'lin', commands: [place('damaged')] });
    const good = packed(request);
    const crc = Buffer.from(good);
    crc[crc.length - 6]! ^= 1;
    for (const bad of [good.subarray(0, -9), crc, Buffer.from(JSON.stringify(request)), Buffer.alloc(0)]) {
      const answer = await send(bad, gzip);
      expect(answer.statusCode).toBe(400);
      expect(answer.json().title).toBe('请求无法理解，没有保存任何内容');
    }
    expect((await send(request)).json().results).toMatchObject([{ outcome: 'accepted' }]);
  });

  test('in another packing, or to another door, is 415', async () => {
    const text = JSON.stringify(aSync({ person: 'lin' }));
    for (const [encoding, body] of [
      ['br', brotliCompressSync(text)],
      ['deflate', deflateSync(text)],
      ['gzip, gzip', gzipSync(gzipSync(text))],
    ] as const)
      expect((await send(body, { 'content-encoding': encoding })).statusCode).toBe(415);
    const signIn = packed({ account: 'lin.one', password: 'correct horse' });
    for (const url of ['/api/session', '/api/activation/redeem'] as const)
      expect((await send(signIn, gzip, lin, url)).statusCode).toBe(415);
    expect((await send(Buffer.from(text), { 'content-encoding': 'identity' })).statusCode).toBe(200);
  });

  test('may hold as many commands as a long holiday offline; one more is refused', async () => {
    const commands = Array.from({ length: LIMITS.commandsPerPush }, (_, i) => place(`long-${i}`));
    const long = await send(packed(aSync({ person: 'lin', commands })), gzip);
    const results = long.json().results as { id: string; outcome: string }[];
    expect(results.map((r) => r.id)).toEqual(commands.map((c) => c.id));
    expect(new Set(results.map((r) => r.outcome))).toEqual(new Set(['accepted']));
    const more = aSync({ person: 'lin', commands: [...commands, place('one more')] });
    expect((await send(packed(more), gzip)).statusCode).toBe(400);
  });

  test('that is long lets others in between', async () => {
    const { kernel, clock } = world;
    const school = (await kernel.school('one'))!;
    const now = clock.now();
    const incoming = (actor: string, shelf: string, deviceSeq: number): Incoming => {
      const { id, name, args } = place(shelf);
      const time = { earliest: now, latest: now };
      const device = `${actor}-phone`;
      return { id, device, deviceSeq, actor, name, args, argsText: JSON.stringify(args), at: now, time };
    };
    const many = Array.from({ length: LIMITS.commandsPerPush }, (_, i) => incoming('lin', `t-${i}`, i + 1));
    const order: string[] = [];
    const long = kernel.push(school, many).then((answers) => {
      order.push('long');
      return answers;
    });
    const short = kernel.push(school, [incoming('mei', 'short', 1)]).then(() => order.push('short'));
    expect((await long).map((r) => r.id)).toEqual(many.map((c) => c.id));
    await short;
    expect(order).toEqual(['short', 'long']);
  });

  test('may ask for its results alone; what they changed comes with the next request', async () => {
    let cursor: string | null = null;
    for (let more = true; more;)
      ({ cursor, more } = (await send(aSync({ person: 'mei', device: DEVICE, cursor }), {}, mei)).json());
    const asked = aSync({ person: 'mei', device: DEVICE, cursor, pull: false, commands: [place('later')] });
    const first = (await send(asked, {}, mei)).json();
    expect(first).toMatchObject({
      results: [{ outcome: 'accepted' }],
      ...{ changes: [], measures: [], more: true, reset: false, cursor },
    });
    const next = (await send(aSync({ person: 'mei', device: DEVICE, cursor }), {}, mei)).json();
    expect(next).toMatchObject({ more: false, reset: false });
    expect(next.changes).toMatchObject([{ kind: 'tiny.shelf', id: 'later' }]);
  });

  test('that asks for its results alone with a cursor of another history gets a fresh copy all the same', async () => {
    const commands = [place('fresh')];
    const lost = aSync({ person: 'mei', device: DEVICE, cursor: 'x.y.1', pull: false, commands });
    const answer = (await send(lost, {}, mei)).json();
    expect(answer).toMatchObject({ reset: true, results: [{ outcome: 'accepted' }] });
    expect(answer.changes.length).toBeGreaterThan(0);
  });
});

test('a bomb never becomes more memory than the limit', () => {
  const request = { headers: { 'content-encoding': 'gzip' }, routeOptions: { url: '/api/sync' } };
  const body = bomb(90);
  const highest = (): number => process.resourceUsage().maxRSS * 1024;
  const before = highest();
  for (let i = 0; i < 20; i++)
    expect(() => bodyText(request as unknown as FastifyRequest, body)).toThrow('413 kernel.tooLarge');
  // One of them unpacked would be 900 MB.
  expect(highest() - before).toBeLessThan(100_000_000);
});
