import type { ComputedRef } from 'vue';
import { computed } from 'vue';
import type { Session } from '@kernel/shared/protocol';
import { useDevice } from '../app-context';

/** Whose copy is open on this phone, or null while nobody is signed in. */
export function useSession(): ComputedRef<Session | null> {
  const { device } = useDevice();
  return computed(() => device.person.value?.session ?? null);
}
