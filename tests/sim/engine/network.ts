import type { CommandResult, SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import type { Dice } from './dice';
import type { Fate, Weather } from './fates';
import { FATES, foreignAnswer } from './fates';
import type { Owner, Scheduler } from './scheduler';
import type { Process, Reply, SimServer } from './server';
import type { Trace } from './trace';
import { hashText } from './trace';

/** One end of the air: a page on a phone. */
export interface Line {
  readonly name: string;
  readonly owner: Owner;
  /** The phone's, shared by its pages. */
  readonly sky: { weather: Weather; cookie: string; stale: Reply | null };
}
export interface Heard {
  /** Every answer a server process gave, whether or not anybody hears it. */
  results(results: readonly CommandResult[], request: { id: string; args: unknown }[]): void;
  /** A sync request arrives at the server, and its answer leaves. */
  arrives(person: string): unknown;
  leaves(person: string, before: unknown, line: Line, cursor: string | null, answer: SyncResponse): void;
}
type Init = RequestInit & { method: string; body?: string };

/** Loses, doubles, delays, cuts and forges. What a phone gets is a `Response` as far as our client looks at one. */
export class Network {
  requests = 0;
  /** How long a phone has waited for an answer at most, ms. */
  longest = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly dice: Dice,
    private readonly server: SimServer,
    private readonly heard: Heard,
    readonly trace: Trace,
  ) {}

  send(line: Line, path: string, given: RequestInit): Promise<Response> {
    const sentAt = this.scheduler.now;
    if (!line.owner.alive) throw new Error(`the simulator lets ${line.name} act after its death`);
    const init = given as Init;
    const fate = this.fateOf(line);
    const number = ++this.requests;
    this.trace.add(
      `${this.scheduler.now} ${line.name} #${number} ${init.method} ${path} ${fate} ${hashText(init.body ?? '')}`,
      () => askedText(path, init.body),
    );
    return new Promise<Response>((resolve, reject) => {
      const later = (ms: number, then: () => void): void => void this.scheduler.after(line.owner, ms, then);
      const fail = (ms: number): void => later(ms, () => reject(new TypeError('Failed to fetch')));
      init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      const hear = (reply: Reply): void => this.deliver(line, number, fate, reply, later, resolve, reject);
      const { dice } = this;
      const up = fate === 'late' ? dice.int(5_000, 60_000) : dice.int(5, 300);
      if (fate === 'refused') return fail(dice.int(1, 50));
      if (fate === 'vanishes') return;
      if (fate === 'lost') return dice.chance(0.5) ? fail(dice.int(100, 30_000)) : undefined;
      const foreign = foreignAnswer(fate, dice, line.sky.stale);
      if (foreign === 'redirect') return fail(dice.int(5, 200));
      if (foreign) {
        // A proxy may say this after it has passed the request on; a door that refuses has not.
        if (PASSED_ON.includes(fate) && dice.chance(0.3))
          this.arrive(
            line,
            path,
            init,
            up,
            () => undefined,
            () => undefined,
          );
        return later(dice.int(5, 400), () => resolve(responseOf(foreign)));
      }
      this.arrive(line, path, init, up, hear, fail);
      if (fate === 'doubled')
        this.arrive(
          line,
          path,
          init,
          up + dice.int(0, 20_000),
          () => undefined,
          () => undefined,
        );
    }).finally(() => {
      // A frozen page cannot give up; it does so when it wakes.
      if (line.owner.asleepUntil < sentAt) this.longest = Math.max(this.longest, this.scheduler.now - sentAt);
    });
  }

  private arrive(
    line: Line,
    path: string,
    init: Init,
    ms: number,
    hear: (r: Reply) => void,
    fail: (ms: number) => void,
  ): void {
    // The cookie goes with the request, as it was when it left.
    const headers = { ...(init.headers as object), ...(line.sky.cookie ? { cookie: line.sky.cookie } : {}) };
    this.scheduler.after(this.scheduler.driver, ms, () => {
      const process = this.server.pick();
      if (!process) return fail(20);
      const reset = (): void => fail(30);
      process.resets.add(reset);
      // Nothing on the server takes simulated time: who has not answered by then waits for a thread or a disk no seed decides.
      this.scheduler.after(process.owner, 5_000, () => {
        if (process.resets.has(reset))
          this.scheduler.fail(new Error(`${path} waits for something outside the schedule`));
      });
      this.scheduler.soon(process.owner, () => {
        this.answer(process, line, path, {
          method: init.method,
          headers,
          ...(init.body === undefined ? {} : { body: init.body }),
        }).then(
          (reply) => {
            process.resets.delete(reset);
            if (process.owner.alive) hear(reply);
          },
          () => {
            process.resets.delete(reset);
            fail(30);
          },
        );
      });
    });
  }

  private async answer(
    process: Process,
    line: Line,
    path: string,
    init: { method: string; headers: object; body?: string },
  ): Promise<Reply> {
    const asked = path === '/api/sync' && init.body ? (JSON.parse(init.body) as Asked) : null;
    const before = asked ? this.heard.arrives(asked.person) : null;
    const reply = await this.server.handle(process, path, init);
    const line_ = `${this.scheduler.now} ${process.owner.name} answers ${line.name} ${path} ${reply.status}`;
    if (!asked || reply.status !== 200 || !process.owner.alive) {
      this.trace.add(line_);
      return reply;
    }
    const answer = JSON.parse(reply.body) as SyncResponse;
    // Not the whole text: what is signed or random in it need not be the same on every machine.
    const told = [
      answer.results,
      answer.changes.map((c) => [c.kind, c.id, c.seq]),
      answer.measures,
      answer.reset,
      answer.more,
    ];
    this.trace.add(`${line_} ${hashText(JSON.stringify(told))}`, () => toldText(answer));
    this.heard.results(answer.results, asked.commands);
    this.heard.leaves(asked.person, before, line, asked.cursor, answer);
    return reply;
  }

  private deliver(
    line: Line,
    number: number,
    fate: Fate,
    reply: Reply,
    later: (ms: number, then: () => void) => void,
    resolve: (r: Response) => void,
    reject: (e: Error) => void,
  ): void {
    const { dice } = this;
    const down = fate === 'late' && dice.chance(0.5) ? dice.int(100, 40_000) : dice.int(5, 300);
    if (fate === 'answerLost') {
      if (dice.chance(0.5)) later(down, () => reject(new TypeError('Failed to fetch')));
      return;
    }
    later(down, () => {
      this.trace.add(`${this.scheduler.now} ${line.name} hears #${number} ${reply.status}`);
      const cookie = [reply.headers['set-cookie'] ?? []].flat()[0] as string | undefined;
      if (cookie !== undefined)
        line.sky.cookie = cookie.split(';')[0]!.endsWith('=') ? '' : cookie.split(';')[0]!;
      if (fate === 'cut')
        return resolve(
          responseOf({
            ...reply,
            body: reply.body.slice(0, dice.int(0, Math.max(0, reply.body.length - 1))),
          }),
        );
      if (fate === 'broken') return resolve(responseOf(reply, 'breaks'));
      if (fate === 'endless') return resolve(responseOf(reply, 'endless'));
      // What somebody keeps and says again is mostly something that was worth keeping: an answer about commands.
      if (reply.status === 200 && dice.chance(reply.body.includes('"outcome"') ? 0.4 : 0.05))
        line.sky.stale = reply;
      resolve(responseOf(reply));
    });
  }

  private fateOf({ sky }: Line): Fate {
    return this.dice.weighted(FATES[sky.weather]);
  }
}

const PASSED_ON: readonly Fate[] = ['portal', 'stale', 'foreign', 'ours500', 'ours503'];
const short = (id: string): string => id.slice(9, 23);
function askedText(path: string, body: string | undefined): string {
  if (path !== '/api/sync' || !body) return '';
  const { person, device, cursor, commands } = JSON.parse(body) as SyncRequest;
  const acts = commands.map((c) => `${c.seq}:${(c.args as { n?: string } | null)?.n}:${short(c.id)}`);
  return `${person} as ${short(device)} from ${cursor} with ${acts.join()}`;
}
function toldText({ results, changes, cursor, reset, more }: SyncResponse): string {
  const said = results.map((r) => `${short(r.id)} ${r.outcome} ${r.seq} ${r.code ?? ''}`);
  const rows = changes.map((c) => `${c.kind} ${short(c.id)}${c.body === null ? ' gone' : ''}`);
  return `to ${cursor}${reset ? ' anew' : ''}${more ? ' more' : ''} results ${said.join()} changes ${rows.join()}`;
}

interface Asked {
  person: string;
  cursor: string | null;
  commands: { id: string; args: unknown }[];
}

/** `breaks`: the connection ends in the middle of the body; `endless`: it never does. */
export function responseOf(reply: Reply, body: 'whole' | 'breaks' | 'endless' = 'whole'): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(reply.headers))
    if (name !== 'set-cookie') headers.set(name, String(value));
  const text = (): Promise<string> =>
    body === 'whole'
      ? Promise.resolve(reply.body)
      : body === 'breaks'
        ? Promise.reject(new TypeError('terminated'))
        : new Promise(() => undefined);
  const { status } = reply;
  return { ok: status >= 200 && status < 300, status, headers, text } as Response;
}
