import { onScopeDispose } from 'vue';

/** Something on the screen that a reload would take away. */
export interface Holder {
  /** Puts it where it outlives the page. Absent when there is no such place. */
  readonly flush?: () => unknown;
  /** Whether something is still only on the screen. Asked after `flush`. */
  readonly holds: () => boolean;
}

const holders = new Set<Holder>();

/** @returns ends it */
export function hold(holder: Holder): () => void {
  holders.add(holder);
  return () => holders.delete(holder);
}

/** For a page whose contents have no draft: while `holds` is true the app is not reloaded by itself (reliability.md rule 50). */
export function useUnsaved(holds: () => boolean): void {
  onScopeDispose(hold({ holds }));
}

/** Saves what can be saved. True when the page may now be replaced without anything being lost. */
export async function putAway(): Promise<boolean> {
  await Promise.all([...holders].map(async ({ flush }) => flush?.())).catch(() => undefined);
  return ![...holders].some(({ holds }) => holds());
}
