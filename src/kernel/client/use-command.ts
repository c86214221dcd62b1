import type { Ref } from 'vue';
import { computed, shallowReactive } from 'vue';
import type { CommandDef } from '@kernel/shared/command';
import type { Refusal } from '@kernel/shared/refusal';
import { refuse } from '@kernel/shared/refusal';
import { useDevice } from './app-context';
import type { Kept } from './outbox';

export interface UseCommandReturn<A> {
  /** Resolves when the act is safely on this phone, or with the reason why it cannot be done. Never throws. */
  send(args: A): Promise<Kept | Refusal>;
  readonly busy: Readonly<Ref<boolean>>;
}

/** A thumb that taps twice means it once: the same arguments while the first is being kept are the same act. */
export function useCommand<A>(def: CommandDef<A>): UseCommandReturn<A> {
  const { device } = useDevice();
  const underWay = shallowReactive(new Map<string, Promise<Kept | Refusal>>());
  return {
    busy: computed(() => underWay.size > 0),
    send(args) {
      const key = JSON.stringify(args) ?? '';
      const same = underWay.get(key);
      if (same) return same;
      const open = device.person.value;
      if (!open) return Promise.resolve(refuse('kernel.signedOut'));
      const sending = open.outbox.enqueue(def, args).finally(() => underWay.delete(key));
      underWay.set(key, sending);
      return sending;
    },
  };
}
