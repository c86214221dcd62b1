import { ref } from 'vue';

/** The queue's sheet can be opened from the delivery line and from 我的. */
export const outboxOpen = ref(false);
