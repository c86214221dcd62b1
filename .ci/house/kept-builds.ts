/**
 * Which builds' files stay when a new one is made. A page opened before the release asks for its other pages only when
 * somebody taps there, days later on a phone that is never switched off (reliability.md rule 51, W2).
 */

export interface Build {
  readonly build: string;
  /** When it was made, ms. */
  readonly at: number;
  /** Its hashed files, relative to the client's folder. */
  readonly files: readonly string[];
}

/** So many replaced builds are kept however old they are… */
export const KEPT_BUILDS = 3;
/** …and every other one for so long after it was replaced. */
export const KEPT_MS = 30 * 86_400_000;
/** A desk where somebody builds all day must not fill its disk. */
const MOST = 40;

/** @param builds newest first; the newest is the one being served */
export function keptBuilds(builds: readonly Build[], now: number): Build[] {
  return builds.slice(0, MOST).filter((_, i) => i <= KEPT_BUILDS || now - builds[i - 1]!.at < KEPT_MS);
}

/**
 * Hashed files that may go. One that no list names was brought by hand (an old release's files put beside a new one's)
 * and stays for thirty days too.
 */
export function filesToDrop(
  present: readonly { readonly file: string; readonly changed: number }[],
  kept: readonly Build[],
  now: number,
  known: readonly Build[] = kept,
): string[] {
  const named = new Set(kept.flatMap((b) => b.files));
  const listed = new Set(known.flatMap((b) => b.files));
  return present
    .filter(({ file, changed }) => !named.has(file) && (listed.has(file) || now - changed >= KEPT_MS))
    .map(({ file }) => file);
}
