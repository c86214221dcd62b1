import { request } from 'node:http';
import type { Fetch } from '@kernel/client/wire';
import { responseOf } from './network';

/** `fetch` over one connection of its own for each request, so that a cut hits this request and no other. */
export function oneShotFetch(base: () => string, cookie: string): Fetch {
  return (path, init) =>
    new Promise((resolve, reject) => {
      const lost = (): void => reject(new TypeError('Failed to fetch'));
      const call = request(new URL(path, base()), {
        method: init.method ?? 'GET',
        agent: false,
        headers: { ...(init.headers as Record<string, string>), cookie },
      });
      call.on('error', lost);
      call.on('response', (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', lost);
        answer.on('end', () => {
          if (!answer.complete) return lost();
          const body = Buffer.concat(chunks).toString('utf8');
          const headers = { 'content-type': String(answer.headers['content-type']) };
          resolve(responseOf({ status: answer.statusCode ?? 0, headers, body }));
        });
      });
      init.signal?.addEventListener('abort', () => {
        call.destroy();
        lost();
      });
      call.end(init.body as string | undefined);
    });
}
