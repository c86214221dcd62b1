import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import { accessRecord } from '@kernel/shared/kernel-records';
import { mayDo } from '@kernel/shared/policy';
import { makeActor } from '@kernel/shared/scope';
import type { Member } from './auth';
import type { Kernel } from './kernel';
import { forbidden, signedOut } from './problem';

const members = new WeakMap<FastifyRequest, Member>();

/** Who asks. Only in routes that the policy does not open to `anyone`: there the door has found out. */
export function memberOf(request: FastifyRequest): Member {
  const member = members.get(request);
  if (!member) throw new Error('defect: a route that is open to anyone asks who it is');
  return member;
}

/**
 * The door of every route, from the policy's row of its method and path, before a body is read: 401 for whoever is nobody here,
 * 403 for whoever may not. A route without a row does not start (reliability.md rule 34, Z6).
 * @param open routes that only hand out the client's files, e.g. `/assets/:name`
 */
export function guardRoutes(http: FastifyInstance, kernel: Kernel, open: (url: string) => boolean): void {
  const { policy } = kernel.registry;
  http.addHook('onRoute', (route) => {
    if (open(route.url)) return;
    const operations = [route.method].flat().map((m) => `${m === 'HEAD' ? 'GET' : m} ${route.url}`);
    for (const operation of new Set(operations)) {
      const row = policy.get(operation);
      if (!row) throw new Error(`policy: no row for ${operation}`);
      if (row.has('anyone')) continue;
      const check: onRequestAsyncHookHandler = async (request) => {
        const member = await kernel.auth.member(request.headers.cookie);
        members.set(request, member);
        if (!row.has('everyone') && !(await isOpen(kernel, member, operation))) throw forbidden();
      };
      route.onRequest = [...[route.onRequest ?? []].flat(), check];
    }
  });
}

async function isOpen(kernel: Kernel, member: Member, operation: string): Promise<boolean> {
  const school = await kernel.school(member.school);
  if (!school) throw signedOut();
  const view = kernel.view(school);
  const access = await view.get(accessRecord, member.person);
  return (
    access !== undefined && mayDo(kernel.registry.policy, makeActor(school.id, access, view.today), operation)
  );
}
