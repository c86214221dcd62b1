import type { FastifyInstance } from 'fastify';
import type { Kernel } from '../kernel';

/** Server-sent events that say "something changed": open phones then sync. Carries a number and no data. */
export function pokeRoute(http: FastifyInstance, kernel: Kernel): void {
  http.get('/api/poke', async (request, reply) => {
    const member = await kernel.auth.member(request.headers.cookie);
    reply.hijack();
    const out = reply.raw;
    out.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'keep-alive',
    });
    out.write('retry: 5000\n\n');
    // Many commits in a row become one poke.
    let pending: NodeJS.Timeout | undefined;
    const stop = kernel.pokes.listen(member.school, (seq) => {
      pending ??= setTimeout(() => {
        pending = undefined;
        out.write(`data: ${seq}\n\n`);
      }, 250);
    });
    const beat = setInterval(() => out.write(': still here\n\n'), 25_000);
    out.on('close', () => {
      stop();
      clearInterval(beat);
      clearTimeout(pending);
    });
  });
}
