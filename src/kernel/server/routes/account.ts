import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { setCookies } from '../cookies';
import { memberOf } from '../door';
import type { Kernel } from '../kernel';
import { take } from '../take';
import { sessionOf } from './session';

const word = v.pipe(v.string(), v.maxLength(200));

/** A person and the own account: password, and where it is signed in. */
export function accountRoutes(http: FastifyInstance, kernel: Kernel): void {
  const { auth, throttle } = kernel;

  /** Ends every session and answers with a new one for this phone. */
  http.post('/api/password', async (request, reply) => {
    const member = memberOf(request);
    const { current, next } = take(v.strictObject({ current: word, next: word }), request.body);
    // An open phone in somebody else's hand must not be a place to guess at.
    const keys = [`password:${member.account}`];
    await throttle.begin(keys);
    await auth.changePassword(member, current, next);
    await throttle.succeeded(keys);
    const { cookies } = await auth.signIn(member.accountName, next, request.headers['user-agent']);
    setCookies(request, reply, cookies);
    return sessionOf(kernel, member);
  });

  http.get('/api/sessions', async (request) => ({
    devices: await auth.signedInDevices(memberOf(request), request.headers.cookie ?? ''),
  }));

  /** All but this one. */
  http.delete('/api/sessions', async (request, reply) => {
    await auth.endSessions(memberOf(request), request.headers.cookie ?? '', null);
    return reply.code(204).send();
  });

  http.delete<{ Params: { id: string } }>('/api/sessions/:id', async (request, reply) => {
    await auth.endSessions(memberOf(request), request.headers.cookie ?? '', request.params.id);
    return reply.code(204).send();
  });
}
