import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import fastifyCompress from '@fastify/compress';
import type { ConnectionError, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Fastify from 'fastify';
import { LIMITS } from '@kernel/shared/protocol';
import type { ClientOptions } from './client-files';
import { serveClient } from './client-files';
import { readCookies } from './cookies';
import { guardRoutes } from './door';
import { DATA_LINES, dataHeaders } from './headers';
import { bodyText } from './inflate';
import { parseJson } from './json-door';
import type { Kernel } from './kernel';
import { ProblemError } from './problem';
import { guardOrigin } from './origin';
import { groundProblem, writeGate } from './ops/write-gate';
import { proofRoutes } from './proof/routes';
import { accountRoutes } from './routes/account';
import { activationRoutes } from './routes/activation';
import { devicesRoute } from './routes/devices';
import { draftRoutes } from './routes/drafts';
import type { HealthDetails } from './routes/health';
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
  readonly client?: ClientOptions;
  /** What `/healthz` adds for the operator on this machine. */
  readonly health?: HealthDetails;
  /** Extra routes of the application: the example school. */
  readonly routes?: (http: FastifyInstance) => void | Promise<void>;
}

export async function buildHttp(options: HttpOptions): Promise<FastifyInstance> {
  const { kernel } = options;
  const http = Fastify({
    logger: false,
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: 30_000,
    trustProxy: 'loopback',
    routerOptions: { maxParamLength: 200 },
    // Addresses and requests nobody can read never reach the hooks below.
    frameworkErrors(error, request, reply) {
      dataHeaders(request, reply);
      answerError(kernel, error, request, reply);
    },
    clientErrorHandler: answerUnreadable,
  });

  http.removeAllContentTypeParsers();
  http.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      const text = bodyText(request, body as Buffer);
      // A sign-out has nothing to say and still names its type.
      done(null, text === '' ? undefined : parseJson(text));
    } catch (error) {
      done(error as Error);
    }
  });

  http.addHook('onRequest', (request, reply, done) => {
    dataHeaders(request, reply);
    readCookies(request);
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
    // By itself it would unpack whatever is sent to any route, behind the back of every limit; see `inflate.ts`.
    globalDecompression: false,
  });

  guardRoutes(http, kernel, isFile);
  writeGate(http, kernel.store.health);
  healthRoutes(http, kernel, options.health);
  sessionRoutes(http, kernel);
  accountRoutes(http, kernel);
  activationRoutes(http, kernel);
  syncRoute(http, kernel);
  devicesRoute(http, kernel);
  draftRoutes(http, kernel);
  pokeRoute(http, kernel);
  proofRoutes(http, kernel);
  for (const m of options.modules) await m.routes?.(http, kernel);
  await options.routes?.(http);

  if (options.clientFolder !== null) serveClient(http, options.clientFolder, options.client);
  else
    http.setNotFoundHandler((_request, reply) =>
      problem(reply, new ProblemError(404, 'kernel.notFound', '没有找到')),
    );
  return http;
}

const PROBLEM = 'application/problem+json; charset=utf-8';
const NOT_UNDERSTOOD = '请求无法理解，没有保存任何内容';

/** The client's files are handed to anybody; everything else stands in the policy. */
const isFile = (url: string): boolean => !url.startsWith('/api') && url !== '/healthz';

function answerError(
  kernel: Kernel,
  error: FastifyError | ProblemError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const answer = groundProblem(kernel.store.health, request, error) ?? error;
  if (answer instanceof ProblemError) {
    problem(reply, answer);
    return;
  }
  const status = answer.statusCode ?? 500;
  if (status >= 400 && status < 500) {
    const code =
      status === 413 ? 'kernel.tooLarge' : status === 415 ? 'kernel.wrongType' : 'kernel.badRequest';
    problem(reply, new ProblemError(status, code, NOT_UNDERSTOOD));
    return;
  }
  kernel.log.error(
    { err: answer, method: request.method, route: request.routeOptions.url },
    'request failed',
  );
  problem(reply, new ProblemError(500, 'kernel.defect', '服务器出错了，本机内容都还在，请稍后再试'));
}

function problem(reply: FastifyReply, error: ProblemError): void {
  void reply
    .code(error.status)
    .headers({ ...error.headers })
    .type(PROBLEM)
    .send(JSON.stringify(error.body()));
}

/** What is no HTTP gets the same kind of answer, and the line is cut. Says nothing of what was sent. */
function answerUnreadable(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
  const body = JSON.stringify(new ProblemError(status, 'kernel.badRequest', NOT_UNDERSTOOD).body());
  if (socket.writable)
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: ${PROBLEM}\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n${DATA_LINES}\r\n${body}`,
    );
  socket.destroy(error);
}
