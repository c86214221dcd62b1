import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * What every answer tells a browser: data is data. Opened as a page it shows and runs nothing, no other site embeds it, nobody guesses
 * its type (reliability.md rule 59, A6). The page and its worker say what they need instead, below.
 */
const DATA = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
} as const;
/** A year (ASVS 3.4.1). Not for subdomains: a school's other sites are not ours to switch over. */
const HTTPS_ONLY = 'max-age=31536000';

/** Set first, so that no later step of an answer can forget it. */
export function dataHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers(DATA);
  if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store');
  if (request.protocol === 'https') void reply.header('strict-transport-security', HTTPS_ONLY);
}

/** The same for an answer that is written to a bare socket. */
export const DATA_LINES = Object.entries(DATA)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

/**
 * Strings become code only through two named policies: Vue's own, for the static markup its compiler made, and `qing`, which knows one
 * address, the worker's (`client/update/worker.ts`).
 */
const TRUSTED_TYPES = "require-trusted-types-for 'script'; trusted-types vue qing";

export type Headers = Readonly<Record<string, string>>;

/** @param html the page as it is sent: its own style elements are allowed by their hashes, and no others */
export function pageHeaders(html: string): Headers {
  const styles = [...html.matchAll(/<style[^>]*>([^]*?)<\/style>/g)].map(
    ([, text]) => ` 'sha256-${createHash('sha256').update(text!).digest('base64')}'`,
  );
  const csp = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${styles.join('')}`,
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    TRUSTED_TYPES,
  ];
  return {
    'content-security-policy': csp.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=()',
    'referrer-policy': 'no-referrer',
  };
}

/** A worker obeys the policy it came with, not the page's. It fetches, and runs nothing but itself. */
export const WORKER_HEADERS: Headers = {
  'content-security-policy': `default-src 'none'; connect-src 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'`,
};
