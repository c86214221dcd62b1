import type { Ref } from 'vue';
import { computed, onScopeDispose, ref } from 'vue';
import type { ComputedRef } from 'vue';
import type { Day, Instant } from '@kernel/shared/time';
import { dayOf } from '@kernel/shared/time';
import { useDevice } from './app-context';

/** Estimated server time, refreshed every `ms` and on return from the background. */
export function useNow(ms = 30_000): Readonly<Ref<Instant>> {
  const { device } = useDevice();
  const tick = ref(0);
  const again = (): void => void tick.value++;
  const timer = setInterval(again, ms);
  const page = typeof document === 'undefined' ? null : document;
  page?.addEventListener('visibilitychange', again);
  onScopeDispose(() => {
    clearInterval(timer);
    page?.removeEventListener('visibilitychange', again);
  });
  return computed(() => {
    void tick.value;
    return device.now();
  });
}

/** Today in the school's zone; changes at the school's midnight. */
export function useToday(): ComputedRef<Day> {
  const { device } = useDevice();
  const now = useNow();
  return computed(() => dayOf(now.value, device.person.value?.session.school.zone ?? 'Asia/Shanghai'));
}
