import type { FastifyInstance } from 'fastify';
import { memberOf } from '../door';
import type { Kernel } from '../kernel';

export function proofRoutes(http: FastifyInstance, kernel: Kernel): void {
  /** The school's public keys, for everybody in it: what receipts are checked with. */
  http.get('/api/school-key', async (request) => {
    const { school } = memberOf(request);
    return { school, keys: await kernel.proof.keys.all(school) };
  });

  /** The daily heads of the command log, to be printed or handed on: how many commands the school has, and nothing of what is in them. */
  http.get('/api/ledger', async (request) => {
    const { school } = memberOf(request);
    return { keys: await kernel.proof.keys.all(school), heads: await kernel.proof.heads(school) };
  });
}
