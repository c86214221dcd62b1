import multipart from '@fastify/multipart';
import type { FastifyInstance } from 'fastify';
import { setCookies } from '@kernel/server/cookies';
import type { Kernel } from '@kernel/server/kernel';
import { sessionOf } from '@kernel/server/routes/session';
import { mustKnowCode } from '@kernel/server/set-up-code';
import { applySetUp, mustBeFirst, oneAtATime, previewSetUp } from './set-up';
import { MULTIPART_LIMITS, readForm } from './set-up-form';

/**
 * The first visit: files in, report out; the same files again with answers and the administrator, and the school stands.
 * Nothing is kept between the two.
 */
export async function setUpRoutes(http: FastifyInstance, kernel: Kernel): Promise<void> {
  await http.register(async (scope) => {
    await scope.register(multipart, { limits: MULTIPART_LIMITS });

    scope.post('/api/org/import/preview', async (request) => {
      await mustBeFirst(kernel);
      await mustKnowCode(kernel, request);
      return previewSetUp(kernel, await readForm(request)).report;
    });

    scope.post('/api/org/import/apply', async (request, reply) => {
      await mustBeFirst(kernel);
      await mustKnowCode(kernel, request);
      const form = await readForm(request);
      const { cookies, member } = await oneAtATime(kernel, () => applySetUp(kernel, form));
      setCookies(request, reply, cookies);
      return reply.code(201).send(await sessionOf(kernel, member));
    });
  });
}
