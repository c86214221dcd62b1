import type { FastifyInstance } from 'fastify';
import { accessRecord } from '@kernel/shared/kernel-records';
import { holds, makeActor } from '@kernel/shared/scope';
import type { Kernel } from '../kernel';
import { forbidden, signedOut } from '../problem';

/** Who may take the daily heads out of the house: they say how many commands the school has, and nothing of what is in them. */
const MAY_SEE = ['admin', 'principal'];

export function proofRoutes(http: FastifyInstance, kernel: Kernel): void {
  /** The school's public keys, for everybody in it: what receipts are checked with. */
  http.get('/api/school-key', async (request) => {
    const member = await kernel.auth.member(request.headers.cookie);
    return { school: member.school, keys: await kernel.proof.keys.all(member.school) };
  });

  /** The daily heads of the command log, to be printed or handed on. */
  http.get('/api/ledger', async (request) => {
    const member = await kernel.auth.member(request.headers.cookie);
    const school = await kernel.school(member.school);
    if (!school) throw signedOut();
    const view = kernel.view(school);
    const access = await view.get(accessRecord, member.person);
    const actor = access && makeActor(school.id, access, view.today);
    if (!actor || !MAY_SEE.some((role) => holds(actor, role))) throw forbidden();
    return {
      keys: await kernel.proof.keys.all(school.id),
      heads: await kernel.proof.heads(school.id),
    };
  });
}
