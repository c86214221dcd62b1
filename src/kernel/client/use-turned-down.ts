import type { ComputedRef } from 'vue';
import { computed } from 'vue';
import { turnedDown } from './outbox-reads';
import type { OutboxEntry } from './person-db';
import { useShared } from './shared-live';

/** The person's own acts that were turned down and still wait for them, newest first: for cards, which need not read the whole queue. */
export function useTurnedDown(): ComputedRef<readonly OutboxEntry[]> {
  const found = useShared(
    () => 'turned down',
    () => turnedDown,
  );
  return computed(() => found.value ?? []);
}
