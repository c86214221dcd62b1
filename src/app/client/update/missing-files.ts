import { ref } from 'vue';
import type { Router } from 'vue-router';
import { putAway } from '@kernel/client/unsaved';
import { toast } from '@kernel/client/ui/announce';
import { mayReload } from './reload-guard';
import { serverBuild } from './server-build';

/** The page that could not be opened even after a reload; the app shows the stopped page instead of its frame. */
export const stopped = ref<string | null>(null);

/**
 * When a part of the app that is loaded later cannot be had, because a release took its file away: keep the drafts, reload
 * once, and if that does not help stop with words (reliability.md rule 51).
 */
export function watchMissingFiles(router: Router, build: string): void {
  const errors = new WeakSet<object>();
  let underWay = false;
  /** Where the person wanted to go, if it was the person who asked. */
  let to: string | null = null;

  async function recover(wanted: string | null): Promise<void> {
    to = wanted ?? to;
    if (underWay || stopped.value !== null) return;
    underWay = true;
    try {
      if (!(await serverBuild())) {
        if (to !== null) toast('这一页还没有存到本机，连上网络再打开', 'caution');
      } else if (!(await putAway())) toast('这一部分要刷新后才能打开，请先把正在写的存好', 'caution');
      else if (mayReload(build, Date.now(), () => sessionStorage)) reloadAt(to);
      // Without a card or a bar the page still serves; without the page nothing does.
      else stopped.value = to;
    } finally {
      underWay = false;
      to = null;
    }
  }

  // Vite says this of every part it could not load, pages and cards alike, before whoever asked for it hears of it.
  addEventListener('vite:preloadError', (event) => {
    const { payload } = event as unknown as { payload: object };
    errors.add(payload);
    // A page that was asked for is reported by the router too, and with it where the person wanted to go.
    setTimeout(() => errors.delete(payload) && void recover(null));
  });
  router.afterEach((_to, _from, failure) => {
    if (!failure) stopped.value = null;
  });
  router.onError((error: unknown, to) => {
    if (typeof error === 'object' && error !== null && errors.delete(error)) void recover(to.fullPath);
  });
}

function reloadAt(to: string | null): void {
  if (to === null || to === location.pathname + location.search + location.hash) location.reload();
  else location.assign(to);
}
