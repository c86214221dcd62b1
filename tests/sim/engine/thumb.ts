import type { CommandDef } from '@kernel/shared/command';
import { isRefusal } from '@kernel/shared/refusal';
import type { OpenPerson } from '@kernel/client/open-person';
import type { OutboxEntry, RecordRow } from '@kernel/client/person-db';
import { needsAttention, personDbName, shownOf } from '@kernel/client/person-db';
import type { Dice } from './dice';
import type { Oracle } from './oracle';
import type { Page } from './phone';
import { appoint, carry, edit, erase, leave, rant, sit, trip, write } from './school';
import { SCHOOL } from './server';
import { PEOPLE, TEAMS } from './template';

const DEEP = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner], 1);

/** What a person does on a page, by what the page shows. Reports to the oracle what the page says, and only while it lives. */
export class Thumb {
  private words = 0;

  constructor(
    private readonly dice: Dice,
    private readonly oracle: Oracle,
  ) {}

  acts(page: Page): void {
    const { engine } = page;
    if (!engine) return;
    const { dice } = this;
    const n = `w${++this.words}`;
    const notes = this.shows(page, engine, 'sim.note');
    const team = dice.pick(TEAMS);
    const note = notes.length > 0 ? dice.pick(notes).id : '0000';
    const go = <A>(def: CommandDef<A>, args: A): void => this.does(page, engine, def, args, n);
    const what = dice.weighted({
      write: 30,
      edit: 30,
      erase: 6,
      carry: 8,
      sit: 12,
      leave: 6,
      appoint: 5,
      trip: 1.5,
      rant: 1.5,
    });
    if (what === 'write') go(write, { n, team, text: `${n} ${'字'.repeat(dice.int(1, 40))}` });
    else if (what === 'edit') go(edit, { n, note, text: n });
    else if (what === 'erase') go(erase, { n, note });
    else if (what === 'carry') go(carry, { n, note, team });
    else if (what === 'sit') go(sit, { n, team });
    else if (what === 'leave') go(leave, { n, team });
    else if (what === 'trip') go(trip, { n });
    else if (what === 'rant') go(rant, { n, deep: DEEP });
    else go(appoint, { n, ...this.rights() });
  }

  toils(page: Page): void {
    const { engine } = page;
    const team = this.dice.pick(TEAMS);
    for (let left = this.dice.int(30, 90); engine && left > 0; left--) {
      const n = `w${++this.words}`;
      this.does(page, engine, write, { n, team, text: n }, n);
    }
  }

  rights(): { person: string; teams: string[]; head: boolean } {
    const { dice } = this;
    const person = dice.pick(Object.keys(PEOPLE));
    return { person, teams: TEAMS.filter(() => dice.chance(0.55)), head: dice.chance(0.4) };
  }

  /** Reads a refusal, or puts it aside. */
  reads(page: Page): void {
    const found = this.attention(page);
    if (!found || !page.engine) return;
    const { outbox } = page.engine;
    const { id } = this.dice.pick(found);
    page.does(async () => {
      // Dealt with from the moment it is asked for: the page may die before it says so.
      this.oracle.closes(id);
      await (this.dice.chance(0.5) ? outbox.markRead(id) : outbox.discard(id)).catch(() => undefined);
    });
  }

  /** Mends a refused act, or the same once more. */
  triesAgain(page: Page): void {
    const found = this.attention(page);
    if (!found || !page.engine) return;
    const { engine } = page;
    const { person } = engine.session;
    const entry = this.dice.pick(found);
    const n = `w${++this.words}`;
    // A retry keeps its word: after a refusal it may be done once, and no more.
    const again = this.dice.chance(0.4);
    const args = again ? entry.args : { ...(entry.args as object), n };
    const word = (args as { n: string }).n;
    page.does(async () => {
      if (!again) this.oracle.begins(word, { phone: page.phone, person: person.id, name: entry.name, args });
      const done = this.oracle.underWay(page, `editing ${word}`);
      const outcome = again
        ? await engine.outbox.retry(entry.id)
        : await engine.outbox.editAgain(entry.id, args);
      done();
      if (isRefusal(outcome)) return;
      this.oracle.closes(entry.id);
      this.oracle.keeps(outcome.id, word);
    });
  }

  private does<A>(page: Page, engine: OpenPerson, def: CommandDef<A>, args: A, word: string): void {
    page.does(async () => {
      this.oracle.begins(word, { phone: page.phone, person: engine.session.person.id, name: def.name, args });
      const done = this.oracle.underWay(page, `keeping ${word}`);
      const outcome = await engine.outbox.enqueue(def, args);
      done();
      if (!isRefusal(outcome)) this.oracle.keeps(outcome.id, word);
    });
  }

  private shows(page: Page, engine: OpenPerson, kind: string): RecordRow[] {
    const db = personDbName(SCHOOL.id, engine.session.person.id);
    return page.phone.storage
      .rows<RecordRow>(db, 'records')
      .filter((r) => r.kind === kind && shownOf(r) !== null);
  }
  private attention(page: Page): OutboxEntry[] | null {
    const { engine } = page;
    if (!engine) return null;
    const db = personDbName(SCHOOL.id, engine.session.person.id);
    const found = page.phone.storage.rows<OutboxEntry>(db, 'outbox').filter(needsAttention);
    return found.length > 0 ? found : null;
  }
}
