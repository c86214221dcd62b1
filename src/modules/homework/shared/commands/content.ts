import type { Draft } from '../caps';
import { isOverMinutes } from '../caps';
import type { Flag, Rules, Tier } from '../records';

/** A, B, C, however they were typed. */
export const byTier = (tiers: readonly Tier[]): Tier[] =>
  [...tiers].sort((a, b) => (a.tier < b.tier ? -1 : 1));

/** What makes an item an exception for its signers. */
export function flagsOf(
  draft: Draft,
  rules: Rules,
  story: { readonly revised: boolean; readonly late: boolean },
): Flag[] {
  const flags: Flag[] = [];
  if (isOverMinutes(draft, rules)) flags.push('overMinutes');
  if (story.revised) flags.push('revised');
  if (story.late) flags.push('late');
  return flags;
}
