import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import type { Session } from '@kernel/shared/protocol';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { Member } from '../auth';
import { setCookies } from '../cookies';
import type { Kernel } from '../kernel';
import { hasSession } from '../auth';
import { knownDevice, rememberDevice } from '../known-device';
import { signedOut } from '../problem';
import { take } from '../take';

const signInBody = v.strictObject({
  account: v.pipe(v.string(), v.trim(), v.maxLength(100)),
  password: v.pipe(v.string(), v.maxLength(200)),
  device: v.optional(v.pipe(v.string(), v.maxLength(100))),
});

/** What the phone keeps about who is signed in. */
export async function sessionOf(kernel: Kernel, member: Member): Promise<Session> {
  const school = await kernel.school(member.school);
  if (!school) throw signedOut();
  const access = await kernel.view(school).get(accessRecord, member.person);
  if (!access) throw signedOut();
  return {
    school: {
      id: school.id,
      name: school.name,
      zone: school.zone,
      example: school.example,
      key: (await kernel.proof.keys.of(school.id)).key,
    },
    person: { id: member.person, name: access.name },
    account: member.accountName,
  };
}

export function sessionRoutes(http: FastifyInstance, kernel: Kernel): void {
  http.post('/api/session', async (request, reply) => {
    const body = take(signInBody, request.body);
    const known = knownDevice(kernel.store.secret, request.headers.cookie, body.account);
    const strange = [
      `account:${body.account.toLowerCase()}`,
      ...(body.device ? [`device:${body.device}`] : []),
    ];
    const keys = known === null ? strange : [`known:${known}`];
    await kernel.throttle.begin(keys);
    const { cookies, member } = await kernel.auth.signIn(
      body.account,
      body.password,
      request.headers['user-agent'],
    );
    await kernel.throttle.succeeded(keys);
    setCookies(request, reply, [
      ...cookies,
      rememberDevice(kernel.store.secret, request.headers.cookie, body.account),
    ]);
    return sessionOf(kernel, member);
  });

  /** Who the cookie speaks for: `null` when there is none (a first visit is no error), 401 when it is no longer good. */
  http.get('/api/session', async (request, reply) =>
    hasSession(request.headers.cookie)
      ? sessionOf(kernel, await kernel.auth.member(request.headers.cookie))
      : reply.type('application/json; charset=utf-8').send('null'),
  );

  http.delete('/api/session', async (request, reply) => {
    if (request.headers.cookie) setCookies(request, reply, await kernel.auth.signOut(request.headers.cookie));
    return reply.code(204).send();
  });

  /** What the first page needs to know: is there any real school here yet? Names nobody. */
  http.get('/api/welcome', async () => {
    const schools = await kernel.store.schools();
    return { schools: schools.filter((s) => !s.example).length };
  });
}
