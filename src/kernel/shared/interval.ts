import type { Evidence, Instant, Interval } from './time';
import { DAY_MS, MINUTE } from './time';

/**
 * How far back an offline act can count, ms before it arrived. Longer than any break after which a phone comes back with
 * work, short enough that nobody's old boards move for ever.
 */
export const REACH = 7 * DAY_MS;

/** A signed time this far ahead of the server that reads it was given by a server whose clock was wrong, ms. */
export const AHEAD = 5 * MINUTE;

/** Within this, a claimed time says nothing a reader would want to know, ms. */
export const SAME_MOMENT = 2 * MINUTE;

/**
 * When an act can have happened: the written rule for offline acts (docs/decisions/0010), the same on phone and server.
 *
 * | the device shows                                   | earliest                                   | basis      |
 * | signed server time, and monotonic ms since         | that time + those ms                       | anchored   |
 * | signed server time; the page was closed since      | that time                                  | unanchored |
 * | signed server time far ahead of this server        | `REACH` before arrival: our clock was wrong | unanchored |
 * | nothing, or a signature that is not ours           | arrival                                    | receipt    |
 *
 * Always: latest = arrival, and arrival − `REACH` ≤ earliest ≤ arrival. The monotonic clock may stand still while a phone
 * sleeps (reliability.md rule 28), so the ms since are a lower bound and `earliest` can only be too early: doubt favours
 * the person. The phone's wall clock is in none of the rows: setting it changes what is shown and never a verdict.
 */
export function intervalOf(evidence: Evidence, received: Instant): Interval {
  const { anchor, elapsed } = evidence;
  if (anchor === null) return { earliest: received, latest: received, evidence };
  const farthest = received - REACH;
  if (anchor > received + AHEAD)
    return { earliest: farthest, latest: received, evidence: { ...evidence, elapsed: null } };
  const from = anchor + Math.max(0, elapsed ?? 0);
  return { earliest: Math.max(farthest, Math.min(from, received)), latest: received, evidence };
}

/** What a verdict on time rests on. `receipt`: on the arrival alone. */
export const BASES = ['anchored', 'unanchored', 'receipt'] as const;
export type Basis = (typeof BASES)[number];

export function basisOf({ evidence }: Interval): Basis {
  if (!evidence || evidence.anchor === null) return 'receipt';
  return evidence.elapsed === null ? 'unanchored' : 'anchored';
}

/**
 * The claimed time where it says something the walls do not. Null where it agrees with what was measured, or the act arrived at
 * once from a phone whose clock is right.
 */
export function claimOf(interval: Interval): Instant | null {
  const { earliest, latest, evidence } = interval;
  if (!evidence) return null;
  const near = (a: Instant, b: Instant): boolean => Math.abs(a - b) <= SAME_MOMENT;
  const { claimed } = evidence;
  if (near(claimed, earliest) && (near(earliest, latest) || basisOf(interval) === 'anchored')) return null;
  return near(claimed, latest) && near(earliest, latest) ? null : claimed;
}
