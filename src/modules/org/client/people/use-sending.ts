import type { Ref } from 'vue';
import { ref } from 'vue';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal } from '@kernel/shared/refusal';

/** Sends the commands of one form, one after the other, and stops at the first that is refused. */
export function useSending(): {
  readonly refusal: Ref<Refusal | null>;
  readonly busy: Ref<boolean>;
  /** True when all are kept. */
  send(acts: readonly (() => Promise<object>)[]): Promise<boolean>;
} {
  const refusal = ref<Refusal | null>(null);
  const busy = ref(false);
  return {
    refusal,
    busy,
    async send(acts) {
      if (busy.value) return false;
      busy.value = true;
      refusal.value = null;
      try {
        for (const act of acts) {
          const outcome = await act();
          if (!isRefusal(outcome)) continue;
          refusal.value = outcome;
          return false;
        }
        return true;
      } finally {
        busy.value = false;
      }
    },
  };
}
