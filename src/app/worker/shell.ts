/** What the build writes in front of the worker: the files of one build, each with the hash of its bytes. */
export interface Shell {
  readonly build: string;
  /** `[path, subresource integrity]`; the first is the page. */
  readonly files: readonly (readonly [string, string])[];
}

export const PREFIX = 'qing-shell-';
export const cacheOf = (build: string): string => `${PREFIX}${build}`;

/** Its name holds a hash of its bytes: wherever it was fetched, it is the same file. */
export const isHashed = (path: string): boolean => path.startsWith('/assets/');

/**
 * Caches to delete once `build` has taken over. The one made before it stays: pages of that build may still be open, and
 * without a network their other pages are nowhere else.
 * @param names in the order they were made, as `caches.keys()` gives them
 */
export function outdated(names: readonly string[], build: string): string[] {
  const ours = names.filter((name) => name.startsWith(PREFIX) && name !== cacheOf(build));
  // Left by the worker of the first builds.
  const foreign = names.filter((name) => name.startsWith('workbox-'));
  return [...ours.slice(0, -1), ...foreign];
}
