import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Cookies } from './auth';

/** Passes the library's cookies on; over https they are marked Secure. */
export function setCookies(request: FastifyRequest, reply: FastifyReply, cookies: Cookies): void {
  for (const cookie of cookies)
    void reply.header(
      'set-cookie',
      request.protocol === 'https' && !/;\s*secure/i.test(cookie) ? `${cookie}; Secure` : cookie,
    );
}
