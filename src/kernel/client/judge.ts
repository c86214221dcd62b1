import type { CommandDef, DecideEnv } from '@kernel/shared/command';
import type { Workspace } from '@kernel/shared/decide';
import { admit, settle, wants } from '@kernel/shared/decide';
import type { Policy } from '@kernel/shared/policy';
import type { Session } from '@kernel/shared/protocol';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { BodyOf, Ref, Write } from '@kernel/shared/record';
import { refKey } from '@kernel/shared/record';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, refuse } from '@kernel/shared/refusal';
import type { Actor } from '@kernel/shared/scope';
import { makeActor } from '@kernel/shared/scope';
import type { Evidence, Instant } from '@kernel/shared/time';
import { dayOf } from '@kernel/shared/time';
import { floorOf } from './beacon';
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
  { policy, def, args, env }: Judged,
): Promise<{ writes: readonly Write[] } | Refusal> {
  const admitted = guarded(def, () => admit(policy, def, args, env));
  if (isRefusal(admitted)) return admitted;
  for (let round = 0; round < ROUNDS; round++) {
    const missing = guarded(def, () => wants(def, admitted.args, space, env));
    if (isRefusal(missing)) return missing;
    if (missing.length === 0) return guarded(def, () => settle(def, admitted.args, space, env));
    await load(db, space, missing);
  }
  return refuse('kernel.defect', { command: def.name, problem: 'reads do not settle' });
}

/** The same where everything it reads is in `space` already, on the stack; null when something has to be fetched first. */
export function judgeLoaded(
  space: Workspace,
  { policy, def, args, env }: Judged,
): { writes: readonly Write[] } | Refusal | null {
  const admitted = guarded(def, () => admit(policy, def, args, env));
  if (isRefusal(admitted)) return admitted;
  const missing = guarded(def, () => wants(def, admitted.args, space, env));
  if (isRefusal(missing)) return missing;
  return missing.length === 0 ? guarded(def, () => settle(def, admitted.args, space, env)) : null;
}

export interface Judged {
  readonly policy: Policy;
  readonly def: CommandDef;
  readonly args: unknown;
  readonly env: DecideEnv;
}

/**
 * Brings what many commands are going to read into `space` in a few reads of the database instead of one or two for each.
 * Nothing may have been decided there yet. What opens only through an earlier decision is left to `judge`.
 */
export async function foretaste(db: PersonDb, space: Workspace, all: readonly Judged[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const missing = new Map<string, Ref>();
    for (const { policy, def, args, env } of all) {
      const admitted = guarded(def, () => admit(policy, def, args, env));
      if (isRefusal(admitted)) continue;
      const wanted = guarded(def, () => wants(def, admitted.args, space, env));
      if (!isRefusal(wanted)) for (const r of wanted) missing.set(refKey(r), r);
    }
    if (missing.size === 0) return;
    await load(db, space, [...missing.values()]);
  }
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

/**
 * The moment as the server will see it (`intervalOf`), with `now` (server time as this phone estimates it) for the arrival. Without
 * the week's limit, which a clock set ahead would put in the future: the phone refuses nothing for its own wrong clock that the
 * server would take.
 */
export function phoneEnv(
  session: Session,
  actor: Actor,
  commandId: string,
  evidence: Evidence,
  now: Instant,
): DecideEnv {
  const zone = session.school.zone;
  return {
    actor,
    time: {
      earliest: evidence.anchor === null ? now : Math.min(now, floorOf(evidence)),
      latest: now,
      evidence,
    },
    now,
    today: dayOf(now, zone),
    zone,
    commandId,
  };
}
