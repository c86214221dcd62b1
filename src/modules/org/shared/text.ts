/**
 * Text that may be kept: control characters, direction marks and lone surrogates go (no database keeps NUL), every kind
 * of space becomes one blank, ends are trimmed. Line breaks stay, because cells use them. The signs stay as written.
 */
export function clean(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(UNPRINTABLE, '')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .trim();
}

/** Text made comparable: clean, and full-width digits, letters and brackets become half-width (Unicode NFKC). */
export const tidy = (text: string): string => clean(text.normalize('NFKC'));

/** `tidy` without any space or line break at all: for column names, class names, words of a fixed list. */
export function squeeze(text: string): string {
  return tidy(text).replace(/\s+/g, '');
}

// C0 and C1 controls but line feed and tab; zero-width and direction marks; byte-order mark; with `u`, lone surrogates.
const UNPRINTABLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ud800-\udfff]/gu;
