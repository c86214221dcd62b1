import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import fastifyCompress from '@fastify/compress';
import fastifyStatic from '@fastify/static';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Fastify from 'fastify';
import { LIMITS } from '@kernel/shared/protocol';
import { parseJson } from './json-door';
import type { Kernel } from './kernel';
import { ProblemError } from './problem';
import { guardOrigin } from './origin';
import { activationRoutes } from './routes/activation';
import { healthRoutes } from './routes/health';
import { pokeRoute } from './routes/poke';
import { sessionRoutes } from './routes/session';
import { syncRoute } from './routes/sync';
import type { ServerModule } from './module';

export interface HttpOptions {
  readonly kernel: Kernel;
  readonly modules: readonly ServerModule[];
  /** Folder of the built client, or null to serve the API alone (tests). */
  readonly clientFolder: string | null;
  /** Extra routes of the application: the example school. */
  readonly routes?: (http: FastifyInstance) => void | Promise<void>;
}

/** `unsafe-inline` for styles only: Vue binds style attributes. No inline script is ever served. */
const CSP = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
].join('; ');

const PAGE_HEADERS = {
  'content-security-policy': CSP,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

export async function buildHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { kernel } = options;
  const http = Fastify({
    logger: false,
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: 30_000,
    trustProxy: 'loopback',
    routerOptions: { maxParamLength: 200 },
  });

  http.removeAllContentTypeParsers();
  http.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJson(body as string));
    } catch (error) {
      done(error as Error);
    }
  });

  http.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    // A script or a style is nobody's page: the rest would only be bytes, and on slow 4G they count.
    if (!request.url.startsWith('/assets/')) reply.headers(PAGE_HEADERS);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    try {
      guardOrigin(request);
      done();
    } catch (error) {
      done(error as Error);
    }
  });

  http.setErrorHandler((error: FastifyError | ProblemError, request, reply) =>
    answerError(kernel, error, request, reply),
  );

  await http.register(fastifyCompress, {
    global: true,
    threshold: 1_024,
    encodings: ['br', 'gzip'],
    brotliOptions: { params: { 1: 4 } },
  });

  healthRoutes(http, kernel);
  sessionRoutes(http, kernel);
  activationRoutes(http, kernel);
  syncRoute(http, kernel);
  pokeRoute(http, kernel);
  for (const m of options.modules) await m.routes?.(http, kernel);
  await options.routes?.(http);

  if (options.clientFolder !== null) await serveClient(http, options.clientFolder);
  else
    http.setNotFoundHandler((_request, reply) =>
      problem(reply, new ProblemError(404, 'kernel.notFound', '没有找到')),
    );
  return http;
}

function answerError(
  kernel: Kernel,
  error: FastifyError | ProblemError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  if (error instanceof ProblemError) {
    problem(reply, error);
    return;
  }
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    const code =
      status === 413 ? 'kernel.tooLarge' : status === 415 ? 'kernel.wrongType' : 'kernel.badRequest';
    problem(reply, new ProblemError(status, code, '请求无法理解，没有保存任何内容'));
    return;
  }
  kernel.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
  problem(reply, new ProblemError(500, 'kernel.defect', '服务器出错了，本机内容都还在，请稍后再试'));
}

function problem(reply: FastifyReply, error: ProblemError): void {
  void reply
    .code(error.status)
    .headers({ ...error.headers })
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(error.body()));
}

async function serveClient(http: FastifyInstance, folder: string): Promise<void> {
  const index = join(folder, 'index.html');
  if (!existsSync(index)) throw new Error(`no built client in ${folder}`);
  await http.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    index: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (response, path) => {
      // Hashed assets never change; everything with a fixed name is asked for again each time.
      const hashed = path.startsWith(join(folder, 'assets', sep));
      void response.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  // Every address of the single-page app answers with the same page; unknown API addresses and files do not.
  const page = readFileSync(index);
  const compressed = existsSync(`${index}.br`) && statSync(`${index}.br`).size > 0;
  http.setNotFoundHandler((request, reply) => {
    const isPage =
      (request.method === 'GET' || request.method === 'HEAD') &&
      !request.url.startsWith('/api/') &&
      !/\.\w+$/.test(request.url.split('?')[0]!);
    if (!isPage) return problem(reply, new ProblemError(404, 'kernel.notFound', '没有找到'));
    void reply.code(200).header('cache-control', 'no-store').type('text/html; charset=utf-8');
    if (compressed && /\bbr\b/.test(String(request.headers['accept-encoding'] ?? '')))
      return void reply.header('content-encoding', 'br').send(createReadStream(`${index}.br`));
    return void reply.send(page);
  });
}
