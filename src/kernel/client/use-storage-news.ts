import type { ComputedRef } from 'vue';
import { computed } from 'vue';
import { useDevice } from './app-context';
import type { StorageNews } from './person-db';
import { useShared } from './shared-live';
import { steady } from './steady';

export interface UseStorageNewsReturn {
  /** `null` = nothing to tell. */
  readonly news: ComputedRef<StorageNews | null>;
  dismiss(): Promise<void>;
}

/** What the person should know about the storage this copy began with: that it had been emptied, that another phone holds work. */
export function useStorageNews(): UseStorageNewsReturn {
  const { device } = useDevice();
  const news = useShared(
    () => 'news',
    () => async (db) => (await db.read('news')) ?? null,
  );
  return {
    news: computed(() => {
      const found = news.value;
      return found && (found.evicted || found.held.length > 0) ? found : null;
    }),
    async dismiss() {
      const db = device.person.value?.db;
      if (db) await steady(db, () => db.write('news', null));
    },
  };
}
