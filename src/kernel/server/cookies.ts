import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Cookies } from './auth';

/** Only this very host can set such a cookie, over https alone: no neighbour under the same domain can plant one (rule 55). */
const HOST_ONLY = '__Host-';
const OURS = /^(?:__Secure-)?qing\./;

/** Passes the library's cookies on; over https they are Secure and bound to this host. */
export function setCookies(request: FastifyRequest, reply: FastifyReply, cookies: Cookies): void {
  for (const cookie of cookies)
    void reply.header('set-cookie', request.protocol === 'https' ? hostOnly(cookie) : cookie);
}

function hostOnly(cookie: string): string {
  const secure = /;\s*secure/i.test(cookie) ? cookie : `${cookie}; Secure`;
  return HOST_ONLY + secure.replace(/^__Secure-/, '');
}

/**
 * Gives our cookies the names by which the rest of the server knows them. Over https one without the prefix is nobody's: it may come
 * from a neighbour or from somebody on the line of an unencrypted visit.
 */
export function readCookies(request: FastifyRequest): void {
  const { cookie } = request.headers;
  if (cookie === undefined || request.protocol !== 'https') return;
  const kept = cookie
    .split(';')
    .map((part) => part.trim())
    .filter((part) => !OURS.test(part))
    .map((part) => (part.startsWith(`${HOST_ONLY}qing.`) ? part.slice(HOST_ONLY.length) : part));
  request.headers.cookie = kept.join('; ');
}
