import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { memberOf } from '../door';
import type { Kernel } from '../kernel';

/** Open streams one account may hold: a phone, a computer, a few forgotten tabs. One more ends the oldest. */
const STREAMS = 8;

/** Server-sent events that say "something changed": open phones then sync. Carries a number and no data. */
export function pokeRoute(http: FastifyInstance, kernel: Kernel): void {
  const open = new Map<string, Set<ServerResponse>>();
  // A stream has no end of its own; a server that stops must not wait for one.
  http.addHook('preClose', (done) => {
    for (const streams of open.values()) for (const out of streams) out.end();
    done();
  });

  http.get('/api/poke', async (request, reply) => {
    const member = memberOf(request);
    reply.hijack();
    const out = reply.raw;
    out.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'keep-alive',
    });
    out.write('retry: 5000\n\n');
    const mine = open.get(member.account) ?? new Set();
    open.set(member.account, mine.add(out));
    for (const oldest of [...mine].slice(0, -STREAMS)) oldest.end();
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
      mine.delete(out);
      if (mine.size === 0 && open.get(member.account) === mine) open.delete(member.account);
      clearInterval(beat);
      clearTimeout(pending);
    });
  });
}
