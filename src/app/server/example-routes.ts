import { createHmac } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { setCookies } from '@kernel/server/cookies';
import type { Kernel } from '@kernel/server/kernel';
import { missing } from '@kernel/server/problem';
import { sessionOf } from '@kernel/server/routes/session';
import { take } from '@kernel/server/take';
import { buildExample, findExample } from './example/example-school';
import { exampleRoles } from './example/roles';

/** The example school: built on demand, entered by choosing a role. Nothing here can touch a school without the flag. */
export function exampleRoutes(http: FastifyInstance, kernel: Kernel): void {
  let building: Promise<unknown> | null = null;
  /** Accounts are made one after another: two visitors who choose the same role at once both come in. */
  let making: Promise<void> = Promise.resolve();

  const describe = async () => {
    const school = await findExample(kernel);
    return {
      school: school && { id: school.id, name: school.name },
      roles: school ? await exampleRoles(kernel, school) : [],
      building: building !== null,
    };
  };

  http.get('/api/example', describe);

  http.post('/api/example', async () => {
    if ((await findExample(kernel)) === null) {
      building ??= buildExample(kernel).finally(() => (building = null));
      await building;
    }
    return describe();
  });

  http.post('/api/example/session', async (request, reply) => {
    const { person } = take(v.strictObject({ person: v.pipe(v.string(), v.maxLength(100)) }), request.body);
    const school = await findExample(kernel);
    const chosen = school && (await exampleRoles(kernel, school)).find((r) => r.person === person);
    if (!school || !chosen) throw missing();
    // An account like any other; its password is known to this server alone.
    const mac = createHmac('sha256', kernel.store.secret).update(`${school.id}\n${person}`).digest('hex');
    const account = `example-${mac.slice(0, 24)}`;
    const make = async (): Promise<void> => {
      if ((await kernel.auth.accountOf(school.id, person)) !== null) return;
      await kernel.auth.createAccount({
        school: school.id,
        person,
        account,
        password: mac,
        name: chosen.name,
      });
    };
    const made = making.then(make);
    making = made.catch(() => undefined);
    await made;
    const { cookies, member } = await kernel.auth.signIn(account, mac);
    setCookies(request, reply, cookies);
    return sessionOf(kernel, member);
  });
}
