import type { CommandDef, DecideEnv } from '@kernel/shared/command';
import type { Workspace } from '@kernel/shared/decide';
import { admit, settle, wants } from '@kernel/shared/decide';
import type { Session } from '@kernel/shared/protocol';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { BodyOf, Ref, Write } from '@kernel/shared/record';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, refuse } from '@kernel/shared/refusal';
import type { Actor } from '@kernel/shared/scope';
import { makeActor } from '@kernel/shared/scope';
import type { Instant } from '@kernel/shared/time';
import { dayOf } from '@kernel/shared/time';
import type { PersonDb } from './person-db';
import { shownOf } from './person-db';

/** A decision that asks for more in sixteen rounds is not converging. */
const ROUNDS = 16;

/**
 * Decides one command over what this phone shows. Reads inside the caller's transaction, writes nothing: on success the
 * writes are also in `space`, for the commands that follow.
 */
export async function judge(
  db: PersonDb,
  space: Workspace,
  def: CommandDef,
  args: unknown,
  env: DecideEnv,
): Promise<{ writes: readonly Write[] } | Refusal> {
  const admitted = guarded(def, () => admit(def, args, env));
  if (isRefusal(admitted)) return admitted;
  for (let round = 0; round < ROUNDS; round++) {
    const missing = guarded(def, () => wants(def, admitted.args, space, env));
    if (isRefusal(missing)) return missing;
    if (missing.length === 0) return guarded(def, () => settle(def, admitted.args, space, env));
    await load(db, space, missing);
  }
  return refuse('kernel.defect', { command: def.name, problem: 'reads do not settle' });
}

/** Our own mistake in a rule must not look like a broken phone: it is told as a refusal, and the draft stays. */
function guarded<T>(def: CommandDef, work: () => T): T | Refusal {
  try {
    return work();
  } catch (error) {
    return refuse('kernel.defect', {
      command: def.name,
      problem: error instanceof Error ? error.message : String(error),
    });
  }
}

async function load(db: PersonDb, space: Workspace, refs: readonly Ref[]): Promise<void> {
  const rows = await db.records.bulkGet(refs.map((r): [string, string] => [r.kind, r.id]));
  refs.forEach((r, i) => {
    const row = rows[i];
    space.load(r, row ? shownOf(row) : null);
  });
}

/** Who acts, with the rights that hold at `now`; nobody before the first sync brought them. */
export async function actorNow(db: PersonDb, session: Session, now: Instant): Promise<Actor | null> {
  const row = await db.records.get([accessRecord.kind, session.person.id]);
  const access = row ? (shownOf(row) as BodyOf<typeof accessRecord> | null) : null;
  return access ? makeActor(session.school.id, access, dayOf(now, session.school.zone)) : null;
}

/** The moment as this phone estimates it: acted at `acted`, judged at `now`, both in server time. */
export function phoneEnv(
  session: Session,
  actor: Actor,
  commandId: string,
  acted: Instant,
  now: Instant,
): DecideEnv {
  const zone = session.school.zone;
  return {
    actor,
    time: { earliest: Math.min(acted, now), latest: now },
    now,
    today: dayOf(now, zone),
    zone,
    commandId,
  };
}
