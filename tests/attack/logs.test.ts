import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildHttp } from '@kernel/server/http';
import { Kernel, type KernelLog } from '@kernel/server/kernel';
import { openLog } from '@kernel/server/log';
import { take } from '@kernel/server/take';
import { defineCommand } from '@kernel/shared/command';
import { defineModule, makeRegistry } from '@kernel/shared/contract';
import { defineRecord, put } from '@kernel/shared/record';
import { HandClock } from '../support/clock';
import { dialects, freshDatabase, type TestDatabase } from '../support/databases';
import { anEnvelope, aSync, cookieOf, HEADERS } from '../support/http-world';
import { tinyRegistry } from '../support/tiny-registry';

/** What must never be written down, each findable wherever it turns up. */
const SECRET = {
  password: 'canary-password-51b7',
  cookie: 'canary-cookie-51b7',
  code: 'CANARYCODE',
  words: '金丝雀说的话',
  number: 77_123_456_789,
} as const;
const FORGED = 'x\n{"level":50,"msg":"forged"}\r\nlevel=error msg=forged';

const note = defineRecord({
  kind: 'planted.note',
  version: 1,
  schema: v.object({ minutes: v.number() }),
  audience: () => ['school'],
});
const planted = defineModule({
  id: 'planted',
  records: { note },
  commands: [
    // Each a mistake of ours that meets a person's words.
    defineCommand({
      name: 'planted.v1.nonsense',
      kind: 'decision',
      args: v.strictObject({ words: v.string() }),
      reads: () => [],
      decide: (_state, { words }) => [put(note, 'n', { minutes: words as unknown as number })],
    }),
    defineCommand({
      name: 'planted.v1.parse',
      kind: 'decision',
      args: v.strictObject({ words: v.string() }),
      reads: () => [],
      decide: (_state, { words }) => JSON.parse(words) as [],
    }),
  ],
  policy: {
    'planted.v1.nonsense': { everyone: 'school' },
    'planted.v1.parse': { everyone: 'school' },
    'POST /api/example': { anyone: 'school' },
    'POST /api/example/session': { anyone: 'school' },
  },
});

describe.each(dialects)('what is written down, on %s (L4)', (dialect) => {
  let db: TestDatabase;
  let lines: string[];
  beforeEach(async () => {
    db = await freshDatabase(dialect);
    lines = [];
  });
  afterEach(() => db.drop());
  const sink = { write: (line: string) => void lines.push(line) };

  /** A day of mishaps with secrets in every place they can stand; answers every body that was sent back. */
  async function mishaps(log: KernelLog): Promise<string> {
    const clock = new HandClock('2026-11-23', '07:05');
    const registry = makeRegistry([...tinyRegistry.modules.slice(1), planted]);
    const kernel = await Kernel.open({ registry, store: db.store, clock, log });
    const http = await buildHttp({
      kernel,
      modules: [],
      clientFolder: null,
      routes(app) {
        // A row that breaks a constraint, with the words in it.
        app.post('/api/example', async () => {
          const row = { key: `key ${SECRET.words}`, value: SECRET.password };
          for (let i = 0; i < 2; i++) await kernel.store.db.insertInto('meta').values(row).execute();
        });
        app.post('/api/example/session', (request) => {
          take(v.strictObject({ code: v.pipe(v.string(), v.regex(/^\d+$/)) }), request.body);
        });
      },
    });
    await kernel.createSchool({ id: 'one', name: 'one', zone: 'Asia/Shanghai', example: false });
    const grant = { person: 'lin', rooms: ['a'], reader: true };
    await kernel.system('one', { key: 'lin', name: 'tiny.v1.grant', args: grant });
    const account = { school: 'one', person: 'lin', account: 'lin.one', name: 'lin' };
    await kernel.auth.createAccount({ ...account, password: SECRET.password });

    let bodies = '';
    const post = async (url: string, payload: unknown, headers: Record<string, string> = {}) => {
      const answer = await http.inject({
        method: 'POST',
        url,
        headers: { ...HEADERS, ...headers },
        payload: payload as object,
      });
      bodies += `${answer.body}\n`;
      return answer;
    };
    const signedIn = await post('/api/session', { account: 'lin.one', password: SECRET.password });
    expect(signedIn.statusCode).toBe(200);
    const cookie = cookieOf(signedIn.headers['set-cookie']);
    for (const body of [
      { account: 'lin.one', password: `${SECRET.password}-wrong` },
      { account: 'lin.one', password: SECRET.number },
      { account: 'lin.one', password: SECRET.password.repeat(20) },
      { account: 'lin.one', password: { value: SECRET.password } },
      { account: FORGED, password: SECRET.password },
      `{"account":"lin.one","password":"${SECRET.password}`,
      `${SECRET.password}\u0000`,
    ])
      await post('/api/session', body);
    await post('/api/activation/redeem', { code: SECRET.code, account: 'a.b', password: SECRET.password });
    await post('/api/example/session', { code: SECRET.code });
    await post('/api/sync', aSync({ person: 'lin' }), { cookie: `qing.session_token=${SECRET.cookie}.x` });
    await post('/api/sync', aSync({ person: FORGED }), {
      cookie,
      'user-agent': FORGED.replace(/[\r\n]/g, ' '),
    });
    for (const name of ['planted.v1.nonsense', 'planted.v1.parse', 'tiny.v1.explode', FORGED])
      await post(
        '/api/sync',
        aSync({
          person: 'lin',
          commands: [
            anEnvelope(clock.now(), name, name.includes('explode') ? {} : { words: SECRET.words }, {
              id: randomUUID(),
            }),
          ],
        }),
        { cookie },
      );
    await post(`/api/example?token=${SECRET.cookie}`, {});
    await http.inject({ url: `/api/none/${encodeURIComponent(FORGED)}?token=${SECRET.cookie}` });
    await http.close();
    await kernel.dispatcher.settled();
    // Their own session's token is theirs, and stands in no body either.
    for (const part of cookie.split(/[=.%]/))
      if (part.length > 20) expect(lines.join('')).not.toContain(part);
    return bodies;
  }
  const told = (text: string): string[] =>
    Object.entries(SECRET).flatMap(([name, value]) => (text.includes(String(value)) ? [name] : []));

  test('no password, cookie, code or word of a person stands in a log line or comes back in an answer', async () => {
    const bodies = await mishaps(openLog(sink));
    const log = lines.join('');
    expect({ log: told(log), bodies: told(bodies) }).toEqual({ log: [], bodies: [] });
    // It says enough to find the mistake: what, where in the code, in which route.
    const said = lines.map(
      (line) => JSON.parse(line) as { msg: string; err?: { message: string; stack: string[] } },
    );
    expect(said.filter((s) => s.msg === 'command parked as stuck')).toHaveLength(3);
    expect(said.filter((s) => s.msg === 'request failed')).toHaveLength(1);
    for (const { err } of said) expect(err?.stack.join()).toMatch(/\.ts:\d+/);
    expect(log).toContain('planted defect');
    expect(log).toContain('does not fit its schema at minutes');
  });

  test('nobody writes a line of his own into the log', async () => {
    await mishaps(openLog(sink));
    for (const line of lines) {
      expect(line.split('\n')).toHaveLength(2);
      expect((JSON.parse(line) as { msg: string }).msg).not.toContain('forged');
    }
  });

  test('an ordinary log of the same day has them: the canaries sing', async () => {
    await mishaps(pino({ base: null }, sink) as unknown as KernelLog);
    expect(told(lines.join(''))).toContain('words');
  });
});
