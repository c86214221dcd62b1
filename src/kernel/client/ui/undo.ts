import { shallowRef } from 'vue';
import { announce } from './announce';

export interface Offer {
  readonly words: string;
  readonly undo: () => void;
  readonly commit: () => void;
  /** Seconds left, counted down. */
  readonly left: number;
}

export const offer = shallowRef<Offer | null>(null);
let timer: ReturnType<typeof setInterval> | undefined;

const SECONDS = 10;

/** Something was done and can be taken back for ten seconds. A second offer settles the first. */
export function offerUndo(words: string, undo: () => void, commit: () => void = () => undefined): void {
  settle();
  offer.value = { words, undo, commit, left: SECONDS };
  announce(`${words}，${SECONDS} 秒内可以撤销`);
  timer = setInterval(() => {
    const now = offer.value;
    if (!now) return;
    if (now.left <= 1) settle();
    else offer.value = { ...now, left: now.left - 1 };
  }, 1000);
}

export function takeBack(): void {
  const now = offer.value;
  clear();
  now?.undo();
  if (now) announce('已撤销');
}

export function settle(): void {
  const now = offer.value;
  clear();
  now?.commit();
}

function clear(): void {
  clearInterval(timer);
  offer.value = null;
}

// A page that is left has not taken anything back.
if (typeof addEventListener === 'function') addEventListener('pagehide', settle);
