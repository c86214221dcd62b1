import { ref, shallowRef } from 'vue';

export type ToastKind = 'done' | 'calm' | 'caution' | 'need';
export interface Toast {
  readonly id: number;
  readonly words: string;
  readonly kind: ToastKind;
}

/** Read aloud by `LiveRegion.vue`; two alternating slots, so that the same words twice are said twice. */
export const spoken = ref<readonly [string, string]>(['', '']);
export const toasts = shallowRef<readonly Toast[]>([]);

let turn = 0;
let lastId = 0;

/** Say something to a screen reader, politely, without showing it. */
export function announce(words: string): void {
  turn = 1 - turn;
  spoken.value = turn ? ['', words] : [words, ''];
}

/** A short line above the tabs. Nothing that has to be acted on: that is a notice or an undo bar. */
export function toast(words: string, kind: ToastKind = 'done'): void {
  const id = ++lastId;
  toasts.value = [...toasts.value.slice(-1), { id, words, kind }];
  announce(words);
  // Long enough to be read: 2.4 s and a sixth of a second a character.
  setTimeout(() => (toasts.value = toasts.value.filter((t) => t.id !== id)), 2400 + words.length * 160);
}
