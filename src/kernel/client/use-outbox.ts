import type { ShallowRef } from 'vue';
import type { Refusal } from '@kernel/shared/refusal';
import { must } from '@kernel/shared/refusal';
import { useDevice } from './app-context';
import type { Outbox } from './outbox';
import type { Kept } from './outbox';
import { exportQueue, importQueue } from './outbox-file';
import type { Imported } from './outbox-file';
import type { OutboxEntry } from './person-db';
import { useLive } from './use-live';

export interface UseOutboxReturn {
  /** Newest first. Accepted ones stay for thirty days. */
  readonly entries: Readonly<ShallowRef<OutboxEntry[]>>;
  markRead(id: string): Promise<void>;
  /** The same act again under a new id; for refused and stuck ones. */
  retry(id: string): Promise<Kept | Refusal>;
  /** A corrected act under a new id; the old entry is marked as replaced. */
  editAgain(id: string, args: unknown): Promise<Kept | Refusal>;
  /** Only for what was turned down, and only because its author said so. */
  discard(id: string): Promise<void>;
  /** Everything not delivered, as a file the person can keep or hand on. */
  exportQueue(): Promise<Blob>;
  /** Reads such a file back; commands the server already has are recognised by their id. */
  importQueue(file: Blob): Promise<Imported>;
  syncNow(): Promise<void>;
}

export function useOutbox(): UseOutboxReturn {
  const { device } = useDevice();
  const entries = useLive<OutboxEntry[]>((db) => db.outbox.orderBy('seq').reverse().toArray(), [], []);
  const outbox = (): Outbox => must(device.person.value, 'nobody is signed in').outbox;
  return {
    entries,
    markRead: (id) => outbox().markRead(id),
    retry: (id) => outbox().retry(id),
    editAgain: (id, args) => outbox().editAgain(id, args),
    discard: (id) => outbox().discard(id),
    exportQueue: () => exportQueue(must(device.person.value, 'nobody is signed in'), device.now()),
    importQueue: (file) => importQueue(must(device.person.value, 'nobody is signed in'), device.now(), file),
    async syncNow() {
      await device.person.value?.sync.now();
    },
  };
}
