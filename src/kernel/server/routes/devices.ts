import type { FastifyInstance } from 'fastify';
import { heldBy } from '../devices';
import { memberOf } from '../door';
import type { Kernel } from '../kernel';

/** Asked by a phone with fresh storage: is there work of this person on another phone, or was there on this one? */
export function devicesRoute(http: FastifyInstance, kernel: Kernel): void {
  http.get('/api/devices', async (request) => heldBy(kernel.store.db, memberOf(request), kernel.clock.now()));
}
