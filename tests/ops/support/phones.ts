import { randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { uuidv7 } from '@kernel/shared/ids';
import type { CommandResult, Envelope } from '@kernel/shared/protocol';
import { PROTOCOL } from '@kernel/shared/protocol';
import type { Said, Town } from './town';
import { TEACHERS, TIERS } from './town';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 });

/** One request, or null when there was no whole answer in time. */
export function ask(
  port: number,
  path: string,
  options: { method?: string; cookie?: string | undefined; body?: unknown; timeout?: number } = {},
): Promise<Answer | null> {
  const text = options.body === undefined ? undefined : JSON.stringify(options.body);
  return new Promise((resolve) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: options.method ?? (text === undefined ? 'GET' : 'POST'),
        agent,
        timeout: options.timeout ?? 5_000,
        headers: {
          'x-qing': '1',
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
        },
      },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (piece: string) => (body += piece));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
        answer.on('error', () => resolve(null));
        answer.on('aborted', () => resolve(null));
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(null));
    call.end(text);
  });
}

/** A teacher's phone that assigns and withdraws the same homework for ever, and says everything again until it is answered. */
class Phone {
  private readonly device = randomUUID();
  private seq = 0;
  private pending: Envelope | null = null;
  private item: string | null = null;

  constructor(
    private readonly town: Town,
    private readonly who: string,
    private readonly subject: string,
    private readonly one: string,
    private readonly date: string,
  ) {}

  async sends(port: number, load: Phones): Promise<void> {
    const command = (this.pending ??= this.next());
    const answer = await ask(port, '/api/sync', {
      cookie: this.town.cookies[this.who],
      timeout: load.patience,
      body: {
        protocol: PROTOCOL,
        device: this.device,
        build: 'test',
        person: this.who,
        cursor: null,
        pull: false,
        commands: [command],
      },
    });
    load.count(answer?.status ?? 0);
    const result =
      answer?.status === 200
        ? (JSON.parse(answer.body) as { results: CommandResult[] }).results[0]
        : undefined;
    if (result?.id !== command.id) return void (await pause(20 + Math.random() * 40));
    load.acked.push({ id: result.id, outcome: result.outcome, seq: result.seq });
    load.onAck?.();
    this.pending = null;
    this.item = command.name.endsWith('assign') && result.outcome === 'accepted' ? result.id : null;
  }

  private next(): Envelope {
    const at = Date.now();
    const said =
      this.item === null
        ? {
            name: 'homework.v1.assign',
            args: {
              classes: [this.one],
              subject: this.subject,
              date: this.date,
              form: 'written',
              tiers: TIERS,
              copiedFrom: null,
            },
          }
        : { name: 'homework.v1.withdraw', args: { item: this.item } };
    return {
      id: uuidv7(at, new Uint8Array(randomBytes(10))),
      seq: ++this.seq,
      ...said,
      at,
      mono: null,
      beacon: null,
    };
  }
}

/** Many phones at work; they outlive the server and go on where they stood. */
export class Phones {
  readonly acked: Said[] = [];
  /** Answers by status; 0 is none. */
  readonly statuses = new Map<number, number>();
  patience = 5_000;
  /** Called with every acknowledgement, in the turn in which it arrived. */
  onAck: (() => void) | undefined;
  private readonly phones: Phone[] = [];
  private stopping = false;
  private working: Promise<unknown> = Promise.resolve();

  constructor(town: Town) {
    for (const date of town.days)
      for (const { who, subject } of TEACHERS)
        for (const one of ['c-2026-1', 'c-2026-2'])
          this.phones.push(new Phone(town, who, subject, one, date));
  }

  /** @param port where to send, asked before every request */
  work(port: () => number, count = 16): void {
    this.stopping = false;
    this.working = Promise.all(
      this.phones.slice(0, count).map(async (phone) => {
        while (!this.stopping) await phone.sends(port(), this);
      }),
    );
  }

  async rest(): Promise<void> {
    this.stopping = true;
    await this.working;
  }

  count(status: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }

  of(status: number): number {
    return this.statuses.get(status) ?? 0;
  }

  /** Until this many more were acknowledged. @returns the milliseconds it took */
  async more(count: number, within = 20_000): Promise<number> {
    const from = performance.now();
    const until = this.acked.length + count;
    while (this.acked.length < until) {
      if (performance.now() - from > within)
        throw new Error(
          `only ${count - until + this.acked.length} of ${count} in ${within} ms; ${JSON.stringify([...this.statuses])}`,
        );
      await pause(5);
    }
    return performance.now() - from;
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
