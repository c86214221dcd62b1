import { LIMITS } from '@kernel/shared/protocol';
import { badRequest } from './problem';

/**
 * Text → JSON, refusing before parsing what databases and engines choke on: depth, NUL, lone surrogates, prototype keys
 * (reliability.md rule 29). Throws a 400 problem.
 */
export function parseJson(text: string): unknown {
  checkDepth(text);
  if (text.includes('\u0000') || hasEscaped(text, /\\u0000/, ESCAPED_NUL))
    throw badRequest('kernel.badText', '内容含有空字符');
  if (!text.isWellFormed() || hasEscaped(text, /\\u[dD][89a-fA-F]/, ESCAPED_HALF))
    throw badRequest('kernel.badText', '内容含有不完整的字符');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('kernel.notJson');
  }
  if (/"(?:__proto__|constructor)"\s*:/.test(text) || text.includes('\\u005f')) refusePrototypeKeys(value);
  return value;
}

function checkDepth(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (quoted) {
      if (c === 92) i++;
      else if (c === 34) quoted = false;
    } else if (c === 34) quoted = true;
    else if (c === 123 || c === 91) {
      if (++depth > LIMITS.jsonDepth) throw badRequest('kernel.tooDeep');
    } else if (c === 125 || c === 93) depth--;
  }
}

const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/;
const ESCAPED_HALF = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/**
 * Is there such a character once the escapes are read? `JSON.stringify` writes pairs as characters, and NUL and lone halves as
 * escapes; a typed backslash it doubles, so somebody may write about `\\u0000`.
 */
function hasEscaped(text: string, maybe: RegExp, escaped: RegExp): boolean {
  if (!maybe.test(text)) return false;
  try {
    return escaped.test(JSON.stringify(JSON.parse(text)));
  } catch {
    return false;
  }
}

function refusePrototypeKeys(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    if (key === '__proto__' || key === 'constructor') throw badRequest('kernel.badKey');
    refusePrototypeKeys((value as Record<string, unknown>)[key]);
  }
}
