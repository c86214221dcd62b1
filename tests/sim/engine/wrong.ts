/** Everything that can be wrong at the end. All lists empty = every promise was kept. */
export interface Wrong {
  /** I1, I7: what somebody was told is kept, and is neither done nor shown to its author. */
  readonly lost: string[];
  /** I2: done twice, or answered in two ways. */
  readonly duplicated: string[];
  /** I3–I6, I8, I11: two who should agree do not, or somebody has what is not theirs. */
  readonly diverged: string[];
  /** I9: still under way when all is well. */
  readonly stuck: string[];
}

export const nothingWrong = (): Wrong => ({ lost: [], duplicated: [], diverged: [], stuck: [] });
export const failures = (wrong: Wrong): string[] =>
  Object.entries(wrong).flatMap(([kind, list]: [string, string[]]) => list.map((line) => `${kind}: ${line}`));
