export const SEPARATORS = [',', ';', '\t'] as const;

/** `sep=;` in the first line, which Excel writes and hides; else the separator that stands in most lines, then most often. */
export function separatorOf(text: string): { readonly separator: string; readonly start: number } {
  const said = /^sep=([,;\t])\n/i.exec(text);
  if (said) return { separator: said[1] ?? ',', start: said[0].length };
  const lines = SEPARATORS.map(() => 0);
  const total = SEPARATORS.map(() => 0);
  const last = SEPARATORS.map(() => -1);
  let quoted = false;
  let line = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') quoted = !quoted;
    if (quoted) continue;
    if (sign === '\n') line++;
    const i = (SEPARATORS as readonly (string | undefined)[]).indexOf(sign);
    if (i < 0) continue;
    total[i]!++;
    if (last[i] !== line) lines[i]!++;
    last[i] = line;
  }
  let best = 0;
  for (const i of SEPARATORS.keys())
    if (lines[i]! > lines[best]! || (lines[i] === lines[best] && total[i]! > total[best]!)) best = i;
  return { separator: SEPARATORS[best] ?? ',', start: 0 };
}

/**
 * Every cell that holds something, with row and column from 0 (RFC 4180; a row is what Excel shows as one, whatever line breaks its
 * cells hold). Answers the row of a quote that is never closed, which would swallow the rest of the file, else null.
 */
export function eachCell(
  text: string,
  separator: string,
  start: number,
  visit: (row: number, col: number, value: string) => void,
): number | null {
  let row = 0;
  let col = 0;
  let at = start;
  while (at < text.length) {
    let value = '';
    if (text[at] === '"') {
      for (let from = at + 1; ;) {
        const quote = text.indexOf('"', from);
        if (quote < 0) return row;
        value += text.slice(from, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        value += '"';
        from = at + 1;
      }
    }
    // Also what follows a closing quote belongs to the cell, as Excel reads it.
    let end = at;
    while (end < text.length && text[end] !== separator && text[end] !== '\n') end++;
    value += text.slice(at, end);
    if (value !== '') visit(row, col, plain(value));
    if (text[end] === '\n') {
      row++;
      col = 0;
    } else col++;
    at = end + 1;
  }
  return null;
}

/** `="138…"`: how exports keep Excel from turning a number into 1.38E+10. */
const plain = (value: string): string => /^="([^"]*)"$/.exec(value)?.[1] ?? value;
