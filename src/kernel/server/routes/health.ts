import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Kernel } from '../kernel';
import { notReady } from '../problem';

/** More for whoever asks from this machine: state of the backups and the like. */
export type HealthDetails = () => Record<string, unknown>;

/** Longer than any honest look at one row, ms. */
const PATIENCE = 3_000;

/**
 * `/healthz` answers when the server can serve: the database answered just now. A full disk is no reason to take it away, phones
 * still read: then `readOnly` says why nothing is taken. Asked from this machine itself it also says what concerns the operator.
 */
export function healthRoutes(http: FastifyInstance, kernel: Kernel, details?: HealthDetails): void {
  const { store } = kernel;
  http.get('/healthz', async (request) => {
    try {
      await within(store.db.selectFrom('meta').select('key').limit(1).execute());
    } catch {
      throw notReady();
    }
    const { readOnly } = store.health;
    return {
      ok: true,
      ...(readOnly ? { readOnly: readOnly.cause } : {}),
      ...(fromHere(request)
        ? { ...details?.(), ...(readOnly ? { readOnlySince: readOnly.since } : {}) }
        : {}),
    };
  });
}

/** From this machine and not through a proxy on it. */
function fromHere(request: FastifyRequest): boolean {
  const { headers, socket } = request;
  const proxied = ['x-forwarded-for', 'forwarded', 'x-real-ip'].some((name) => headers[name] !== undefined);
  return !proxied && /^(127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? '');
}

async function within(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
