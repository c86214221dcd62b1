import type { ComputedRef } from 'vue';
import { computed, onScopeDispose, ref } from 'vue';
import type { Instant } from '@kernel/shared/time';
import { DAY_MS } from '@kernel/shared/time';
import { useDevice } from './app-context';
import type { DeliveryTone } from './delivery-words';
import { deliveryWords } from './delivery-words';
import { turnedDown, unsentEntries } from './outbox-reads';
import type { PersonDb } from './person-db';
import { useShared } from './shared-live';
import type { SyncPhase } from './sync';
import { useNow } from './use-now';

export interface Delivery {
  /** Kept here and not yet answered. */
  readonly waiting: number;
  /** Delivered once, and asked about again because the server was restored from a backup. */
  readonly rechecking: number;
  /** Could not be kept on this phone: in this page's memory only. */
  readonly unkept: number;
  /** Turned down and not yet dealt with. */
  readonly attention: number;
  /** Waiting ones that this phone expects to be turned down. */
  readonly foreseen: number;
  /** When the oldest waiting one was made. */
  readonly oldestAt: Instant | null;
  /** For so many whole days it has waited: from three on the person is warned. */
  readonly days: number;
  /** The browser's opinion, a hint only. */
  readonly online: boolean;
  readonly syncing: boolean;
  readonly phase: SyncPhase;
  readonly signedOut: boolean;
  readonly lastSyncAt: Instant | null;
  /** The server asked for patience until then, by this phone's clock. */
  readonly heldUntil: Instant | null;
  readonly words: string;
  readonly tone: DeliveryTone;
}

const NONE = {
  waiting: 0,
  rechecking: 0,
  attention: 0,
  foreseen: 0,
  oldestAt: null as Instant | null,
  lastSyncAt: null as Instant | null,
};

async function countsOf(db: PersonDb): Promise<typeof NONE> {
  const all = await unsentEntries(db);
  const open = all.filter((e) => !e.again);
  return {
    waiting: open.length,
    rechecking: all.length - open.length,
    attention: (await turnedDown(db)).length,
    foreseen: open.filter((e) => e.foreseen !== null).length,
    oldestAt: open.length > 0 ? Math.min(...open.map((e) => e.createdAt)) : null,
    lastSyncAt: (await db.read('lastSyncAt')) ?? null,
  };
}

/** How far the person's work has got, for the delivery line. */
export function useDelivery(): ComputedRef<Delivery> {
  const { device } = useDevice();
  const online = useOnline();
  const now = useNow(600_000);
  const found = useShared(
    () => 'delivery',
    () => countsOf,
  );
  const counts = computed(() => found.value ?? NONE);
  return computed(() => {
    const status = device.person.value?.sync.status;
    const phase = status?.phase ?? 'stopped';
    const { oldestAt, lastSyncAt } = counts.value;
    const days = oldestAt === null ? 0 : Math.max(0, Math.floor((now.value - oldestAt) / DAY_MS));
    const unkept = device.person.value?.outbox.unkept.list.length ?? 0;
    const facts = {
      ...counts.value,
      unkept,
      days,
      online: online.value,
      phase,
      fetched: lastSyncAt !== null,
    };
    return {
      ...counts.value,
      unkept,
      days,
      online: online.value,
      syncing: status?.running ?? false,
      phase,
      signedOut: phase === 'signedOut' || phase === 'otherPerson',
      heldUntil: status?.heldUntil ?? null,
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
