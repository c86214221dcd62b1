import type { Ref } from 'vue';
import { ref } from 'vue';

const online = ref(typeof navigator === 'undefined' ? true : navigator.onLine);
if (typeof addEventListener === 'function') {
  addEventListener('online', () => (online.value = true));
  addEventListener('offline', () => (online.value = false));
}

/** What the browser believes about the network: good for a calm word, never for a decision. */
export const useOnline = (): Readonly<Ref<boolean>> => online;
