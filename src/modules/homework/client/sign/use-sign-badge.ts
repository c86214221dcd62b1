import type { ComputedRef } from 'vue';
import { useActor } from '@kernel/client/use-actor';
import { useSignQueues } from './use-sign-queues';

/** How many wait for this person's signature; the number on the 审签 tab. */
export function useSignBadge(): ComputedRef<number> {
  return useSignQueues({ actor: useActor() }).total;
}
