import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registry } from '@app/server/modules';
import { dialects } from '../support/databases';
import { anEnvelope, aSync, HEADERS } from '../support/http-world';
import { C1, homework, Town } from './town';
import { printOf } from './state';

const HOST = 'school.test';
const EVIL = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };

interface Shape {
  readonly method?: string;
  readonly headers: Record<string, string>;
  /** Some shapes pack the body as a form can. */
  readonly body?: (json: string) => string;
}

/** What a page that is not ours can make a browser send, cookies and all; in some as if the browser had let its headers through. */
const SHAPES: Readonly<Record<string, Shape>> = {
  'a form': {
    headers: { ...EVIL, 'content-type': 'application/x-www-form-urlencoded' },
    body: (json) => new URLSearchParams({ json }).toString(),
  },
  'JSON as text/plain': { headers: { ...EVIL, 'content-type': 'text/plain' } },
  'a multipart form': {
    headers: { ...EVIL, 'content-type': 'multipart/form-data; boundary=x' },
    body: (json) => `--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n${json}\r\n--x--\r\n`,
  },
  'no word about where from': { headers: { 'content-type': 'application/json' } },
  'origin null': { headers: { ...HEADERS, origin: 'null' } },
  'a neighbouring host': {
    headers: { ...HEADERS, origin: `http://evil.${HOST}`, 'sec-fetch-site': 'same-site' },
  },
  'an old browser on a neighbouring host': { headers: { ...HEADERS, origin: `http://evil.${HOST}` } },
  'another port of this host': { headers: { ...HEADERS, origin: `http://${HOST}:8081` } },
  'our own name without encryption': {
    headers: { ...HEADERS, origin: `http://${HOST}`, 'x-forwarded-proto': 'https' },
  },
  'a beacon': { headers: { ...EVIL, 'content-type': 'application/json', 'sec-fetch-mode': 'no-cors' } },
};

describe.each(dialects)('requests that another site causes, on %s (A5)', (dialect) => {
  let town: Town;
  beforeAll(async () => {
    town = await Town.begins(dialect);
  });
  afterAll(() => town?.ends());

  const changing = [...registry.policy.keys()].filter((o) => /^(?!GET )[A-Z]+ \//.test(o));
  let day = 0;
  const bodyOf = (operation: string): string => {
    if (operation !== 'POST /api/sync') return '{}';
    // Another school day each time, so that nothing but where it comes from can be wrong with it.
    const date = ['2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27', '2026-11-30'][day++ % 5];
    const args = homework([C1], { date });
    return JSON.stringify(
      aSync({ person: 'lin', commands: [anEnvelope(town.now, 'homework.v1.assign', args)] }),
    );
  };
  const send = async (operation: string, shape: Shape, who: 'lin' | 'xu' = 'lin') => {
    const [method, path] = operation.split(' ') as [string, string];
    const { host = HOST, ...headers } = shape.headers;
    const cookie = await town.cookie(who);
    const secure = headers['x-forwarded-proto'] === 'https';
    return town.world.http.inject({
      method: (shape.method ?? method) as 'POST',
      url: path.replace(/:\w+/g, 'nothing'),
      headers: {
        host,
        ...headers,
        cookie: secure ? cookie.replaceAll(/(^|; )qing\./g, '$1__Host-qing.') : cookie,
      },
      payload: shape.body?.(bodyOf(operation)) ?? bodyOf(operation),
    });
  };

  test.each(changing)('%s', async (operation) => {
    await town.cookie('lin');
    const before = await printOf(town.world);
    for (const [what, shape] of Object.entries(SHAPES)) {
      const answer = await send(operation, shape);
      expect([what, answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
        what,
        403,
        'kernel.foreignOrigin',
      ]);
    }
    // A GET that says it is something else is a GET.
    const [method, path] = operation.split(' ') as [string, string];
    for (const headers of [{ 'x-http-method-override': method }, { 'x-method-override': method }, {}]) {
      const cookie = await town.cookie('lin');
      const answer = await town.world.http.inject({
        url: `${path.replace(/:\w+/g, 'nothing')}?_method=${method}`,
        headers: { ...EVIL, ...headers, cookie },
      });
      expect(answer.statusCode).toBeLessThan(500);
    }
    expect(await printOf(town.world)).toBe(before);
  });

  test('nobody is let in from elsewhere by a question in advance', async () => {
    for (const operation of changing) {
      const answer = await town.world.http.inject({
        method: 'OPTIONS',
        url: operation.split(' ')[1]!.replace(/:\w+/g, 'nothing'),
        headers: {
          origin: 'https://evil.example',
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-qing,content-type',
        },
      });
      expect(Object.keys(answer.headers).filter((h) => h.startsWith('access-control'))).toEqual([]);
    }
  });

  test('the same from our own page is heard, with and without a browser’s word about it', async () => {
    const ours = [
      HEADERS,
      { ...HEADERS, origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' },
      { ...HEADERS, origin: `https://${HOST}`, 'x-forwarded-proto': 'https' },
      { ...HEADERS, origin: 'http://school.test:8080', host: 'school.test:8080' },
    ];
    for (const headers of ours) {
      const before = await printOf(town.world);
      const answer = await send('POST /api/sync', { headers });
      expect([
        answer.statusCode,
        answer.json<{ results: { outcome: string }[] }>().results[0]?.outcome,
      ]).toEqual([200, 'accepted']);
      expect(await printOf(town.world)).not.toBe(before);
    }
    for (const operation of changing.filter((o) => !/DELETE|example/.test(o)))
      expect((await send(operation, { headers: HEADERS })).json<{ code?: string }>().code).not.toBe(
        'kernel.foreignOrigin',
      );
  });
});
