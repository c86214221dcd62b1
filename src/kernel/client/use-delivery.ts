import type { ComputedRef } from 'vue';
import { computed, onScopeDispose, ref } from 'vue';
import type { Instant } from '@kernel/shared/time';
import { useDevice } from './app-context';
import type { DeliveryTone } from './delivery-words';
import { deliveryWords } from './delivery-words';
import { UNSENT, needsAttention } from './person-db';
import type { SyncPhase } from './sync';
import { useLive } from './use-live';

export interface Delivery {
  /** Kept here and not yet answered. */
  readonly waiting: number;
  /** Turned down and not yet dealt with. */
  readonly attention: number;
  /** Waiting ones that this phone expects to be turned down. */
  readonly foreseen: number;
  /** When the oldest waiting one was made: the shell warns after three days. */
  readonly oldestAt: Instant | null;
  /** The browser's opinion, a hint only. */
  readonly online: boolean;
  readonly syncing: boolean;
  readonly phase: SyncPhase;
  readonly signedOut: boolean;
  readonly lastSyncAt: Instant | null;
  readonly words: string;
  readonly tone: DeliveryTone;
}

const NONE = {
  waiting: 0,
  attention: 0,
  foreseen: 0,
  oldestAt: null as Instant | null,
  lastSyncAt: null as Instant | null,
};

/** How far the person's work has got, for the delivery line. */
export function useDelivery(): ComputedRef<Delivery> {
  const { device } = useDevice();
  const online = useOnline();
  const counts = useLive(
    async (db) => {
      const open = await db.outbox.where('state').anyOf(UNSENT).sortBy('seq');
      const turnedDown = await db.outbox
        .where('state')
        .anyOf('refused', 'stuck')
        .filter(needsAttention)
        .count();
      return {
        waiting: open.length,
        attention: turnedDown,
        foreseen: open.filter((e) => e.foreseen !== null).length,
        oldestAt: open[0]?.createdAt ?? null,
        lastSyncAt: (await db.read('lastSyncAt')) ?? null,
      };
    },
    [],
    NONE,
  );
  return computed(() => {
    const status = device.person.value?.sync.status;
    const phase = status?.phase ?? 'stopped';
    const facts = { ...counts.value, online: online.value, phase, fetched: counts.value.lastSyncAt !== null };
    return {
      ...counts.value,
      online: online.value,
      syncing: status?.running ?? false,
      phase,
      signedOut: phase === 'signedOut' || phase === 'otherPerson',
      ...deliveryWords(facts),
    };
  });
}

function useOnline(): { readonly value: boolean } {
  const online = ref(typeof navigator === 'undefined' || navigator.onLine !== false);
  if (typeof window === 'undefined') return online;
  const look = (): void => {
    online.value = navigator.onLine;
  };
  window.addEventListener('online', look);
  window.addEventListener('offline', look);
  onScopeDispose(() => {
    window.removeEventListener('online', look);
    window.removeEventListener('offline', look);
  });
  return online;
}
