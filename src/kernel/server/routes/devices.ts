import type { FastifyInstance } from 'fastify';
import { heldBy } from '../devices';
import type { Kernel } from '../kernel';

/** Asked by a phone with fresh storage: is there work of this person on another phone, or was there on this one? */
export function devicesRoute(http: FastifyInstance, kernel: Kernel): void {
  http.get('/api/devices', async (request) =>
    heldBy(kernel.store.db, await kernel.auth.member(request.headers.cookie), kernel.clock.now()),
  );
}
