import type { Json } from '@kernel/shared/record';

/**
 * A copy that IndexedDB and the wire can hold: no Vue proxies, no `undefined`, no NUL, no half of an emoji that a
 * `maxlength` cut through. The server refuses a whole request for one such character (reliability.md rule 29), so it
 * must never get into the queue.
 */
export function plain<T>(value: T): T {
  const text = JSON.stringify(value) as string | undefined;
  return (text === undefined ? null : (JSON.parse(text, cleanText) as Json)) as T;
}

// With the `u` flag a surrogate matches only when it stands alone.
const UNSENDABLE = /[\u0000\ud800-\udfff]/gu;

function cleanText(key: string, value: unknown): unknown {
  // The door refuses these keys too; leaving them out is what JSON means by `undefined`.
  if (key === '__proto__' || key === 'constructor') return undefined;
  return typeof value === 'string' ? value.replace(UNSENDABLE, '') : value;
}

const encoder = new TextEncoder();
export const jsonBytes = (value: unknown): number => encoder.encode(JSON.stringify(value)).length;
