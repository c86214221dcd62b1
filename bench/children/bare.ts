import type { AddressInfo } from 'node:net';
import fastifyStatic from '@fastify/static';
import Fastify from 'fastify';
import { LIMITS } from '@kernel/shared/protocol';
import { answer } from './answers';
import type { FloorStore, Row } from './floor-store';
import { postgresFloor, sqliteFloor } from './floor-store';

/**
 * The floor: what the same library, database and batching do when nothing is decided. It parses, stores the command under its
 * id and says so: no session, no rules, no records, no audit chain, no measures, nothing to pull. Asked for `sizes` it also
 * stores three records of those lengths for each command, as an assignment does: the floor of any server that keeps them.
 */
interface Options {
  readonly dataDir: string;
  readonly databaseUrl: string | null;
  /** Kind of record → length of its body, characters. */
  readonly sizes: Readonly<Record<string, number>> | null;
  /** A page to serve, for a phone in a browser. */
  readonly clientFolder?: string;
}

interface Waiting {
  readonly rows: readonly Row[];
  resolve(): void;
  reject(error: unknown): void;
}

/** As in the kernel's dispatcher: what waits while a transaction runs is merged into the next. */
const BATCH = 1_000;

class Lanes {
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly running = new Set<string>();

  constructor(private readonly insert: FloorStore['insert']) {}

  push(lane: string, rows: readonly Row[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.waiting.get(lane) ?? [];
      queue.push({ rows, resolve, reject });
      this.waiting.set(lane, queue);
      if (this.running.has(lane)) return;
      this.running.add(lane);
      setImmediate(() => void this.drain(lane));
    });
  }

  private async drain(lane: string): Promise<void> {
    for (;;) {
      const queue = this.waiting.get(lane) ?? [];
      if (queue.length === 0) break;
      const taken: Waiting[] = [];
      const rows: Row[] = [];
      while (queue.length > 0 && (taken.length === 0 || rows.length + queue[0]!.rows.length <= BATCH)) {
        const next = queue.shift()!;
        taken.push(next);
        rows.push(...next.rows);
      }
      try {
        await this.insert(rows);
        for (const w of taken) w.resolve();
      } catch (error) {
        for (const w of taken) w.reject(error);
      }
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.running.delete(lane);
    this.waiting.delete(lane);
  }
}

interface Push {
  readonly device: string;
  readonly person: string;
  readonly commands: readonly { id: string; seq: number; name: string; args: Args; at: number }[];
}
interface Args {
  readonly classes: readonly string[];
  readonly subject: string;
  readonly date: string;
}

/** The records an assignment touches: a new one, its class's day, its author's task. */
function recordsOf(
  id: string,
  args: Args,
  text: string,
  sizes: NonNullable<Options['sizes']>,
): Row['records'] {
  const day = `${args.classes[0]}|${args.date}`;
  const ids = [id, day, `${day}|${args.subject}`];
  return Object.entries(sizes).map(([kind, size], i) => ({
    kind,
    id: ids[i % ids.length]!,
    body: text.repeat(Math.ceil(size / text.length)).slice(0, size),
  }));
}

let store: FloorStore | undefined;
const http = Fastify({ logger: false, bodyLimit: LIMITS.bodyBytes });

async function open(options: Options) {
  const { sizes } = options;
  const made =
    options.databaseUrl === null ? sqliteFloor(options.dataDir) : await postgresFloor(options.databaseUrl);
  store = made;
  const lanes = new Lanes((rows) => made.insert(rows));
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string));
    } catch (error) {
      done(error as Error);
    }
  });
  http.post('/api/sync', async (request, reply) => {
    const push = request.body as Push;
    // The school stands in a header here, where ours finds it in the session.
    const school = String(request.headers['x-school']);
    const received = Date.now();
    const rows = push.commands.map((c): Row => {
      const args = JSON.stringify(c.args);
      return {
        school,
        id: c.id,
        device: push.device,
        deviceSeq: c.seq,
        actor: push.person,
        name: c.name,
        args,
        at: c.at,
        received,
        records: sizes === null ? [] : recordsOf(c.id, c.args, args, sizes),
      };
    });
    await lanes.push(made.lane(school), rows);
    const results = rows.map((r) => ({ id: r.id, outcome: 'accepted' }));
    return reply.type('application/json; charset=utf-8').send(JSON.stringify({ results }));
  });
  if (options.clientFolder !== undefined) await http.register(fastifyStatic, { root: options.clientFolder });
  await http.listen({ port: 0, host: '127.0.0.1' });
  return { port: (http.server.address() as AddressInfo).port };
}

answer({
  open,
  accepted: () => store?.count(),
  async stop() {
    http.server.closeAllConnections();
    await http.close();
    await store?.close();
  },
});
