import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveClient, type ClientOptions } from '@kernel/server/client-files';
import { ProblemError } from '@kernel/server/problem';

const PAGE = `<!doctype html>${'page '.repeat(200)}`;
const SCRIPT = `export const x = ${JSON.stringify('x'.repeat(900))}`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qing-client-'));
  mkdirSync(join(folder, 'assets'));
  const files = {
    'index.html': PAGE,
    'sw.js': 'worker',
    'sw-kill.js': 'killer',
    'version.json': JSON.stringify({ build: '0.1.0+abc' }),
    'icon.svg': '<svg/>',
    'assets/app-12345678.js': SCRIPT,
    'assets/tiny-12345678.css': 'a{}',
    '.builds.json': '{"secret":1}',
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
    if (text.length < 512) continue;
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(text));
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function server(options?: ClientOptions) {
  const http = Fastify();
  http.setErrorHandler((error, _request, reply) => {
    const status = error instanceof ProblemError ? error.status : 500;
    void reply.code(status).send({ status });
  });
  serveClient(http, folder, options);
  return (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
    http.inject({ method, url, headers });
}

describe('the built client', () => {
  test('every address of the app is the page; it is asked for again each time, and not sent again', async () => {
    const get = server();
    for (const url of ['/', '/me', '/homework/item/1?x=1', '/index.html', '/?v=2']) {
      const first = await get(url);
      expect([url, first.statusCode, first.body, first.headers['cache-control']]).toEqual([
        url,
        200,
        PAGE,
        'no-cache',
      ]);
      const again = await get(url, { 'if-none-match': String(first.headers['etag']) });
      expect([again.statusCode, again.body]).toEqual([304, '']);
    }
    expect((await get('/me', {}, 'HEAD')).statusCode).toBe(200);
    expect((await get('/me', {}, 'POST')).statusCode).toBe(404);
  });

  test('the smallest form the browser takes is sent', async () => {
    const get = server();
    for (const url of ['/', '/assets/app-12345678.js']) {
      const want = url === '/' ? PAGE : SCRIPT;
      const br = await get(url, { 'accept-encoding': 'gzip, deflate, br' });
      const gz = await get(url, { 'accept-encoding': 'gzip' });
      expect([br.headers['content-encoding'], gz.headers['content-encoding']]).toEqual(['br', 'gzip']);
      expect([String(brotliDecompressSync(br.rawPayload)), String(gunzipSync(gz.rawPayload))]).toEqual([
        want,
        want,
      ]);
      expect([br, gz].map((a) => a.headers['vary'])).toEqual(['accept-encoding', 'accept-encoding']);
      expect((await get(url)).body).toBe(want);
    }
    const tiny = await get('/assets/tiny-12345678.css', { 'accept-encoding': 'br' });
    expect([tiny.body, tiny.headers['content-encoding']]).toEqual(['a{}', undefined]);
  });

  test('hashed files are kept for ever; one that is missing is 404, not kept, and never a page', async () => {
    const get = server();
    const found = await get('/assets/app-12345678.js');
    expect(found.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(found.headers['content-type']).toMatch(/javascript/);
    for (const url of [
      '/assets/gone-12345678.js',
      '/assets/',
      '/assets',
      '/assets/a/b.js',
      '/api/x',
      '/api',
      '/x.js',
    ]) {
      const answer = await get(url);
      expect([url, answer.statusCode, answer.body.includes('page')]).toEqual([url, 404, false]);
      expect(String(answer.headers['cache-control'] ?? 'no-store')).toBe('no-store');
    }
  });

  test('a hashed file that comes while the server runs is served, fixed names stay as they were', async () => {
    const get = server();
    const before = await get('/sw.js');
    writeFileSync(join(folder, 'sw.js'), 'of another build');
    writeFileSync(join(folder, 'index.html'), 'of another build');
    writeFileSync(join(folder, 'assets/new-12345678.js'), 'new');
    expect([(await get('/sw.js')).body, (await get('/')).body]).toEqual([before.body, PAGE]);
    expect((await get('/assets/new-12345678.js')).body).toBe('new');
  });

  test('what is not for browsers is not sent', async () => {
    const get = server();
    for (const url of [
      '/.builds.json',
      '/sw-kill.js',
      '/index.html.br',
      '/assets/app-12345678.js.br',
      '/assets/..%2f.builds.json',
      '/assets/..%2findex.html',
      '/assets/.hidden',
      '/assets/%00',
    ]) {
      const answer = await get(url);
      expect([url, answer.statusCode === 200 && !answer.body.startsWith('<!doctype')]).toEqual([url, false]);
      expect(answer.body).not.toContain('secret');
    }
  });

  test('says which build it has, and which it takes', async () => {
    const said = (await server()('/version.json')).json<Record<string, unknown>>();
    expect(said).toEqual({ build: '0.1.0+abc', minBuild: '0.0.0', worker: true });
  });

  test('with the kill switch the worker is the one that ends all workers, and clients are told', async () => {
    const get = server({ killWorker: true });
    const worker = await get('/sw.js');
    expect([worker.body, worker.headers['cache-control']]).toEqual(['killer', 'no-cache']);
    expect((await get('/version.json')).json<{ worker: boolean }>().worker).toBe(false);
    expect((await server()('/sw.js')).body).toBe('worker');
    expect(readFileSync(join(folder, 'sw.js'), 'utf8')).toBe('worker');
  });
});
