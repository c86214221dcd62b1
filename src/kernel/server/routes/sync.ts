import type { FastifyInstance } from 'fastify';
import { isTooOld } from '@kernel/shared/builds';
import type { CommandResult } from '@kernel/shared/protocol';
import { PROTOCOL, syncRequestSchema } from '@kernel/shared/protocol';
import { intervalOf } from '@kernel/shared/interval';
import { readBeacon, signBeacon } from '../beacon';
import { noteUnsent } from '../devices';
import { memberOf } from '../door';
import type { Kernel } from '../kernel';
import { isSystemId } from '../kernel';
import { badRequest, ProblemError, signedOut } from '../problem';
import { sendJson } from '../squeeze';
import { take } from '../take';
import type { Answer } from '../write/incoming';

/** Push and pull in one round trip (architecture.md §4). */
export function syncRoute(http: FastifyInstance, kernel: Kernel): void {
  const { store, clock } = kernel;

  http.post('/api/sync', async (request, reply) => {
    const member = memberOf(request);
    const body = take(syncRequestSchema, request.body);
    if (body.protocol !== PROTOCOL || isTooOld(body.build))
      throw new ProblemError(426, 'kernel.upgrade', '请更新到新版本，本机内容都还在');
    if (body.person !== member.person)
      throw new ProblemError(409, 'kernel.otherPerson', '这台手机上登录的是另一位老师，内容没有上传');
    if (body.commands.some((c) => isSystemId(c.id))) throw badRequest('kernel.badId', 'commands: id');
    const school = await kernel.school(member.school);
    if (!school) throw signedOut();

    const received = clock.now();
    // The commands of one outbox mostly carry the same beacon: its signature is looked at once.
    const anchors = new Map<string | null, number | null>();
    const anchorOf = (beacon: string | null): number | null => {
      let at = anchors.get(beacon);
      if (at === undefined) {
        at = readBeacon(store.secret, member, beacon);
        anchors.set(beacon, at);
      }
      return at;
    };
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
        time: intervalOf(
          {
            claimed: c.at,
            anchor: anchorOf(c.beacon),
            elapsed: c.mono === null ? null : Math.floor(c.mono),
          },
          received,
        ),
      })),
    );

    if (body.unsent) {
      const { device, unsent } = body;
      await noteUnsent(store.db, {
        school: school.id,
        person: member.person,
        device,
        unsent,
        at: received,
        // Only a kindness to a phone that may get lost: it never stands between a person and the answer.
      }).catch((err: unknown) => kernel.log.error({ err }, 'unsent report not stored'));
    }

    const entries = results.flatMap((r) => r.entry ?? []);
    // Without its signature an answer still says what happened; a phone that waits for one would not be better off.
    const receipt = kernel.proof.receipt(school.id, member.person, entries).catch((err: unknown) => {
      kernel.log.error({ err }, 'receipt not signed');
      return null;
    });

    // Rights are read after the push: a command may have changed them.
    const pushed = results.length > 0;
    const wanted = body.pull !== false;
    const page = await kernel.feed.read(school, member.person, body.cursor, received, pushed, wanted);
    if (!page) throw signedOut();
    const head = {
      protocol: PROTOCOL,
      epoch: store.epoch,
      device: kernel.dispatcher.isCloned(school.id, body.device) ? 'cloned' : 'ok',
      results: results.map(wireResult),
      receipt: await receipt,
      reset: page.reset,
      measures: page.measures,
      cursor: page.cursor,
      more: page.more,
      serverTime: received,
      beacon: signBeacon(store.secret, member, received),
    };
    return sendJson(request, reply, `${JSON.stringify(head).slice(0, -1)},"changes":${page.changes}}`);
  });
}

/** Without what the log holds beside it: that is the receipt's. */
const wireResult = ({ id, outcome, seq, code, details }: Answer): CommandResult => ({
  id,
  outcome,
  seq,
  code,
  details,
});
