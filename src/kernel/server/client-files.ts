/**
 * The built client. Hashed files never change and are read from the disk, old builds' among them (reliability.md rule 51).
 * Everything with a fixed name is held as it was at the start and asked for again each time (rule 52): a build made while
 * this server runs must not give its pages a worker or an index that belong to other files.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isAppPage } from '@kernel/shared/addresses';
import { MIN_VERSION } from '@kernel/shared/builds';
import type { Headers } from './headers';
import { pageHeaders, WORKER_HEADERS } from './headers';
import { missing } from './problem';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};
const typeOf = (name: string): string => TYPES[extname(name)] ?? 'application/octet-stream';

/** Smallest first; each made at the build, none of them for small files. */
const PACKED = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;
const accepted = (request: FastifyRequest): readonly (readonly [string, string])[] => {
  const encodings = String(request.headers['accept-encoding'] ?? '');
  return PACKED.filter(([name]) => encodings.includes(name));
};

export interface ClientOptions {
  /** Serve the worker that removes every worker; see `src/app/worker/kill.ts`. @default false */
  readonly killWorker?: boolean;
}

export function serveClient(http: FastifyInstance, folder: string, options: ClientOptions = {}): void {
  if (!existsSync(join(folder, 'index.html'))) throw new Error(`no built client in ${folder}`);
  const fixed = readFixed(folder);
  const page = fixed.get('index.html')!;
  const killer = fixed.get('sw-kill.js');
  fixed.delete('sw-kill.js');
  if (options.killWorker === true && killer) fixed.set('sw.js', killer);
  for (const [name, file] of fixed)
    if (name !== 'version.json')
      http.get(`/${name}`, (request, reply) => sendFixed(request, reply, name, file));

  const build = buildOf(fixed.get('version.json'));
  http.get('/version.json', (_request, reply) =>
    reply
      .header('cache-control', 'no-cache')
      .send({ build, minBuild: MIN_VERSION, worker: options.killWorker !== true }),
  );
  http.get<{ Params: { name: string } }>('/assets/:name', (request, reply) =>
    sendHashed(request, reply, folder, request.params.name),
  );
  // Every address of the single-page app answers with the same page; unknown API addresses and files never do.
  http.setNotFoundHandler((request, reply) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (!reads || !isAppPage(request.url.split('?')[0]!)) throw missing();
    return sendFixed(request, reply, 'index.html', page);
  });
}

interface Fixed {
  readonly forms: ReadonlyMap<string, Buffer>;
  readonly etag: string;
  /** What this file is more than data. */
  readonly more: Headers;
}

function readFixed(folder: string): Map<string, Fixed> {
  const names = readdirSync(folder, { withFileTypes: true }).flatMap((e) => (e.isFile() ? [e.name] : []));
  const plain = names.filter((name) => !name.startsWith('.') && !/\.(br|gz)$/.test(name));
  return new Map(
    plain.map((name) => {
      const bytes = readFileSync(join(folder, name));
      const forms = new Map([['', bytes]]);
      for (const [, ending] of PACKED)
        if (names.includes(name + ending)) forms.set(ending, readFileSync(join(folder, name + ending)));
      const etag = `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 16)}"`;
      const more =
        name === 'index.html'
          ? pageHeaders(String(bytes))
          : /^sw(-kill)?\.js$/.test(name)
            ? WORKER_HEADERS
            : {};
      return [name, { forms, etag, more }];
    }),
  );
}

function sendFixed(request: FastifyRequest, reply: FastifyReply, name: string, file: Fixed): FastifyReply {
  void reply.headers({ 'cache-control': 'no-cache', etag: file.etag, vary: 'accept-encoding', ...file.more });
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  void reply.type(typeOf(name));
  for (const [encoding, ending] of accepted(request)) {
    const packed = file.forms.get(ending);
    if (packed) return reply.header('content-encoding', encoding).send(packed);
  }
  return reply.send(file.forms.get(''));
}

async function sendHashed(
  request: FastifyRequest,
  reply: FastifyReply,
  folder: string,
  name: string,
): Promise<FastifyReply> {
  void reply.header('cache-control', 'no-store');
  // The bundler's own alphabet: no path leads anywhere else, and nobody is shown a packed file as it lies there.
  if (!/^[\w-][\w.-]*$/.test(name) || /\.(br|gz)$/.test(name)) throw missing();
  for (const [encoding, ending] of [...accepted(request), ['', ''] as const]) {
    const bytes = await readFile(join(folder, 'assets', name + ending)).catch(() => null);
    if (!bytes) continue;
    if (encoding !== '') void reply.header('content-encoding', encoding);
    return reply
      .headers({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding' })
      .type(typeOf(name))
      .send(bytes);
  }
  throw missing();
}

function buildOf(file: Fixed | undefined): string {
  if (!file) return __BUILD__;
  return (JSON.parse(String(file.forms.get(''))) as { build: string }).build;
}
