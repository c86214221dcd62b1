import type { FastifyInstance } from 'fastify';
import { accessRecord } from '@kernel/shared/kernel-records';
import { LIMITS, PROTOCOL, syncRequestSchema } from '@kernel/shared/protocol';
import { makeActor } from '@kernel/shared/scope';
import { dayOf } from '@kernel/shared/time';
import { intervalOf, readBeacon, signBeacon } from '../beacon';
import { readBody } from '../body';
import type { Kernel } from '../kernel';
import { isSystemId } from '../kernel';
import { badRequest, ProblemError, signedOut } from '../problem';
import { AudienceBook, pageOf, readCursor, rightsOf, writeCursor } from '../pull';
import { sendJson } from '../squeeze';
import { take } from '../take';

/** Push and pull in one round trip (architecture.md §4). */
export function syncRoute(http: FastifyInstance, kernel: Kernel): void {
  const { store, clock, registry } = kernel;
  const book = new AudienceBook(store);

  http.post('/api/sync', async (request, reply) => {
    const member = await kernel.auth.member(request.headers.cookie);
    const body = take(syncRequestSchema, request.body);
    if (body.protocol !== PROTOCOL)
      throw new ProblemError(426, 'kernel.upgrade', '请更新到新版本，本机内容都还在');
    if (body.person !== member.person)
      throw new ProblemError(409, 'kernel.otherPerson', '这台手机上登录的是另一位老师，内容没有上传');
    if (body.commands.some((c) => isSystemId(c.id))) throw badRequest('kernel.badId', 'commands: id');
    const school = await kernel.school(member.school);
    if (!school) throw signedOut();

    const received = clock.now();
    const results = await kernel.push(
      school,
      body.commands.map((c) => ({
        id: c.id,
        device: body.device,
        deviceSeq: c.seq,
        actor: member.person,
        name: c.name,
        args: c.args,
        argsText: JSON.stringify(c.args ?? null),
        at: c.at,
        time: intervalOf({
          at: c.at,
          mono: c.mono,
          beacon: readBeacon(store.secret, body.device, c.beacon),
          received,
        }),
      })),
    );

    // Rights are read after the push: a command may have changed them.
    const [row] = await store.load(school.id, [{ kind: accessRecord.kind, id: member.person }]);
    const access =
      row && (readBody(registry, row.kind, row.version, row.body) as Parameters<typeof makeActor>[1] | null);
    if (!access) throw signedOut();
    const actor = makeActor(school.id, access, dayOf(received, school.zone));
    const rights = rightsOf(actor);
    const known = readCursor(body.cursor, store.epoch, rights);
    const after = known ?? 0;
    const page = pageOf(
      await store.pull({
        school: school.id,
        audiences: () => book.matching(school.id, actor.tags),
        oversees: actor.oversees,
        after,
        limit: LIMITS.changesPerPage,
      }),
      after,
      LIMITS.changesPerPage,
    );
    const head = {
      protocol: PROTOCOL,
      results,
      reset: known === null,
      measures: page.measures,
      cursor: writeCursor({ epoch: store.epoch, rights, seq: page.seq }),
      more: page.more,
      serverTime: received,
      beacon: signBeacon(store.secret, body.device, received),
    };
    return sendJson(request, reply, `${JSON.stringify(head).slice(0, -1)},"changes":${page.changes}}`);
  });
}
