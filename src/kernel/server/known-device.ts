import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const NAME = 'qing.known';
/** Teachers share phones; more accounts than this on one, and the oldest types its password at a stranger's pace. */
const ACCOUNTS = 6;
const YEAR_S = 365 * 24 * 3_600;

/**
 * A phone on which somebody has signed in before. Its cookie says so for each account, signed by this server, so that a stranger
 * who guesses at an account slows down himself and never its owner (reliability.md A1, ASVS 6.1.1). It opens nothing.
 */
export function knownDevice(secret: string, header: string | undefined, account: string): string | null {
  return tokensIn(header).find((token) => isFor(secret, token, account)) ?? null;
}

/** The cookie for a phone on which this account has just signed in. */
export function rememberDevice(secret: string, header: string | undefined, account: string): string {
  const others = tokensIn(header).filter((token) => !isFor(secret, token, account));
  const nonce = randomBytes(9).toString('base64url');
  const mine = knownDevice(secret, header, account) ?? `${nonce}~${markOf(secret, nonce, account)}`;
  const value = [mine, ...others].slice(0, ACCOUNTS).join('*');
  return `${NAME}=${value}; Max-Age=${YEAR_S}; Path=/; HttpOnly; SameSite=Lax`;
}

function tokensIn(header: string | undefined): string[] {
  const found = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${NAME}=`));
  return (found?.slice(NAME.length + 1) ?? '')
    .split('*')
    .filter((token) => /^[\w-]{12}~[\w-]{22}$/.test(token));
}

const markOf = (secret: string, nonce: string, account: string): string =>
  createHmac('sha256', secret)
    .update(`known device\n${nonce}\n${account.toLowerCase()}`)
    .digest('base64url')
    .slice(0, 22);

function isFor(secret: string, token: string, account: string): boolean {
  const [nonce = '', mark = ''] = token.split('~');
  return timingSafeEqual(Buffer.from(mark), Buffer.from(markOf(secret, nonce, account)));
}
