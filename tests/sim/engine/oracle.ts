import { isDeepStrictEqual } from 'node:util';
import type { OpenPerson } from '@kernel/client/open-person';
import type { OutboxEntry, RecordRow } from '@kernel/client/person-db';
import { needsAttention, personDbName, setAsideHere, shownOf, UNSENT } from '@kernel/client/person-db';
import type { CommandResult, SyncRequest, SyncResponse } from '@kernel/shared/protocol';
import type { LogEntry } from './model';
import { Model } from './model';
import type { Heard } from './network';
import type { Page, Phone, Watching } from './phone';
import { SCHOOL, type SimServer } from './server';
import { differences } from './differences';
import { DAY_MS } from '@kernel/shared/time';

/** What a screen told somebody is kept, and what became of it on that phone. */
interface Kept {
  readonly id: string;
  readonly word: string;
  readonly phone: Phone;
  readonly person: string;
  readonly name: string;
  readonly args: unknown;
  /** Simulated ms when its author was told. */
  readonly at: number;
  /** Its author has dealt with it, so it need not be shown any more. */
  closed: boolean;
}

/** Everything that can be wrong at the end. All lists empty = every promise was kept. */
export interface Wrong {
  lost: string[];
  duplicated: string[];
  diverged: string[];
  stuck: string[];
}

/**
 * Judges from outside: it remembers what people were told, reads the server's file and the phones' storage behind the system's
 * back, and works the log out once more with rules of its own (`model.ts`).
 */
export class Oracle implements Heard, Watching {
  readonly wrong: Wrong = { lost: [], duplicated: [], diverged: [], stuck: [] };
  readonly kept = new Map<string, Kept>();
  /** Words of acts that were begun: the phone may have died before anybody was told. */
  readonly begun = new Map<string, { phone: Phone; person: string; name: string; args: unknown }>();
  /** Acts under way on living pages: none may stay so for ever. */
  readonly pending = new Map<object, { page: Page; since: number; what: string }>();
  pulls = 0;
  private model = new Model();
  private entries: LogEntry[] = [];
  private feed = 0;
  private answers = new Map<string, CommandResult>();
  private server!: SimServer;
  /** A history was taken back: what was answered before it need not hold. */
  restored = 0;

  watch(server: SimServer): void {
    this.server = server;
    server.onHistory = () => this.newHistory();
  }

  /* ---- what people are told ---- */

  begins(word: string, phone: Phone, person: string, name: string, args: unknown): void {
    this.begun.set(word, { phone, person, name, args });
  }
  keeps(id: string, word: string): void {
    const { phone, person, name, args } = this.begun.get(word)!;
    const at = phone.parts.scheduler.now;
    this.kept.set(id, { id, word, phone, person, name, args, at, closed: false });
  }
  closes(id: string): void {
    const kept = this.kept.get(id);
    if (kept) kept.closed = true;
  }

  /* ---- what goes over the wire ---- */

  results(results: readonly CommandResult[], asked: readonly { id: string; args: unknown }[]): void {
    const args = new Map(asked.map((c) => [c.id, JSON.stringify(c.args)]));
    for (const result of results) {
      if (result.code === 'kernel.idReused') continue;
      const key = `${this.restored} ${result.id} ${args.get(result.id)}`;
      const first = this.answers.get(key);
      if (!first) this.answers.set(key, result);
      else if (!isDeepStrictEqual(first, result))
        this.wrong.duplicated.push(
          `${result.id} was answered ${JSON.stringify(first)}, then ${JSON.stringify(result)}`,
        );
    }
  }
  arrives(person: string): ReadonlyMap<string, unknown> {
    this.catchUp();
    return new Map(this.model.readable(person));
  }
  leaves(person: string, before: unknown, line: Page, cursor: string | null, answer: SyncResponse): void {
    this.catchUp();
    line.allowed.set(nameOf(cursor, answer), { before, after: new Map(this.model.readable(person)) });
  }

  /** I8 and I3 at once: after a whole pull the copy holds what its owner may read, no more and no less. */
  applied(
    page: Page,
    engine: OpenPerson,
    exchange: { request: SyncRequest; answer: SyncResponse },
    outcome: string,
  ): void {
    const { request, answer } = exchange;
    const name = nameOf(request.cursor, answer);
    const states = page.allowed.get(name) as
      { before: Map<string, unknown>; after: Map<string, unknown> } | undefined;
    page.allowed.delete(name);
    // An answer that somebody kept and gave again is not a pull; the next one mends what it did.
    if (outcome !== 'applied' || answer.more || !states) return;
    page.pulledAt = page.phone.parts.scheduler.now;
    this.pulls++;
    // A second tab may have stored something newer meanwhile: then only the end is judged.
    if (page.phone.pages.length > 1) return;
    const { before, after } = states;
    const here = baseOf(page.phone, engine);
    const at = `at ${page.pulledAt}`;
    for (const key of here.keys())
      if (!before.has(key) && !after.has(key))
        this.wrong.diverged.push(`${at} ${page.name} holds ${key}, which ${request.person} may not read`);
    for (const [key, body] of after)
      if (isDeepStrictEqual(before.get(key), body) && !isDeepStrictEqual(here.get(key), body))
        this.wrong.diverged.push(
          `${at} ${page.name} has ${JSON.stringify(here.get(key))} for ${key} after a pull that had ${JSON.stringify(body)}`,
        );
  }

  /* ---- the log, read behind the server's back ---- */

  private newHistory(): void {
    this.model = new Model();
    this.entries = [];
    this.feed = 0;
    this.restored++;
    this.catchUp();
  }

  catchUp(): void {
    const { observer } = this.server;
    const rows = observer
      .prepare(
        'select log, id, actor, device, device_seq, name, args, outcome, code from command where school = ? and log > ? order by log',
      )
      .all(SCHOOL.id, this.entries.length) as LogEntry[];
    for (const row of rows) {
      this.entries.push(row);
      if (row.log !== this.entries.length)
        this.wrong.lost.push(`the log has no place ${this.entries.length} but ${row.log}`);
      const expected = this.model.apply(row);
      const got = row.outcome === 'accepted' ? 'accepted' : row.code;
      if (expected !== got)
        this.wrong.diverged.push(
          `log ${row.log} ${row.name} of ${row.actor} was ${got}, should be ${expected}`,
        );
    }
    if (rows.length > 0) this.gapless();
  }

  /** I5: every place of the feed up to the counter was given to exactly one row that is still there, or was there before. */
  private gapless(): void {
    const { observer } = this.server;
    const { seq } = observer.prepare('select seq from school where id = ?').get(SCHOOL.id) as { seq: number };
    const places = observer
      .prepare(
        'select seq from record where school = @id and seq > @after union all select seq from measure where school = @id and seq > @after',
      )
      .pluck()
      .all({ id: SCHOOL.id, after: this.feed }) as number[];
    if (new Set(places).size !== places.length)
      this.wrong.diverged.push(`a place of the feed was given twice, up to ${seq}`);
    if (Math.max(this.feed, ...places) !== seq && places.length > 0)
      this.wrong.diverged.push(`the counter says ${seq}, the feed ends elsewhere`);
    this.feed = seq;
  }

  /* ---- the end ---- */

  judge(phones: readonly Phone[]): Wrong {
    this.catchUp();
    this.judgeLog();
    for (const kept of this.kept.values()) this.judgeKept(kept);
    for (const { page, what } of this.pending.values())
      if (page.owner.alive) this.wrong.stuck.push(`${page.name}: ${what} never ended`);
    for (const phone of phones) this.judgePhone(phone);
    this.judgeServer();
    return this.wrong;
  }

  private judgeLog(): void {
    const byWord = new Map<string, LogEntry>();
    const last = new Map<string, number>();
    for (const entry of this.entries) {
      if (entry.actor === 'system') continue;
      const { n: word } = JSON.parse(entry.args) as { n: string };
      const act = this.begun.get(word);
      if (
        !act ||
        act.person !== entry.actor ||
        act.name !== entry.name ||
        !isDeepStrictEqual(JSON.parse(entry.args), act.args)
      )
        this.wrong.diverged.push(`log ${entry.log}: ${entry.actor} never did ${entry.name} ${entry.args}`);
      const twin = byWord.get(word);
      if (twin && twin.outcome === 'accepted' && entry.outcome === 'accepted')
        this.wrong.duplicated.push(`${entry.name} ${word} was done as ${twin.id} and as ${entry.id}`);
      if (!twin || entry.outcome === 'accepted') byWord.set(word, entry);
      // I4. A restored server hears its past after its present.
      if (this.restored === 1 && entry.device_seq <= (last.get(entry.device) ?? 0))
        this.wrong.diverged.push(
          `log ${entry.log}: ${entry.device} did ${entry.device_seq} after ${last.get(entry.device)}`,
        );
      last.set(entry.device, entry.device_seq);
    }
  }

  private judgeKept(kept: Kept): void {
    const entry = this.entryOf(kept);
    const said = this.entries.find((e) => e.id === kept.id);
    // Thirty days are what a phone remembers of what is over; after that only the server does.
    const old = kept.phone.parts.scheduler.now - kept.at > 29 * DAY_MS;
    if (!entry && old && said && (said.outcome === 'accepted' || kept.closed)) return;
    const what = `${kept.phone.name} ${kept.person} ${kept.name} ${kept.word}`;
    if (!said) {
      // Set aside because the server's door cannot read it: it must be where its author sees it.
      if (entry && (needsAttention(entry) || kept.closed) && entry.state === 'stuck') return;
      // Its author was told no by a history that has been taken back, and is still told so here.
      if (entry && this.restored > 1 && entry.state === 'refused' && (needsAttention(entry) || kept.closed))
        return;
      if (entry && UNSENT.includes(entry.state)) this.wrong.stuck.push(`${what} is still ${entry.state}`);
      else
        this.wrong.lost.push(
          `${what} was called kept; the server never had it, here it is ${entry?.state ?? 'gone'}`,
        );
      return;
    }
    if (!entry) this.wrong.lost.push(`${what} is ${said.outcome} there and gone here`);
    // The door refused a second try of what an earlier one had brought: shown as undecided, and a retry keeps its id.
    else if (setAsideHere({ ...entry, closed: null })) return;
    else if (entry.state !== said.outcome)
      this.wrong.diverged.push(`${what} is ${said.outcome} there and ${entry.state} here`);
    else if (said.outcome !== 'accepted' && !needsAttention(entry) && !kept.closed)
      this.wrong.lost.push(`${what} was ${said.outcome} and its author is not told`);
  }
  private entryOf({ phone, person, id }: Kept): OutboxEntry | undefined {
    return phone.storage
      .rows<OutboxEntry>(personDbName(SCHOOL.id, person), 'outbox')
      .find((e) => e.id === id);
  }

  private judgePhone(phone: Phone): void {
    const [page] = phone.pages;
    const engine = page?.engine;
    if (!page || !engine) return void this.wrong.stuck.push(`${phone.name} could not be opened again`);
    const person = engine.session.person.id;
    const name = `${phone.name} (${person})`;
    if (engine.sync.status.phase !== 'ok') this.wrong.stuck.push(`${name} is ${engine.sync.status.phase}`);
    const db = personDbName(SCHOOL.id, person);
    const rows = phone.storage.rows<RecordRow>(db, 'records');
    for (const r of rows)
      if (r.pendingBy.length > 0 || r.shown !== undefined)
        this.wrong.diverged.push(`${name} still guesses ${r.kind} ${r.id}`);
    const shown = new Map(rows.map((r) => [`${r.kind} ${r.id}`, shownOf(r)]));
    this.wrong.diverged.push(...differences(`${name} has`, shown, this.model.readable(person)));
    const sums = phone.storage.rows<{ name: string; scope: string; day: string; value: number }>(
      db,
      'measures',
    );
    const values = new Map(
      sums.filter((m) => m.value !== 0).map((m) => [`${m.name}|${m.scope}|${m.day}`, m.value]),
    );
    this.wrong.diverged.push(...differences(`${name} counts`, values, this.model.measuresFor(person)));
  }

  /** I6, I11: the server's own tables against the log. */
  private judgeServer(): void {
    const { observer } = this.server;
    const rows = observer
      .prepare('select kind, id, body from record where school = ? and body is not null')
      .all(SCHOOL.id) as {
      kind: string;
      id: string;
      body: string;
    }[];
    const stored = new Map(rows.map((r) => [`${r.kind} ${r.id}`, JSON.parse(r.body) as unknown]));
    this.wrong.diverged.push(...differences('the server has', stored, this.model.records));
    const sums = observer
      .prepare('select name, scope, day, value from measure where school = ? and value <> 0')
      .all(SCHOOL.id) as {
      name: string;
      scope: string;
      day: string;
      value: number;
    }[];
    const values = new Map(sums.map((m) => [`${m.name}|${m.scope}|${m.day}`, m.value]));
    this.wrong.diverged.push(...differences('the server counts', values, this.model.measures()));
  }

  /** What a person may have at this moment. */
  readableNow(person: string): ReadonlyMap<string, unknown> {
    this.catchUp();
    return this.model.readable(person);
  }
  get accepted(): number {
    return this.entries.filter((e) => e.actor !== 'system' && e.outcome === 'accepted').length;
  }
  get refused(): number {
    return this.entries.filter((e) => e.actor !== 'system' && e.outcome !== 'accepted').length;
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
