import { createHash, randomInt } from 'node:crypto';

/** No 0/O, 1/I/L: read aloud and typed on a phone. */
const LETTERS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const LENGTH = 10;

/** 31^10 of them: not to be guessed at any speed a server answers. */
export const newCode = (): string =>
  Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');

/** As it is shown: `7KQ2M-9XH4R`. */
export const codeWords = (code: string): string => `${code.slice(0, 5)}-${code.slice(5)}`;

/** What is kept of a code; however it was typed. @param purpose keeps a code of one kind from opening another door */
export const codeHash = (purpose: string, typed: string): string =>
  createHash('sha256')
    .update(`${purpose}\n${typed.toUpperCase().replace(/[^0-9A-Z]/g, '')}`)
    .digest('base64url');
