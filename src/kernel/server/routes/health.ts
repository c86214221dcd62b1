import type { FastifyInstance } from 'fastify';
import type { Kernel } from '../kernel';
import { ProblemError } from '../problem';

/** `/healthz` answers when the server can serve: the database answered just now. */
export function healthRoutes(http: FastifyInstance, kernel: Kernel): void {
  http.get('/healthz', async () => {
    try {
      await kernel.store.db.selectFrom('meta').select('key').limit(1).execute();
    } catch {
      throw new ProblemError(503, 'kernel.notReady', '服务暂时不可用', undefined, { 'retry-after': '5' });
    }
    return { ok: true };
  });
}
