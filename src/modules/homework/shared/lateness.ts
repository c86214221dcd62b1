import type { Basis } from '@kernel/shared/interval';
import type { Outage } from '@kernel/shared/outage';
import type { Instant } from '@kernel/shared/time';
import { MINUTE } from '@kernel/shared/time';
import { liftedBy } from './due';
import type { Act, Blame, Entry, Holder } from './records';
import { HOLDERS, STEPS } from './records';
import { nextStep, skippedOf } from './steps';

export type Late = NonNullable<Entry['late']>;

/** One time a holder had the item: when it reached them (null: from the start) and when they passed it on, ms. */
export interface Stretch {
  readonly holder: Holder;
  readonly reachedAt: Instant | null;
  readonly leftAt: Instant;
  /** What `leftAt` rests on. */
  readonly basis: Basis;
}

export interface LatenessRules {
  /** When each holder should have passed it on, on the homework's day, ms. */
  readonly targets: Readonly<Record<Holder, Instant>>;
  /** Minutes everybody has at least once it has reached them, and once our server is back. */
  readonly allowance: number;
  /** When our server did not work that day: a limit that falls there moves. */
  readonly outages: readonly Outage[];
}

/**
 * Whose lateness it was (product.md §3 rule 7), for an item that was not published by the deadline.
 *
 * A stretch may last until `limit = max(target, reachedAt + allowance)`; the author's first one until the author's target;
 * a limit on which an outage of ours lies moves to the allowance after its end.
 * Own late time = what the stretch lasted beyond its limit; own minutes = the sum of a holder's stretches, whole minutes,
 * rounded down. Doubt favours the person twice (rule 4): they *left* at the earliest moment the act can have happened,
 * the next one is *reached* when the server had it.
 *
 * | own late time of the stretches, in the order they happened | holder                               |
 * | one or more holders have a whole minute                    | whoever of them was late first       |
 * | only seconds                                               | whoever was late first               |
 * | none: everybody kept their own time                        | `nobody` (dead network, a return)    |
 */
export function latenessOf(acts: readonly Act[], rules: LatenessRules): Late {
  const stretches = stretchesOf(acts);
  const late = stretches
    .map((s) => ({ holder: s.holder, basis: s.basis, over: overOf(s, rules) }))
    .filter((s) => s.over > 0);
  const minutesOf = (holder: Holder): number =>
    Math.floor(late.reduce((sum, s) => (s.holder === holder ? sum + s.over : sum), 0) / MINUTE);
  const minutes = {
    author: minutesOf('author'),
    groupLeader: minutesOf('groupLeader'),
    dean: minutesOf('dean'),
    vicePrincipal: minutesOf('vicePrincipal'),
  };
  const first = late.find((s) => minutes[s.holder] > 0) ?? late[0];
  const holder: Blame = first?.holder ?? 'nobody';
  const basis = first?.basis ?? stretches[stretches.length - 1]?.basis ?? 'receipt';
  return { minutes, holder, basis };
}

function overOf(stretch: Stretch, rules: LatenessRules): number {
  const target = rules.targets[stretch.holder];
  const limit =
    stretch.reachedAt === null ? target : Math.max(target, stretch.reachedAt + rules.allowance * MINUTE);
  return Math.max(0, stretch.leftAt - liftedBy(limit, rules.outages, rules));
}

/** Who had it from when to when, from the acts up to publishing. A skipped step never holds it. */
export function stretchesOf(acts: readonly Act[]): Stretch[] {
  const out: Stretch[] = [];
  let holder: Holder | null = 'author';
  let reachedAt: Instant | null = null;
  acts.forEach((act, i) => {
    if (act.act === 'publish') holder = null;
    if (act.act === 'skip' || act.act === 'publish' || act.act === 'correct' || act.act === 'withdraw')
      return;
    if (holder) out.push({ holder, reachedAt, leftAt: act.at, basis: act.basis });
    reachedAt = act.received;
    holder = act.act === 'return' ? 'author' : signerAfter(acts, i);
  });
  return out;
}

/** The signer who has it after act `i`, or null when nobody is left to sign. */
function signerAfter(acts: readonly Act[], i: number): Holder | null {
  const act = acts[i];
  if (!act) return null;
  const from = act.act === 'sign' && act.step !== null ? act.step + 1 : 0;
  let end = i + 1;
  while (acts[end]?.act === 'skip') end += 1;
  const step = nextStep(from, skippedOf(acts.slice(0, end)));
  return step < STEPS.length ? (HOLDERS[step + 1] ?? null) : null;
}
