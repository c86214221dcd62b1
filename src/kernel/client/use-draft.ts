import type { Transaction } from 'dexie';
import type { MaybeRefOrGetter, Ref } from 'vue';
import { onScopeDispose, ref, toValue, watch } from 'vue';
import type { Instant } from '@kernel/shared/time';
import { useDevice } from './app-context';
import type { DraftJob } from './draft-saver';
import { DraftSaver } from './draft-saver';
import type { OpenPerson } from './open-person';
import type { PersonDb } from './person-db';
import { plain } from './plain';
import { withRoom } from './reserve';
import { steady } from './steady';
import { troubleOf } from './trouble';
import { hold } from './unsaved';
import { PATIENCE_MS, undoneIfLate } from './within';

interface Place {
  readonly person: OpenPerson;
  readonly key: string;
}

export interface UseDraftReturn<T> {
  /** Bind the form to it. */
  readonly draft: Ref<T>;
  /** True once what was kept has been loaded (or there was nothing). */
  readonly ready: Readonly<Ref<boolean>>;
  /** When it was last kept, to say so under a long text. */
  readonly savedAt: Readonly<Ref<Instant | null>>;
  /** What is typed cannot be kept on this phone just now: it is on the screen and nowhere else. */
  readonly unsaved: Readonly<Ref<boolean>>;
  /** Writes down what was typed, now. Settles when it is written, or was tried. */
  keep(): Promise<void>;
  /** After the command was kept, or on explicit choice: forget the draft and start from `initial`. */
  clear(): Promise<void>;
}

/** A form's unsent contents, kept on this phone while they are typed. Nothing but `clear` removes them. */
export function useDraft<T>(key: MaybeRefOrGetter<string>, initial: () => T): UseDraftReturn<T> {
  const { device } = useDevice();
  const draft = ref(initial()) as Ref<T>;
  const ready = ref(false);
  const savedAt = ref<Instant | null>(null);
  let place: Place | null = null;
  const unsaved = ref(false);
  let quiet = false;
  /** How often something was typed. */
  let typed = 0;
  const saver = new DraftSaver(
    () => place && savingOf(place, plain(draft.value)),
    (failed) => (unsaved.value = failed),
  );

  function setQuietly(value: T): void {
    quiet = true;
    draft.value = value;
    quiet = false;
  }

  function savingOf(to: Place, json: unknown): DraftJob {
    const updatedAt = device.now();
    const { key: at, write } = writing(to, ({ drafts }) => drafts.put({ key: to.key, json, updatedAt }));
    return {
      key: at,
      async write() {
        await write();
        void to.person.spare.keepDraft({ key: to.key, json, updatedAt });
        if (place?.key === to.key) savedAt.value = updatedAt;
      },
    };
  }

  /** In time or not at all; what stands in the way is told once, above the page. */
  function writing({ person, key: at }: Place, work: (db: PersonDb) => Promise<unknown>): DraftJob {
    const { db, reserve } = person;
    const once = (hold: (tx: Transaction) => void): Promise<void> =>
      db.transaction('rw', db.drafts, async (tx) => {
        hold(tx);
        await work(db);
      });
    return {
      key: `${db.name} ${at}`,
      async write() {
        try {
          await undoneIfLate(PATIENCE_MS, (hold) => withRoom(reserve, () => steady(db, () => once(hold))));
        } catch (error) {
          device.noteTrouble(troubleOf(error, db));
          throw error;
        }
      },
    };
  }

  watch(
    draft,
    () => {
      if (quiet) return;
      typed += 1;
      saver.touched();
    },
    { deep: true, flush: 'sync' },
  );

  watch(
    [device.person, () => toValue(key)],
    async ([person, at], before) => {
      // What was typed under the old key goes there before the new one is read.
      if (before[0] !== undefined) await saver.flush();
      // Another person's half-written text must not stay on the screen.
      if (before[0] && person !== before[0]) setQuietly(initial());
      place = person ? { person, key: at } : null;
      ready.value = false;
      if (!place) return;
      const { db } = place.person;
      const typedBefore = typed;
      const kept = await steady(db, () => db.drafts.get(at)).catch(() => undefined);
      if (place?.person.db !== db || place.key !== at) return;
      // Somebody faster than the database: what they typed wins, also when it has been written down meanwhile.
      if (typed === typedBefore) {
        setQuietly(kept ? (kept.json as T) : initial());
        savedAt.value = kept?.updatedAt ?? null;
      } else saver.touched();
      ready.value = true;
    },
    // `sync`: at sign-out the last words are written before the database is closed.
    { immediate: true, flush: 'sync' },
  );

  const release = hold({ flush: () => saver.flush(), holds: () => saver.holds });
  const leave = (): void => void saver.flush();
  const page = typeof window === 'undefined' ? null : window;
  page?.addEventListener('pagehide', leave);
  page?.document.addEventListener('visibilitychange', leave);
  onScopeDispose(() => {
    release();
    page?.removeEventListener('pagehide', leave);
    page?.document.removeEventListener('visibilitychange', leave);
    void saver.flush();
  });

  return {
    draft,
    ready,
    savedAt,
    unsaved,
    keep: () => saver.flush(),
    async clear() {
      setQuietly(initial());
      savedAt.value = null;
      if (!place) return;
      const { key: at, person } = place;
      await saver.instead(writing(place, (db) => db.drafts.delete(at)));
      void person.spare.drop('draft', [at]);
    },
  };
}
