import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses state changes that another site caused: a custom header no form can send, and the browser's own word about where the
 * request comes from (reliability.md rule 56). Applies to every method that is not safe.
 */
export function guardOrigin(request: FastifyRequest): void {
  if (SAFE.has(request.method)) return;
  const refuse = (): never => {
    throw new ProblemError(403, 'kernel.foreignOrigin', '请求来自别的网站，已拒绝');
  };
  if (request.headers['x-qing'] !== '1') refuse();
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') refuse();
  const origin = request.headers.origin;
  if (origin !== undefined && !isOurs(origin, request)) refuse();
}

function isOurs(origin: string, request: FastifyRequest): boolean {
  if (!URL.canParse(origin)) return false;
  const { host, protocol } = new URL(origin);
  // Whoever sits on the line of an unencrypted visit is not this site. The other way round a proxy may not have said https.
  return host === request.headers.host && (request.protocol !== 'https' || protocol === 'https:');
}
