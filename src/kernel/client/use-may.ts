import type { ComputedRef } from 'vue';
import { computed } from 'vue';
import { mayDo } from '@kernel/shared/policy';
import { useDevice } from './app-context';
import { useActor } from './use-actor';

/** Is this operation open to the person on this phone? The server decides again; this only keeps screens honest. */
export function useMay(operation: string): ComputedRef<boolean> {
  const { device } = useDevice();
  const actor = useActor();
  return computed(() => actor.value !== undefined && mayDo(device.registry.policy, actor.value, operation));
}
