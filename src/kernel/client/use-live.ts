import { liveQuery } from 'dexie';
import type { ShallowRef, WatchSource } from 'vue';
import { onScopeDispose, shallowRef, watch } from 'vue';
import { useDevice } from './app-context';
import type { PersonDb } from './person-db';
import { steady } from './steady';

/** After a failed query: WebKit may have closed the database a second time. */
const RETRY_MS = 2_000;

/**
 * What a query on the open person's copy gives, now and after every change. While `deps` change the last value stays on
 * the screen; when the person changes it goes at once. Late answers of an older question are ignored.
 */
export function useLive<T>(
  querier: (db: PersonDb) => T | PromiseLike<T>,
  deps: readonly WatchSource[],
  initial: T,
): Readonly<ShallowRef<T>>;
export function useLive<T>(
  querier: (db: PersonDb) => T | PromiseLike<T>,
  deps?: readonly WatchSource[],
): Readonly<ShallowRef<T | undefined>>;
export function useLive<T>(
  querier: (db: PersonDb) => T | PromiseLike<T>,
  deps: readonly WatchSource[] = [],
  initial?: T,
): Readonly<ShallowRef<T | undefined>> {
  const { device } = useDevice();
  const value = shallowRef<T | undefined>(initial);
  let question = 0;
  let stop = (): void => undefined;

  function ask(db: PersonDb): void {
    stop();
    const mine = ++question;
    const subscription = liveQuery(async () => steady(db, () => querier(db))).subscribe({
      next(answer) {
        if (mine === question) value.value = answer;
      },
      error(problem) {
        if (mine !== question || db.ended) return;
        console.error('live query failed', problem);
        const timer = setTimeout(() => ask(db), RETRY_MS);
        stop = () => clearTimeout(timer);
      },
    });
    stop = () => subscription.unsubscribe();
  }

  watch(
    [device.person, ...deps],
    ([person], [before]) => {
      stop();
      question++;
      if (person !== before) value.value = initial;
      if (device.person.value) ask(device.person.value.db);
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    question++;
    stop();
  });
  return value;
}
