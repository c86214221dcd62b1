import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleRoutes } from '@app/server/example-routes';
import { serverModules } from '@app/server/modules';
import { registry } from '@app/server/modules';
import { buildHttp } from '@kernel/server/http';
import { aSync, HEADERS } from '../support/http-world';
import { PASSWORD, Town } from './town';

const STYLE = 'body { margin: 0 }';
const FILES: Readonly<Record<string, string>> = {
  'index.html': `<!doctype html><style>${STYLE}</style><div id="app"></div>`,
  'sw.js': 'worker',
  'sw-kill.js': 'killer',
  'version.json': JSON.stringify({ build: '0.1.0+abc' }),
  'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'manifest.webmanifest': '{}',
  'robots.txt': 'x',
  'assets/app-12345678.js': 'export const x = 1;',
};
const HTTPS = { 'x-forwarded-proto': 'https' };

let folder: string;
let town: Town;
let http: FastifyInstance;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'qing-headers-'));
  mkdirSync(join(folder, 'assets'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'assets/app-12345678.js.br'), brotliCompressSync('export const x = 1;'));
  town = await Town.begins('sqlite');
  const { kernel } = town.world;
  http = await buildHttp({
    kernel,
    modules: serverModules,
    clientFolder: folder,
    routes: (app) => exampleRoutes(app, kernel),
  });
  await http.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  http.server.closeAllConnections();
  await http.close();
  await town.ends();
  rmSync(folder, { recursive: true, force: true });
});

/** The cookies as a browser keeps them over https. */
const hostOnly = (cookie: string): string => cookie.replaceAll(/(^|; )qing\./g, '$1__Host-qing.');

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly payload?: string;
}
const ask = (a: Asked) => http.inject({ ...a, method: a.method as 'GET' });

/** Every route of the table by a person, by nobody and from a foreign page; every file; everything that goes wrong. */
async function everything(): Promise<Asked[]> {
  await town.cookie('xu');
  const cookie = await town.world.signIn(`xu.${town.near.slice(0, 8)}`, PASSWORD);
  // What signs out comes last.
  const routes = [...registry.policy.keys()]
    .filter((o) => /^[A-Z]+ \//.test(o))
    .sort((a, b) => Number(a.startsWith('DELETE')) - Number(b.startsWith('DELETE')));
  const out = routes.flatMap((operation): Asked[] => {
    const [method, path] = operation.split(' ') as [string, string];
    const url = path.replace(/:\w+/g, 'nothing');
    const json = { method, url, headers: { ...HEADERS }, ...(method === 'GET' ? {} : { payload: '{}' }) };
    // A stream has no end, and building the example takes its time: the first is looked at below, the second from abroad.
    const own = /poke|POST \/api\/example$/.test(operation)
      ? []
      : [json, { ...json, headers: { ...HEADERS, cookie } }];
    return [...own, { method, url }, { method: 'OPTIONS', url }, { method: 'TRACE', url }];
  });
  const files = ['/', '/me', ...Object.keys(FILES).map((name) => `/${name}`)];
  for (const url of files)
    out.push(
      { method: 'GET', url },
      { method: 'HEAD', url },
      { method: 'GET', url, headers: { 'accept-encoding': 'br' } },
      { method: 'POST', url, headers: HEADERS, payload: '{}' },
    );
  const etag = String((await ask({ method: 'GET', url: '/' })).headers['etag']);
  out.unshift(
    { method: 'GET', url: '/', headers: { 'if-none-match': etag } },
    ...[
      '/assets/none.js',
      '/assets/x.js.br',
      '/none.txt',
      '/api',
      '/api/none',
      '/b/none',
      '/%zz',
      '/api/%ff',
    ].map((url) => ({ method: 'GET', url })),
    { method: 'GET', url: `/assets/${'a'.repeat(300)}` },
    { method: 'PROPFIND', url: '/api/sync' },
    { method: 'POST', url: '/api/sync', headers: { ...HEADERS, cookie }, payload: '{' },
    {
      method: 'POST',
      url: '/api/sync',
      headers: { ...HEADERS, cookie, 'content-type': 'text/xml' },
      payload: '<a/>',
    },
    { method: 'POST', url: '/api/sync', headers: { ...HEADERS, cookie }, payload: ' '.repeat(1_100_000) },
    {
      method: 'POST',
      url: '/api/sync',
      headers: { ...HEADERS, cookie },
      payload: JSON.stringify(aSync({ person: 'xu' })),
    },
  );
  return out;
}

/** What is wrong with the headers of an answer; empty when all is well. */
function faults(headers: IncomingHttpHeaders, a: { url: string; https: boolean; page: boolean }): string[] {
  const found: string[] = [];
  const must = (ok: boolean, what: string): void => void (ok || found.push(what));
  const csp = String(headers['content-security-policy']);
  must(headers['x-content-type-options'] === 'nosniff', 'nosniff');
  must(headers['cross-origin-resource-policy'] === 'same-origin', 'CORP');
  must(csp.startsWith("default-src 'none'; ") && csp.includes("frame-ancestors 'none'"), `CSP: ${csp}`);
  must(!/unsafe|\*|https?:/.test(csp), `open CSP: ${csp}`);
  must((headers['strict-transport-security'] !== undefined) === a.https, 'HSTS');
  if (a.url.startsWith('/api/')) must(headers['cache-control'] === 'no-store', 'no-store');
  if (a.page) {
    const hash = createHash('sha256').update(STYLE).digest('base64');
    must(csp.includes(`style-src 'self' 'sha256-${hash}'`), 'style');
    must(csp.includes("script-src 'self';") && csp.includes("base-uri 'none'"), 'script');
    must(csp.includes("require-trusted-types-for 'script'; trusted-types vue qing"), 'trusted types');
    must(headers['cross-origin-opener-policy'] === 'same-origin', 'COOP');
    must(headers['referrer-policy'] === 'no-referrer', 'referrer');
  }
  for (const name of Object.keys(headers))
    must(!/^(access-control-|x-powered-by|server$)/.test(name), `says ${name}`);
  for (const cookie of headers['set-cookie'] ?? []) {
    must(/; HttpOnly/i.test(cookie) && /; SameSite=(Lax|Strict)/i.test(cookie), `open cookie: ${cookie}`);
    must(/; Path=\/(;|$)/.test(cookie) && !/Domain=/i.test(cookie), `wide cookie: ${cookie}`);
    must(cookie.startsWith(a.https ? '__Host-qing.' : 'qing.'), `cookie name: ${cookie}`);
    must(/; Secure/i.test(cookie) === a.https, `Secure: ${cookie}`);
  }
  return found;
}

describe('headers of every answer (A6)', () => {
  test.each([
    ['http', {}],
    ['https', HTTPS],
  ] as const)('over %s: routes, files and errors alike', async (scheme, extra) => {
    const wrong: Record<string, string[]> = {};
    const statuses = new Set<number>();
    const all = await everything();
    for (const one of all) {
      const headers: Record<string, string> = { ...one.headers, ...extra };
      if (headers['cookie'] && scheme === 'https') headers['cookie'] = hostOnly(headers['cookie']);
      const answer = await ask({ ...one, headers });
      statuses.add(answer.statusCode);
      const page = /^text\/html/.test(String(answer.headers['content-type']));
      // Of an address that cannot be read the server does not look at who brought it, a proxy or not.
      const unread = /%zz|%ff|a{300}/.test(one.url);
      const https = scheme === 'https' && !unread;
      const found = faults(answer.headers as IncomingHttpHeaders, { url: one.url, https, page });
      const type = String(answer.headers['content-type'] ?? '');
      if (answer.body !== '' && type === '') found.push('no content type');
      if (/^text|json|xml/.test(type) && !type.endsWith('; charset=utf-8')) found.push(`no charset: ${type}`);
      if (found.length > 0) wrong[`${one.method} ${one.url} → ${answer.statusCode}`] = found;
    }
    expect(wrong).toEqual({});
    // The list reached what it is for.
    expect(all.length).toBeGreaterThan(120);
    for (const status of [200, 304, 400, 401, 403, 404, 413, 414, 415])
      expect([...statuses]).toContain(status);
  });

  test('cookies over https are this host’s alone: one without the prefix, or sent over http, is nobody’s', async () => {
    await town.cookie('song');
    const payload = JSON.stringify({ account: `song.${town.near.slice(0, 8)}`, password: PASSWORD });
    const answer = await ask({
      method: 'POST',
      url: '/api/session',
      headers: { ...HEADERS, ...HTTPS },
      payload,
    });
    expect(
      faults(answer.headers as IncomingHttpHeaders, { url: '/api/session', https: true, page: false }),
    ).toEqual([]);
    const all = [answer.headers['set-cookie']].flat().map(String);
    const safe = all.find((c) => c.startsWith('__Host-qing.session_token='))!.split(';')[0]!;
    const bare = safe.replace('__Host-', '');
    const who = async (cookie: string, extra: Record<string, string>): Promise<number> =>
      (await ask({ method: 'GET', url: '/api/devices', headers: { cookie, ...extra } })).statusCode;
    expect(await who(safe, HTTPS)).toBe(200);
    expect(await who(`a=b; ${safe}; c=d`, HTTPS)).toBe(200);
    expect(await who(bare, HTTPS)).toBe(401);
    expect(await who(`__Secure-${bare}`, HTTPS)).toBe(401);
    expect(await who(safe, {})).toBe(401);
    // A neighbour's planted one beside the true one changes nothing.
    expect(await who(`${bare.slice(0, -4)}AAAA; ${safe}`, HTTPS)).toBe(200);
    const out = await ask({
      method: 'DELETE',
      url: '/api/session',
      headers: { ...HEADERS, ...HTTPS, cookie: safe },
    });
    const gone = [out.headers['set-cookie']].flat().map(String);
    expect(gone.some((c) => c.startsWith('__Host-qing.session_token=;') && /Max-Age=0/i.test(c))).toBe(true);
    expect(await who(safe, HTTPS)).toBe(401);
  });

  test('a stream has them too', async () => {
    const { port } = http.server.address() as AddressInfo;
    const cookie = await town.cookie('lin');
    const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
      const request = get({ port, host: '127.0.0.1', path: '/api/poke', headers: { cookie } }, (answer) => {
        resolve(answer.headers);
        answer.destroy();
      });
      request.on('error', reject);
    });
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(faults(headers, { url: '/api/poke', https: false, page: false })).toEqual([]);
  });

  test.each([
    ['no HTTP at all', 'HELO <script>alert(1)</script>\r\n\r\n', 400],
    ['a header without an end', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
    [
      'two lengths',
      'POST /api/sync HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
    ],
    [
      'a length and chunks',
      'POST /api/sync HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
  ])('%s is answered like everything else, without what was sent', async (_, sent, status) => {
    const { port } = http.server.address() as AddressInfo;
    const text = await new Promise<string>((resolve, reject) => {
      let heard = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(sent));
      socket.on('data', (chunk) => (heard += String(chunk))).on('close', () => resolve(heard));
      socket.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ECONNRESET' ? resolve(heard) : reject(error),
      );
    });
    const [head = '', body = ''] = text.split('\r\n\r\n');
    const headers = Object.fromEntries(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
    );
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(faults(headers, { url: '/', https: false, page: false })).toEqual([]);
    expect(JSON.parse(body)).toMatchObject({ status, code: 'kernel.badRequest' });
    expect(text).not.toContain('script');
  });
});
