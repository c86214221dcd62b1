import type { Ref, ShallowRef } from 'vue';
import { onScopeDispose, ref, shallowRef, watch } from 'vue';
import type { Instant } from '@kernel/shared/time';
import { useDevice } from './app-context';
import type { Here, Other } from './draft-meeting';
import { withOther, without } from './draft-meeting';
import { openCopies } from './keep-drafts';
import { plain } from './plain';
import { DraftCopy } from './server-draft';
import type { UseDraftReturn } from './use-draft';
import { useDraft } from './use-draft';

/** While somebody types the server hears of it this often, ms. */
const EVERY_MS = 10_000;
/** So soon after the last letter at the earliest. */
const PAUSE_MS = 1_500;

export interface UseServerDraftReturn<T> extends UseDraftReturn<T> {
  /** The form as it opens, filled in by rule and by nobody's hand: not worth keeping, and it gives way to what was written. */
  begin(value: T): void;
  /** When the school's server last had this text, to say so; null = it has none. */
  readonly onServerAt: Readonly<Ref<Instant | null>>;
  /** Texts of the same form that are not on the screen: written on another device, or here before that. */
  readonly others: Readonly<ShallowRef<readonly Other[]>>;
  /** Puts another one on the screen; what was there becomes another one. */
  swap(other: Other): Promise<void>;
  /** The person does not want it any more. */
  drop(other: Other): Promise<void>;
}

/**
 * A draft that is also kept on the school's server, for its author alone: long texts go there while they are typed, every ten
 * seconds and when the page is left, and are found on the person's next device. Without a network it simply waits.
 * @param fits is this something the form can show? What another build left on the server may not be
 */
export function useServerDraft<T>(
  key: string,
  initial: () => T,
  fits: (json: unknown) => json is T,
): UseServerDraftReturn<T> {
  const { device } = useDevice();
  const inner = useDraft(key, initial);
  const { draft, ready, savedAt } = inner;
  const onServerAt = ref<Instant | null>(null);
  const others = shallowRef<readonly Other[]>([]);
  let copy: DraftCopy | null = null;
  let release = (): void => undefined;
  let typed = false;
  let quiet = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastSent = -Infinity;
  let blankText: string | null = null;

  const textOf = (value: unknown): string => JSON.stringify(plain(value));
  const blank = (): string => blankText ?? copy?.known.blank ?? textOf(initial());

  function look(): Here {
    const json = plain(draft.value);
    const text = JSON.stringify(json);
    const words = text !== blank() && text !== textOf(initial());
    return { json, text, at: savedAt.value, words, typed };
  }
  function put(value: T): void {
    quiet = true;
    draft.value = value;
    quiet = false;
  }
  function show(json: unknown): void {
    put((json === null ? JSON.parse(blank()) : json) as T);
    typed = false;
  }

  function plan(ms: number): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      lastSent = Date.now();
      void copy?.send().then((heard) => heard || plan(EVERY_MS));
    }, ms);
  }
  watch(
    draft,
    () => {
      if (quiet || !ready.value) return;
      // From the first word on it is known that there is something the server should hear of.
      if (!typed && copy) void copy.remember(copy.known);
      typed = true;
      plan(Math.max(PAUSE_MS, lastSent + EVERY_MS - Date.now()));
    },
    { deep: true, flush: 'sync' },
  );

  async function meet(mine: DraftCopy): Promise<void> {
    await mine.recall();
    if (copy !== mine) return;
    if (blankText !== null) await mine.remember({ ...mine.known, blank: blankText });
    const heard = await mine.fetch();
    if (copy === mine) plan(heard ? PAUSE_MS : EVERY_MS);
  }
  function leave(): void {
    clearTimeout(timer);
    timer = undefined;
    void copy?.send(true);
  }
  function end(): void {
    leave();
    release();
    copy = null;
    typed = false;
    blankText = null;
    onServerAt.value = null;
    others.value = [];
  }
  function begin(): void {
    const person = device.person.value;
    if (!person) return;
    const mine = new DraftCopy(person, key, { look, show, fits }, (known) => {
      if (copy !== mine) return;
      // While the server has the other one it does not have this one.
      onServerAt.value = known.others.some((o) => o.text === known.sent) ? null : known.savedAt;
      others.value = known.others.filter((o) => fits(o.json));
    });
    copy = mine;
    release = openCopies.hold(person, key);
    void meet(mine);
  }
  // What is on the screen belongs to the open person only from `ready` on; until then it may be the words of the one before.
  watch(device.person, end, { flush: 'sync' });
  watch(ready, (isReady) => (isReady ? begin() : end()), { immediate: true, flush: 'sync' });

  const page = typeof window === 'undefined' ? null : window;
  const hidden = (): void => {
    if (document.visibilityState === 'hidden') leave();
  };
  const online = (): void => void copy?.send();
  page?.addEventListener('pagehide', leave);
  page?.addEventListener('online', online);
  page?.document.addEventListener('visibilitychange', hidden);
  onScopeDispose(() => {
    end();
    page?.removeEventListener('pagehide', leave);
    page?.removeEventListener('online', online);
    page?.document.removeEventListener('visibilitychange', hidden);
  });

  return {
    ...inner,
    onServerAt,
    others,
    begin(value) {
      put(value);
      blankText = textOf(value);
      if (copy) void copy.remember({ ...copy.known, blank: blankText });
    },
    async swap(other) {
      if (!copy || !fits(other.json)) return;
      const { json, text, at, words } = look();
      const rest = without(copy.known, other.text);
      // First where it is safe, then off the screen.
      if (!(await copy.remember(words ? withOther(rest, { json, text, at }) : rest))) return;
      put(other.json);
      // A choice, not a letter: it must not be gone with a page that is left right after it.
      void inner.keep();
      typed = true;
      plan(PAUSE_MS);
    },
    async drop(other) {
      await copy?.remember(without(copy.known, other.text));
      plan(PAUSE_MS);
    },
    async clear() {
      clearTimeout(timer);
      timer = undefined;
      const finished = copy?.finish();
      quiet = true;
      const gone = inner.clear();
      quiet = false;
      typed = false;
      await Promise.all([gone, finished]);
    },
  };
}
