import type { Ref } from 'vue';
import { onBeforeUnmount, onMounted, ref } from 'vue';

const QUIET_MS = 80;
/** A page is shown half done rather than not at all. */
const PATIENCE_MS = 1_500;
/** The very first time everything has to be fetched; the person is told so meanwhile. */
const FIRST_FETCH_MS = 10_000;

/**
 * True once the first page has stopped moving: cards and lists are read from the phone one after another, and a thumb
 * must not hit what was under it a moment ago. `known` = the person's rights are here, so what will be shown is decided.
 */
export function useFirstQuiet(
  at: Ref<HTMLElement | undefined>,
  known: () => boolean,
): Readonly<Ref<boolean>> {
  const quiet = ref(false);
  let watcher: MutationObserver | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const began = performance.now();

  function look(): void {
    clearTimeout(timer);
    const waited = performance.now() - began;
    const moving = !known() || at.value?.querySelector('.unseen .q-skeleton');
    if (moving && waited < (known() ? PATIENCE_MS : FIRST_FETCH_MS)) timer = setTimeout(look, 60);
    else settle();
  }
  function moved(): void {
    clearTimeout(timer);
    timer = setTimeout(look, performance.now() - began > PATIENCE_MS ? 0 : QUIET_MS);
  }
  function settle(): void {
    quiet.value = true;
    watcher?.disconnect();
    clearTimeout(timer);
  }

  onMounted(() => {
    if (!at.value) return settle();
    watcher = new MutationObserver(moved);
    watcher.observe(at.value, { subtree: true, childList: true, characterData: true });
    moved();
  });
  onBeforeUnmount(settle);
  return quiet;
}
