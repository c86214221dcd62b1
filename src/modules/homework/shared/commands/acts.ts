import type { DecideEnv } from '@kernel/shared/command';
import { basisOf, claimOf } from '@kernel/shared/interval';
import type { Act } from '../records';
import type { SkipReason } from '../steps';

/** The actor's act: judged by its earliest possible time, received now. */
export function actOf(
  env: DecideEnv,
  act: Act['act'],
  step: number | null,
  reason: string | null = null,
): Act {
  return {
    act,
    step,
    person: env.actor.person,
    name: env.actor.name,
    at: env.time.earliest,
    received: env.now,
    basis: basisOf(env.time),
    claimed: claimOf(env.time),
    reason,
  };
}

export const skipActs = (env: DecideEnv, skips: ReadonlyMap<number, SkipReason>): Act[] =>
  [...skips].map(([step, reason]) => actOf(env, 'skip', step, reason));
