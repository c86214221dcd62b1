import type { Ref } from 'vue';
import { ref } from 'vue';

const query = typeof matchMedia === 'function' ? matchMedia('(min-width: 900px)') : null;
const wide = ref(query?.matches ?? false);
// Safari 14 has addEventListener here, 13 has not; both keep the first answer.
query?.addEventListener?.('change', (e) => (wide.value = e.matches));

/** True from 900 px: side rail and tables instead of tabs and cards. */
export const useWide = (): Readonly<Ref<boolean>> => wide;
