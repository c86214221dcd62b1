import type { ComputedRef } from 'vue';
import { computed } from 'vue';
import type { CommandResult } from '@kernel/shared/protocol';
import type { Refusal } from '@kernel/shared/refusal';
import { must } from '@kernel/shared/refusal';
import { useDevice } from './app-context';
import type { OpenPerson } from './open-person';
import type { Kept, Outbox } from './outbox';
import { exportQueue, exportUnkept, importQueue } from './outbox-file';
import type { Imported } from './outbox-file';
import type { OutboxEntry } from './person-db';
import { sendNow } from './send-now';
import { useShared } from './shared-live';
import type { Unkept } from './unkept';

export interface UseOutboxReturn {
  /** Newest first. Accepted ones stay for thirty days. */
  readonly entries: ComputedRef<OutboxEntry[]>;
  /** What this phone could not keep: in this page's memory only, until it is dealt with. */
  readonly unkept: ComputedRef<readonly Unkept[]>;
  /** Tries again to keep such an act. */
  keepAgain(id: string): Promise<Kept | Refusal>;
  /** Sends such an act straight to the server. Delivered only when the answer names it; any refusal leaves it where it is. */
  sendNow(id: string): Promise<CommandResult | Refusal>;
  markRead(id: string): Promise<void>;
  /** The same act again under a new id; for refused and stuck ones. */
  retry(id: string): Promise<Kept | Refusal>;
  /** A corrected act under a new id; the old entry is marked as replaced. */
  editAgain(id: string, args: unknown): Promise<Kept | Refusal>;
  /** Only for what was turned down or could not be kept, and only because its author said so. */
  discard(id: string): Promise<void>;
  /**
   * Everything not delivered, as a file the person can keep or hand on. Not `whole` when this phone cannot read its own storage
   * just now: then it holds what is in memory only.
   */
  exportQueue(): Promise<{ readonly file: Blob; readonly whole: boolean }>;
  /** Reads such a file back; commands the server already has are recognised by their id. */
  importQueue(file: Blob): Promise<Imported>;
  syncNow(): Promise<void>;
}

export function useOutbox(): UseOutboxReturn {
  const { device } = useDevice();
  const found = useShared(
    () => 'outbox',
    () => async (db) => (await db.outbox.orderBy('seq').toArray()).reverse(),
  );
  const entries = computed<OutboxEntry[]>(() => found.value ?? []);
  const open = (): OpenPerson => must(device.person.value, 'nobody is signed in');
  const outbox = (): Outbox => open().outbox;
  return {
    entries,
    unkept: computed(() => [...(device.person.value?.outbox.unkept.list ?? [])]),
    keepAgain: (id) => outbox().keepAgain(id),
    sendNow: (id) => sendNow(open(), id),
    markRead: (id) => outbox().markRead(id),
    retry: (id) => outbox().retry(id),
    editAgain: (id, args) => outbox().editAgain(id, args),
    discard: (id) => outbox().discard(id),
    exportQueue: () =>
      exportQueue(open(), device.now()).then(
        (file) => ({ file, whole: true }),
        () => ({ file: exportUnkept(open(), device.now()), whole: false }),
      ),
    importQueue: (file) => importQueue(open(), device.now(), file),
    async syncNow() {
      await device.person.value?.sync.now();
    },
  };
}
