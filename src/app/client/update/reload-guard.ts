/**
 * A page whose files are gone reloads by itself, once. When that did not help it says so and waits for a person: a page
 * that reloads for ever can neither be read nor left (reliability.md W2).
 */
const KEY = 'qing-reloads';
const FOR_MS = 10 * 60_000;
/** Two servers with different builds behind one address: each page's files are missing on the other. */
const MOST = 2;

interface Reload {
  readonly build: string;
  readonly at: number;
}

/** Whether a page of this build may reload itself now; a yes is remembered for ten minutes. */
export function mayReload(
  build: string,
  now: number,
  session: () => Pick<Storage, 'getItem' | 'setItem'>,
): boolean {
  try {
    // Asking for it is what throws where it is forbidden.
    const storage = session();
    const all = (JSON.parse(storage.getItem(KEY) ?? '[]') as Reload[]).filter((r) => now - r.at < FOR_MS);
    if (all.length >= MOST || all.some((r) => r.build === build)) return false;
    storage.setItem(KEY, JSON.stringify([...all, { build, at: now }]));
    return true;
  } catch {
    // What cannot be remembered could be done for ever.
    return false;
  }
}
