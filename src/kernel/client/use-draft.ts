import type { MaybeRefOrGetter, Ref } from 'vue';
import { onScopeDispose, ref, toValue, watch } from 'vue';
import type { Instant } from '@kernel/shared/time';
import { useDevice } from './app-context';
import type { PersonDb } from './person-db';
import { plain } from './plain';
import { steady } from './steady';

/** Typing pauses of this length are saved; a person who closes the app loses at most this much. */
const PAUSE_MS = 600;

export interface UseDraftReturn<T> {
  /** Bind the form to it. */
  readonly draft: Ref<T>;
  /** True once what was kept has been loaded (or there was nothing). */
  readonly ready: Readonly<Ref<boolean>>;
  /** When it was last kept, to say so under a long text. */
  readonly savedAt: Readonly<Ref<Instant | null>>;
  /** After the command was kept, or on explicit choice: forget the draft and start from `initial`. */
  clear(): Promise<void>;
}

/** A form's unsent contents, kept on this phone while they are typed. Nothing but `clear` removes them. */
export function useDraft<T>(key: MaybeRefOrGetter<string>, initial: () => T): UseDraftReturn<T> {
  const { device } = useDevice();
  const draft = ref(initial()) as Ref<T>;
  const ready = ref(false);
  const savedAt = ref<Instant | null>(null);
  let place: { db: PersonDb; key: string } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dirty = false;
  let quiet = false;

  function setQuietly(value: T): void {
    quiet = true;
    draft.value = value;
    quiet = false;
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    if (!dirty || !place) return;
    dirty = false;
    const { db, key: at } = place;
    const updatedAt = device.now();
    try {
      await steady(db, () => db.drafts.put({ key: at, json: plain(draft.value), updatedAt }));
      savedAt.value = updatedAt;
    } catch {
      dirty = true; // the next pause tries again; the text is still on the screen
    }
  }

  watch(
    draft,
    () => {
      if (quiet) return;
      dirty = true;
      clearTimeout(timer);
      timer = setTimeout(() => void flush(), PAUSE_MS);
    },
    { deep: true, flush: 'sync' },
  );

  watch(
    [device.person, () => toValue(key)],
    async ([person, at], before) => {
      // What was typed under the old key goes there before the new one is read.
      if (before[0] !== undefined) await flush();
      // Another person's half-written text must not stay on the screen.
      if (before[0] && person !== before[0]) setQuietly(initial());
      place = person ? { db: person.db, key: at } : null;
      ready.value = false;
      if (!place) return;
      const { db } = place;
      const kept = await steady(db, () => db.drafts.get(at)).catch(() => undefined);
      if (place?.db !== db || place.key !== at) return;
      // Somebody faster than the database: what they typed wins.
      if (!dirty) {
        setQuietly(kept ? (kept.json as T) : initial());
        savedAt.value = kept?.updatedAt ?? null;
      } else {
        timer ??= setTimeout(() => void flush(), PAUSE_MS);
      }
      ready.value = true;
    },
    // `sync`: at sign-out the last words are written before the database is closed.
    { immediate: true, flush: 'sync' },
  );

  const leave = (): void => void flush();
  const page = typeof window === 'undefined' ? null : window;
  page?.addEventListener('pagehide', leave);
  page?.document.addEventListener('visibilitychange', leave);
  onScopeDispose(() => {
    page?.removeEventListener('pagehide', leave);
    page?.document.removeEventListener('visibilitychange', leave);
    void flush();
  });

  return {
    draft,
    ready,
    savedAt,
    async clear() {
      clearTimeout(timer);
      dirty = false;
      setQuietly(initial());
      savedAt.value = null;
      const at = place;
      if (at) await steady(at.db, () => at.db.drafts.delete(at.key));
    },
  };
}
