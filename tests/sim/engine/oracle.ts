import { isDeepStrictEqual } from 'node:util';
import type { OpenPerson } from '@kernel/client/open-person';
import type { RecordRow } from '@kernel/client/person-db';
import { personDbName } from '@kernel/client/person-db';
import type { CommandResult, SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import { Judgement } from './judgement';
import { LogReader } from './log-reader';
import type { Heard } from './network';
import type { Page, Phone, Watching } from './phone';
import type { SimServer } from './server';
import { nothingWrong, type Wrong } from './wrong';

/** An act somebody began; the page may have died before it said anything. */
export interface Begun {
  readonly phone: Phone;
  readonly person: string;
  readonly name: string;
  readonly args: unknown;
}
/** What a screen told somebody is kept. */
export interface Kept extends Begun {
  readonly id: string;
  readonly word: string;
  /** Simulated ms when its author was told. */
  readonly at: number;
  /** Its author has dealt with it, so it need not be shown any more. */
  closed: boolean;
}
/** What a reader might have when a request came and when its answer left. */
interface Allowed {
  readonly before: ReadonlyMap<string, unknown>;
  readonly after: ReadonlyMap<string, unknown>;
}

/**
 * Judges from outside: it remembers what people were told, reads the server's file and the phones' storage behind the system's
 * back, and works the log out once more with rules of its own (`model.ts`).
 */
export class Oracle implements Heard, Watching {
  readonly wrong: Wrong = nothingWrong();
  readonly kept = new Map<string, Kept>();
  readonly log = new LogReader(this.wrong);
  pulls = 0;
  private readonly begun = new Map<string, Begun>();
  /** Acts under way: none may stay so for ever on a living page. */
  private readonly pending = new Set<{ page: Page; what: string }>();
  private readonly answers = new Map<string, CommandResult>();
  private server!: SimServer;

  watch(server: SimServer): void {
    this.server = server;
    server.onHistory = () => this.log.begins(server.observer);
  }

  begins(word: string, act: Begun): void {
    this.begun.set(word, act);
  }
  keeps(id: string, word: string): void {
    const act = this.begun.get(word)!;
    this.kept.set(id, { ...act, id, word, at: act.phone.parts.scheduler.now, closed: false });
  }
  closes(id: string): void {
    const kept = this.kept.get(id);
    if (kept) kept.closed = true;
  }
  /** Answers how to say that it is over. */
  underWay(page: Page, what: string): () => void {
    const it = { page, what };
    this.pending.add(it);
    return () => void this.pending.delete(it);
  }

  /** I2: the second answer is the first one, whoever hears them. */
  results(results: readonly CommandResult[], asked: readonly { id: string; args: unknown }[]): void {
    const args = new Map(asked.map((c) => [c.id, JSON.stringify(c.args)]));
    for (const result of results) {
      if (result.code === 'kernel.idReused') continue;
      const key = `${this.log.histories} ${result.id} ${args.get(result.id)}`;
      const first = this.answers.get(key);
      if (!first) this.answers.set(key, result);
      else if (!isDeepStrictEqual(first, result))
        this.wrong.duplicated.push(
          `${result.id} was answered ${JSON.stringify(first)}, then ${JSON.stringify(result)}`,
        );
    }
  }
  arrives(person: string): ReadonlyMap<string, unknown> {
    return this.readableNow(person);
  }
  leaves(
    person: string,
    before: Allowed['before'],
    line: Page,
    cursor: string | null,
    answer: SyncResponse,
  ): void {
    line.allowed.set(nameOf(cursor, answer), { before, after: this.readableNow(person) } satisfies Allowed);
  }

  /** I8 and I3 at once: after a whole pull the copy holds what its owner may read, no more and no less. */
  applied(
    page: Page,
    engine: OpenPerson,
    { request, answer }: { request: SyncRequest; answer: SyncResponse },
    outcome: string,
  ): void {
    const name = nameOf(request.cursor, answer);
    const states = page.allowed.get(name) as Allowed | undefined;
    page.allowed.delete(name);
    // An answer that somebody kept and gave again is not a pull; the next one mends what it did.
    if (outcome !== 'applied' || answer.more || !states) return;
    page.pulledAt = page.phone.parts.scheduler.now;
    this.pulls++;
    // A second tab may have stored something newer meanwhile: then only the end is judged.
    if (page.phone.pages.length > 1) return;
    const { before, after } = states;
    const here = baseOf(page.phone, engine);
    const at = `at ${page.pulledAt} ${page.name}`;
    for (const key of here.keys())
      if (!before.has(key) && !after.has(key))
        this.wrong.diverged.push(`${at} holds ${key}, which ${request.person} may not read`);
    for (const [key, body] of after)
      if (isDeepStrictEqual(before.get(key), body) && !isDeepStrictEqual(here.get(key), body))
        this.wrong.diverged.push(
          `${at} has ${JSON.stringify(here.get(key))} for ${key} after a pull that had ${JSON.stringify(body)}`,
        );
  }

  judge(phones: readonly Phone[]): Wrong {
    this.log.catchUp();
    const judgement = new Judgement(this.wrong, this.log);
    judgement.ofLog(this.begun);
    judgement.ofActs(this.kept.values());
    for (const { page, what } of this.pending)
      if (page.owner.alive) this.wrong.stuck.push(`${page.name}: ${what} never ended`);
    for (const phone of phones) judgement.ofPhone(phone);
    judgement.ofServer(this.server);
    return this.wrong;
  }

  /** What a person may have at this moment. */
  readableNow(person: string): ReadonlyMap<string, unknown> {
    this.log.catchUp();
    return this.log.model.readable(person);
  }
  /** Acts of people in the log, by outcome. */
  get counts(): { accepted: number; refused: number } {
    const acts = this.log.entries.filter((e) => e.actor !== 'system');
    const accepted = acts.filter((e) => e.outcome === 'accepted').length;
    return { accepted, refused: acts.length - accepted };
  }
}

const nameOf = (cursor: string | null, answer: SyncResponse): string =>
  `${cursor} ${answer.cursor} ${answer.serverTime} ${answer.results.map((r) => r.id).join()}`;

/** What the server has told this phone, without what the phone only expects. */
function baseOf(phone: Phone, engine: OpenPerson): Map<string, unknown> {
  const { school, person } = engine.session;
  const rows = phone.storage.rows<RecordRow>(personDbName(school.id, person.id), 'records');
  return new Map(rows.filter((r) => r.body !== null).map((r) => [`${r.kind} ${r.id}`, r.body]));
}
