import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Registry } from '@kernel/shared/contract';
import { buildHttp } from '@kernel/server/http';
import { Kernel } from '@kernel/server/kernel';
import type { ServerModule } from '@kernel/server/module';
import { PROTOCOL, type Envelope, type SyncRequest } from '@kernel/shared/protocol';
import { uuidv7 } from '@kernel/shared/ids';
import { HandClock } from './clock';
import { freshDatabase, type Dialect, type TestDatabase } from './databases';

export const HEADERS = { 'content-type': 'application/json', 'x-qing': '1' } as const;

/** A server without a socket: requests go in through `inject`, the clock is wound by hand, errors are kept for the test. */
export interface HttpWorld {
  readonly db: TestDatabase;
  readonly kernel: Kernel;
  readonly http: FastifyInstance;
  readonly clock: HandClock;
  readonly errors: unknown[];
  /** Signs in and answers the cookie header. */
  signIn(account: string, password: string): Promise<string>;
  close(): Promise<void>;
}

export async function httpWorld(
  dialect: Dialect,
  registry: Registry,
  modules: readonly ServerModule[] = [],
  clock = new HandClock('2026-11-23', '07:05'),
  routes?: (http: FastifyInstance, kernel: Kernel) => void,
): Promise<HttpWorld> {
  const db = await freshDatabase(dialect);
  const errors: unknown[] = [];
  const log = { error: (fields: Record<string, unknown>) => void errors.push(fields), info: () => undefined };
  const kernel = await Kernel.open({ registry, store: db.store, clock, log });
  const http = await buildHttp({
    kernel,
    modules,
    clientFolder: null,
    routes: (app) => routes?.(app, kernel),
  });
  return {
    db,
    kernel,
    http,
    clock,
    errors,
    async signIn(account, password) {
      const answer = await http.inject({
        method: 'POST',
        url: '/api/session',
        headers: HEADERS,
        payload: { account, password },
      });
      if (answer.statusCode !== 200) throw new Error(`sign-in answered ${answer.statusCode} ${answer.body}`);
      return cookieOf(answer.headers['set-cookie']);
    },
    async close() {
      await http.close();
      await kernel.dispatcher.settled();
      await db.drop();
    },
  };
}

export function cookieOf(header: string | string[] | undefined): string {
  return [header ?? []]
    .flat()
    .map((c) => c.split(';')[0]!)
    .join('; ');
}

/** A sync call as a phone would send it, with everything overridable for mischief. */
export function aSync(over: Partial<SyncRequest> & { person: string }): SyncRequest {
  return { protocol: PROTOCOL, device: randomUUID(), build: 'test', cursor: null, commands: [], ...over };
}

let serial = 0;
export function anEnvelope(now: number, name: string, args: unknown, over: Partial<Envelope> = {}): Envelope {
  serial += 1;
  return {
    id: uuidv7(
      now,
      new Uint8Array(10).map((_, i) => (serial >> ((i % 4) * 8)) & 255),
    ),
    seq: serial,
    name,
    args,
    at: now,
    mono: null,
    beacon: null,
    ...over,
  };
}
