import type { CommandResult, SyncRequest } from '@kernel/shared/protocol';
import { PROTOCOL } from '@kernel/shared/protocol';
import { uuidv7 } from '@kernel/shared/ids';
import type { Refusal } from '@kernel/shared/refusal';
import { refuse } from '@kernel/shared/refusal';
import { checkAnswer } from './check-answer';
import type { OpenPerson } from './open-person';
import { call } from './wire';

/**
 * The way out for an act this phone could not keep: straight to the server, while the page still holds it. It has reached the
 * school only when the answer names its id (reliability.md rule 23); everything else leaves it where it was.
 *
 * It goes under a device name of its own: this phone's numbers cannot be read just now, and a number given twice would look
 * like a copied phone.
 */
export async function sendNow(open: OpenPerson, id: string): Promise<CommandResult | Refusal> {
  const act = open.outbox.unkept.find(id);
  if (!act) return refuse('kernel.notFound');
  const { clock, build, fetch } = open.line;
  const { session } = open;
  const request: SyncRequest = {
    protocol: PROTOCOL,
    device: uuidv7(clock.now(), clock.random(10)),
    build,
    person: session.person.id,
    cursor: null,
    pull: false,
    commands: [
      { id, seq: 1, name: act.name, args: act.args, at: act.at, mono: act.mono, beacon: act.beacon },
    ],
  };
  const reply = await call(fetch, '/api/sync', { method: 'POST', body: request });
  if (reply.kind === 'problem' && reply.problem)
    return refuse(reply.problem.code, { title: reply.problem.title, detail: reply.problem.detail ?? null });
  const answer = reply.kind === 'answer' ? checkAnswer(request, reply.body) : null;
  const result = answer?.results[0];
  if (!result) return refuse('kernel.offline');
  if (result.outcome !== 'accepted') return refuse(result.code ?? 'kernel.defect', result.details ?? {});
  open.outbox.unkept.settled(id);
  return result;
}
