import type { GenericSchema } from 'valibot';
import { safeParse } from 'valibot';
import type { LightMyRequestResponse } from 'fastify';
import type { CommandDef } from '@kernel/shared/command';
import type { Registry } from '@kernel/shared/contract';
import { LIMITS, type Envelope, type SyncResponse } from '@kernel/shared/protocol';
import { anEnvelope, aSync, HEADERS, type HttpWorld } from '../../support/http-world';
import { printOf, TRACES } from '../state';
import type { Known } from './maker';
import { Maker, randomFrom, textOf } from './maker';
import { oddAddress, oddHeaders, spoilt } from './texts';

/** Longer than anything may take to be answered, ms (I12). */
const PATIENCE = 2_000;
const BATCH = 40;
const BODY = 800_000;
/** Refusals after which the state is looked at. */
const TOGETHER = 6;

/** A route and what it takes: learnt by asking it, see `learn`. */
export interface Fed {
  readonly operation: string;
  readonly schema: GenericSchema;
}

export interface FuzzParts {
  readonly world: HttpWorld;
  readonly registry: Registry;
  readonly seed: number;
  readonly known?: Known;
  /** Who sends: person and cookie, changing from batch to batch. */
  readonly senders: readonly { readonly person: string; readonly cookie: string }[];
  /** Schemas that the server has looked at, in order: filled by a spy on `take`. */
  readonly seen: GenericSchema[];
}

/** Sends inputs and notes what must not be: 5xx, slow answers, a defect, something accepted that does not fit, a refusal that changed something. */
export class Fuzzer {
  readonly findings: string[] = [];
  inputs = 0;
  accepted = 0;
  readonly times: number[] = [];
  private readonly maker: Maker;
  private state = '';
  private turn = 0;

  constructor(private readonly parts: FuzzParts) {
    this.maker = new Maker(randomFrom(parts.seed), parts.known);
  }

  async begins(): Promise<this> {
    this.state = await this.print();
    return this;
  }

  /** Arguments for every command in turn, half of them as the schema wants them. */
  async commands(count: number): Promise<void> {
    const { registry, world } = this.parts;
    const names = registry.commandNames;
    for (let done = 0; done < count;) {
      const batch: { envelope: Envelope; fits: boolean }[] = [];
      for (let size = 0; batch.length < BATCH && done < count && size < BODY; done++) {
        const name = names[done % names.length]!;
        const { args: schema } = registry.command(name) as CommandDef;
        const args = this.plain(
          this.maker.chance(0.4) ? this.maker.fitting(schema) : this.maker.broken(schema),
        );
        const envelope = anEnvelope(world.clock.now(), name, args);
        batch.push({ envelope, fits: safeParse(schema, args).success });
        size += JSON.stringify(args).length * 3;
      }
      await this.push(batch);
      this.inputs += batch.length;
    }
  }

  private async push(batch: readonly { envelope: Envelope; fits: boolean }[]): Promise<void> {
    const { person, cookie } = this.sender();
    const commands = batch.map((b) => b.envelope);
    const payload = JSON.stringify(aSync({ person, commands, pull: false }));
    const answer = await this.ask('POST', '/api/sync', payload, { ...HEADERS, cookie });
    const about = (i: number): string => `${person}: ${JSON.stringify(commands[i]).slice(0, 600)}`;
    if (answer.statusCode !== 200) {
      const tooLong = answer.statusCode === 413 && Buffer.byteLength(payload) > LIMITS.bodyBytes;
      if (!tooLong)
        this.note(`a push was answered ${answer.statusCode} ${answer.body.slice(0, 200)}`, about(0));
      return this.stays(`a push of ${commands.length}`, about(0));
    }
    const { results } = answer.json<SyncResponse>();
    let accepted = 0;
    for (const [i, { outcome }] of results.entries()) {
      if (outcome === 'stuck') this.note('a command met a defect', about(i));
      if (outcome === 'accepted') accepted += 1;
      if (outcome === 'accepted' && !batch[i]!.fits) this.note('accepted, though it does not fit', about(i));
    }
    this.accepted += accepted;
    if (accepted > 0) this.state = await this.print();
    else await this.stays(`a push in which nothing was accepted (${commands[0]!.name} …)`, about(0));
  }

  /** Bodies for the routes in turn: made from their schemas, and spoilt on their way. */
  async bodies(routes: readonly Fed[], count: number): Promise<void> {
    const doubtful: string[] = [];
    for (let i = 0; i < count; i++) {
      const { operation, schema } = routes[i % routes.length]!;
      const [method, path] = operation.split(' ') as [string, string];
      const { cookie } = this.sender();
      const value = this.maker.chance(0.2) ? this.maker.fitting(schema) : this.maker.broken(schema);
      const text = JSON.stringify(value) ?? 'null';
      const raw = this.maker.chance(0.5)
        ? spoilt(text, this.maker)
        : { what: 'a body', payload: text, headers: {} };
      const headers = { ...HEADERS, cookie, ...raw.headers };
      const url = path.replace(/:\w+/g, () =>
        encodeURIComponent(textOf(this.maker.odd()).toWellFormed().slice(0, 60).toWellFormed()),
      );
      const answer = await this.ask(method, url, raw.payload, headers);
      const about = `${operation} ${raw.what}: ${String(raw.payload).slice(0, 400)}`;
      if (answer.statusCode >= 500) this.note(`answered ${answer.statusCode}`, about);
      else if (answer.statusCode >= 400) {
        if (doubtful.push(about) >= TOGETHER)
          await this.stays('a refused body', doubtful.splice(0).join('\n'));
      } else {
        const results = answer.body.startsWith('{')
          ? (answer.json<Partial<SyncResponse>>().results ?? [])
          : [];
        if (results.some((r) => r.outcome === 'stuck')) this.note('a command met a defect', about);
        this.state = await this.print();
        doubtful.length = 0;
      }
      this.inputs += 1;
    }
    await this.stays('a refused body', doubtful.join('\n'));
  }

  /** Addresses and headers, of routes that read and of none at all. They change nothing. */
  async addresses(paths: readonly string[], count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const { cookie } = this.sender();
      const url = oddAddress(paths[i % paths.length]!, this.maker);
      const method = this.maker.chance(0.9) ? 'GET' : this.maker.pick(['HEAD', 'OPTIONS', 'PATCH']);
      const headers = { cookie, ...(this.maker.chance(0.5) ? oddHeaders(this.maker) : {}) };
      const answer = await this.ask(method, url, undefined, headers);
      if (answer.statusCode >= 500)
        this.note(`answered ${answer.statusCode}`, `${method} ${url} ${JSON.stringify(headers)}`);
      this.inputs += 1;
      if (i % 25 === 24 || i === count - 1) await this.stays('reading', url);
    }
  }

  /** What a route takes from a request: asked with an empty one, its schema is looked at on the way. Null when it takes nothing. */
  async learn(operation: string): Promise<GenericSchema | null> {
    const [method, path] = operation.split(' ') as [string, string];
    this.parts.seen.length = 0;
    const { cookie } = this.parts.senders[0]!;
    await this.ask(method, path.replace(/:\w+/g, 'x'), '{}', { ...HEADERS, cookie });
    return this.parts.seen[0] ?? null;
  }

  private sender() {
    const { senders } = this.parts;
    return senders[this.turn++ % senders.length]!;
  }

  private async ask(
    method: string,
    url: string,
    payload: string | Buffer | undefined,
    headers: Record<string, string>,
  ): Promise<LightMyRequestResponse> {
    const began = performance.now();
    const answer = await this.parts.world.http.inject({
      method: method as 'GET',
      url,
      headers,
      ...(payload === undefined || method === 'GET' ? {} : { payload }),
    });
    const took = performance.now() - began;
    this.times.push(took);
    if (took > PATIENCE) this.note(`${Math.round(took)} ms`, `${method} ${url}`);
    return answer;
  }

  private async stays(what: string, about: string): Promise<void> {
    const now = await this.print();
    if (now !== this.state) this.note(`changed something: ${what}`, about);
    this.state = now;
  }
  private print(): Promise<string> {
    return printOf(this.parts.world, TRACES);
  }
  private note(what: string, about: string): void {
    if (this.findings.length < 20) this.findings.push(`${what} ← ${about}`);
  }
  /** As it is after the wire. */
  private plain(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value) ?? 'null') as unknown;
  }
}
