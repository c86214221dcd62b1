import { isDeepStrictEqual } from 'node:util';
import type { OutboxEntry, RecordRow } from '@kernel/client/person-db';
import { needsAttention, personDbName, setAsideHere, shownOf, UNSENT } from '@kernel/client/person-db';
import { DAY_MS } from '@kernel/shared/time';
import { differences } from './differences';
import type { LogReader } from './log-reader';
import type { LogEntry } from './model';
import type { Begun, Kept } from './oracle';
import type { Phone } from './phone';
import { SCHOOL, type SimServer } from './server';
import type { Wrong } from './wrong';

interface Sum {
  name: string;
  scope: string;
  day: string;
  value: number;
}
const sums = (rows: readonly Sum[]): Map<string, number> =>
  new Map(rows.filter((m) => m.value !== 0).map((m) => [`${m.name}|${m.scope}|${m.day}`, m.value]));

/** The last look at everything, when all has come to rest. */
export class Judgement {
  constructor(
    private readonly wrong: Wrong,
    private readonly log: LogReader,
  ) {}

  /** I4, and that nothing is in the log that nobody did. */
  ofLog(begun: ReadonlyMap<string, Begun>): void {
    const byWord = new Map<string, LogEntry>();
    const last = new Map<string, number>();
    for (const entry of this.log.entries) {
      if (entry.actor === 'system') continue;
      const args = JSON.parse(entry.args) as { n: string };
      const act = begun.get(args.n);
      const done =
        act?.person === entry.actor && act.name === entry.name && isDeepStrictEqual(args, act.args);
      if (!done)
        this.wrong.diverged.push(`log ${entry.log}: ${entry.actor} never did ${entry.name} ${entry.args}`);
      const twin = byWord.get(args.n);
      if (twin?.outcome === 'accepted' && entry.outcome === 'accepted')
        this.wrong.duplicated.push(`${entry.name} ${args.n} was done as ${twin.id} and as ${entry.id}`);
      if (!twin || entry.outcome === 'accepted') byWord.set(args.n, entry);
      // A restored server hears its past after its present.
      const before = last.get(entry.device) ?? 0;
      if (this.log.histories === 1 && entry.device_seq <= before)
        this.wrong.diverged.push(`log ${entry.log}: ${entry.device} did ${entry.device_seq} after ${before}`);
      last.set(entry.device, entry.device_seq);
    }
  }

  /** I1: done once, or shown to its author. */
  ofActs(acts: Iterable<Kept>): void {
    const said = new Map(this.log.entries.map((e) => [e.id, e]));
    for (const kept of acts) this.ofAct(kept, said.get(kept.id));
  }

  private ofAct(kept: Kept, said: LogEntry | undefined): void {
    const { phone, person } = kept;
    const entry = phone.storage
      .rows<OutboxEntry>(personDbName(SCHOOL.id, person), 'outbox')
      .find((e) => e.id === kept.id);
    const what = `${phone.name} ${person} ${kept.name} ${kept.word}`;
    const shown = entry !== undefined && (needsAttention(entry) || kept.closed);
    // Thirty days are what a phone remembers of what is over; after that only the server does.
    const old = phone.parts.scheduler.now - kept.at > 29 * DAY_MS;
    if (said) {
      if (!entry && old && (said.outcome === 'accepted' || kept.closed)) return;
      // Thrown away with the phone's memory of it, when nobody needed that any more.
      const over = said.outcome === 'accepted' || kept.closed;
      if (!entry && over && kept.at < phone.thrownAwayAt) return;
      if (!entry) this.wrong.lost.push(`${what} is ${said.outcome} there and gone here`);
      // The door refused a second try of what an earlier one had brought: shown as undecided, and a retry keeps its id.
      else if (setAsideHere({ ...entry, closed: null })) return;
      // Refused by a history that is gone, and dealt with by its author before this one came.
      else if (entry.state === 'refused' && kept.closed && this.log.histories > 1) return;
      else if (entry.state !== said.outcome)
        this.wrong.diverged.push(`${what} is ${said.outcome} there and ${entry.state} here`);
      else if (said.outcome !== 'accepted' && !shown)
        this.wrong.lost.push(`${what} was ${said.outcome} and its author is not told`);
      return;
    }
    // Set aside, seen and put away by its author long ago.
    if (!entry && old && kept.closed) return;
    // Set aside because the server's door cannot read it, or refused by a history that has been taken back: its author sees it.
    if (entry?.state === 'stuck' && shown) return;
    if (entry?.state === 'refused' && shown && this.log.histories > 1) return;
    if (entry && UNSENT.includes(entry.state)) this.wrong.stuck.push(`${what} is still ${entry.state}`);
    else
      this.wrong.lost.push(
        `${what} was called kept; the server never had it, here it is ${entry?.state ?? 'gone'}`,
      );
  }

  /** I3, I8: what a phone shows is what its person may see now, no more and no less. */
  ofPhone(phone: Phone): void {
    const { wrong } = this;
    const { model } = this.log;
    const engine = phone.pages[0]?.engine;
    if (!engine) return void wrong.stuck.push(`${phone.name} could not be opened again`);
    const person = engine.session.person.id;
    const name = `${phone.name} (${person})`;
    if (engine.sync.status.phase !== 'ok') wrong.stuck.push(`${name} is ${engine.sync.status.phase}`);
    const db = personDbName(SCHOOL.id, person);
    const rows = phone.storage.rows<RecordRow>(db, 'records');
    for (const r of rows)
      if (r.pendingBy.length > 0 || r.shown !== undefined)
        wrong.diverged.push(`${name} still guesses ${r.kind} ${r.id}`);
    const shown = new Map(rows.map((r) => [`${r.kind} ${r.id}`, shownOf(r)]));
    wrong.diverged.push(...differences(`${name} has`, shown, model.readable(person)));
    const counted = sums(phone.storage.rows<Sum>(db, 'measures'));
    wrong.diverged.push(...differences(`${name} counts`, counted, model.measuresFor(person)));
  }

  /** I6, I11: the server's own tables against its log. */
  ofServer({ observer }: SimServer): void {
    const { model } = this.log;
    const rows = observer
      .prepare('select kind, id, body from record where school = ? and body is not null')
      .all(SCHOOL.id) as { kind: string; id: string; body: string }[];
    const stored = new Map(rows.map((r) => [`${r.kind} ${r.id}`, JSON.parse(r.body) as unknown]));
    this.wrong.diverged.push(...differences('the server has', stored, model.records));
    const counted = sums(
      observer
        .prepare('select name, scope, day, value from measure where school = ?')
        .all(SCHOOL.id) as Sum[],
    );
    this.wrong.diverged.push(...differences('the server counts', counted, model.measures()));
  }
}
