import type { Reply } from './connection';
import { Connection } from './connection';

export interface Exchanged {
  /** In the order of the requests, unread. */
  readonly replies: readonly Reply[];
  /** Of each request, from its first byte sent to its answer's last received, ms. */
  readonly times: Float64Array;
  /** Of each request, from the start of all to its answer, ms. */
  readonly ends: Float64Array;
  readonly ms: number;
  /** CPU time of this process for one request, µs. */
  readonly cpu: number;
}

/** Sends them in order over so many connections, each taking the next when it has its answer. Answers are looked at afterwards. */
export async function exchange(
  port: number,
  connections: number,
  requests: readonly Buffer[],
): Promise<Exchanged> {
  const replies = new Array<Reply>(requests.length);
  const times = new Float64Array(requests.length);
  const ends = new Float64Array(requests.length);
  const open: Connection[] = [];
  try {
    return await new Promise<Exchanged>((resolve, reject) => {
      for (let i = 0; i < Math.min(connections, requests.length); i++)
        open.push(new Connection(port, reject));
      void Promise.all(open.map((c) => c.opened())).then(() => {
        const used = process.cpuUsage();
        const from = performance.now();
        let next = 0;
        let left = requests.length;
        const take = (connection: Connection): void => {
          const i = next++;
          const request = requests[i];
          if (!request) return;
          const sent = performance.now();
          connection.send(request, (reply) => {
            const now = performance.now();
            times[i] = now - sent;
            ends[i] = now - from;
            replies[i] = reply;
            if (--left > 0) return take(connection);
            const { user, system } = process.cpuUsage(used);
            resolve({ replies, times, ends, ms: now - from, cpu: (user + system) / requests.length });
          });
        };
        for (const connection of open) take(connection);
      });
    });
  } finally {
    for (const connection of open) connection.close();
  }
}

/** Fisher–Yates with mulberry32: the same order for the same seed, so both servers get the same. */
export function shuffled<T>(list: readonly T[], seed: number): T[] {
  const out = [...list];
  let a = seed * 0x9e3779b1;
  for (let i = out.length - 1; i > 0; i--) {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    const j = ((t ^ (t >>> 14)) >>> 0) % (i + 1);
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
