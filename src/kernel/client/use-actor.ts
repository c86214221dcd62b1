import type { ComputedRef } from 'vue';
import { computed } from 'vue';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { Actor } from '@kernel/shared/scope';
import { makeActor } from '@kernel/shared/scope';
import { useDevice } from './app-context';
import { useToday } from './use-now';
import { useRecord } from './use-record';

/** The person with today's rights; `undefined` before the first sync brought them. */
export function useActor(): ComputedRef<Actor | undefined> {
  const { device } = useDevice();
  const today = useToday();
  const access = useRecord(accessRecord, () => device.person.value?.session.person.id);
  return computed(() => {
    const session = device.person.value?.session;
    return session && access.value ? makeActor(session.school.id, access.value.body, today.value) : undefined;
  });
}
