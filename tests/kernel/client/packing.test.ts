import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { packingFetch } from '@kernel/client/packing-fetch';
import type { Fetch } from '@kernel/client/wire';

interface Seen {
  readonly path: string;
  readonly encoding: string | undefined;
  readonly text: string;
}
type Answer = (seen: Seen) => Response | Promise<Response>;

const LONG = JSON.stringify({
  commands: Array.from({ length: 40 }, (_, i) => `课本第 ${i} 页，做完订正`.repeat(5)),
});
const ok = (): Response => new Response('{}', { status: 200 });
const ours = (status: number): Response =>
  new Response('{}', { status, headers: { 'content-type': 'application/problem+json; charset=utf-8' } });
const portal = (status: number): Response =>
  new Response('<html>', { status, headers: { 'content-type': 'text/html' } });

/** What arrives at a server that answers as told. */
function wire(answer: Answer): { send(body?: string, path?: string): Promise<Response>; seen: Seen[] } {
  const seen: Seen[] = [];
  const fetcher: Fetch = async (path, init) => {
    const { 'content-encoding': encoding, ...headers } = init.headers as Record<string, string>;
    expect(headers).toEqual({ 'content-type': 'application/json', 'x-qing': '1' });
    const bytes = Buffer.from(await new Response(init.body).arrayBuffer());
    const text = (encoding === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8');
    const one = { path, encoding, text };
    seen.push(one);
    return answer(one);
  };
  const packing = packingFetch(fetcher);
  const headers = { 'content-type': 'application/json', 'x-qing': '1' };
  return {
    seen,
    send: (body = LONG, path = '/api/sync') => packing(path, { method: 'POST', headers, body }),
  };
}
const encodings = (seen: readonly Seen[]): string[] => seen.map((s) => s.encoding ?? 'plain');

describe('a large push', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test('is packed and holds the same text', async () => {
    const { send, seen } = wire(ok);
    expect((await send()).status).toBe(200);
    expect(seen).toEqual([{ path: '/api/sync', encoding: 'gzip', text: LONG }]);
  });

  test('alone is packed: not the daily handful, not another door', async () => {
    const { send, seen } = wire(ok);
    await send('{"commands":[]}');
    await send(LONG, '/api/session');
    expect(encodings(seen)).toEqual(['plain', 'plain']);
  });

  test.each([
    ['our older server', ours(400)],
    ['our older server by another word', ours(415)],
    ['a proxy that inspects', portal(403)],
    ['a proxy that wants to know the length', portal(411)],
    ['a proxy that cannot', portal(501)],
  ])('goes again plainly, and everything after it, when it is refused by %s', async (_who, refusal) => {
    const { send, seen } = wire(({ encoding }) => (encoding ? refusal.clone() : ok()));
    expect((await send()).status).toBe(200);
    expect((await send()).status).toBe(200);
    expect(encodings(seen)).toEqual(['gzip', 'plain', 'plain']);
    expect(new Set(seen.map((s) => s.text))).toEqual(new Set([LONG]));
  });

  test.each([ours(401), ours(409), ours(413), ours(426), ours(429), ours(503), portal(502)])(
    'is not repeated for an answer about something else: $status',
    async (answer) => {
      const { send, seen } = wire(() => answer.clone());
      expect((await send()).status).toBe(answer.status);
      expect((await send()).status).toBe(answer.status);
      expect(encodings(seen)).toEqual(['gzip', 'gzip']);
    },
  );

  test('gets through where packed requests vanish without an answer', async () => {
    const { send, seen } = wire(({ encoding }) => {
      if (encoding) throw new TypeError('network');
      return ok();
    });
    const outcomes: string[] = [];
    for (let i = 0; i < 4; i++)
      outcomes.push(
        await send().then(
          () => 'ok',
          () => 'lost',
        ),
      );
    expect(outcomes).toEqual(['lost', 'lost', 'lost', 'ok']);
    expect(encodings(seen)).toEqual(['gzip', 'gzip', 'gzip', 'plain']);
  });

  test('is still packed after hours without a network', async () => {
    vi.stubGlobal('navigator', { onLine: false });
    let online = false;
    const { send, seen } = wire(() => {
      if (!online) throw new TypeError('network');
      return ok();
    });
    for (let i = 0; i < 3; i++) await expect(send()).rejects.toThrow('network');
    online = true;
    await send();
    expect(encodings(seen).at(-1)).toBe('gzip');
  });

  test('goes plainly, and smaller, from a phone that cannot pack', async () => {
    vi.stubGlobal('CompressionStream', undefined);
    vi.resetModules();
    const old = await import('@kernel/client/packing-fetch');
    const seen: unknown[] = [];
    const send = old.packingFetch(async (_path, init) => (seen.push(init.body), ok()));
    await send('/api/sync', { method: 'POST', headers: {}, body: LONG });
    expect(seen).toEqual([LONG]);
    const { PUSH_BYTES } = await import('@kernel/client/outbox-push');
    expect(PUSH_BYTES).toBeLessThanOrEqual(250_000);
  });

  test('goes plainly when packing fails on the phone', async () => {
    vi.stubGlobal(
      'CompressionStream',
      class {
        constructor() {
          throw new Error('out of memory');
        }
      },
    );
    const { send, seen } = wire(ok);
    await send();
    expect(encodings(seen)).toEqual(['plain']);
  });
});
