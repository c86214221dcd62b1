import type { GenericSchema, InferOutput } from 'valibot';
import { safeParse } from 'valibot';
import type { SavedDraft, ServerDraft } from '@kernel/shared/draft-wire';
import { DRAFT_LIMITS, draftAnswerSchema, savedDraftSchema } from '@kernel/shared/draft-wire';
import type { Here, Known } from './draft-meeting';
import { LONG, UNKNOWN, meet, owes, withOther } from './draft-meeting';
import type { OpenPerson } from './open-person';
import { steady } from './steady';
import type { Reply } from './wire';
import { call } from './wire';

const PATH = '/api/drafts';
/** What is known of a draft's copy lies beside the draft. */
const PREFIX = 'server|';

/** Keys of the drafts that have, or had, a copy on the server. */
export async function draftsWithCopy({ db }: OpenPerson): Promise<string[]> {
  const keys = await steady(db, () => db.drafts.where('key').startsWith(PREFIX).primaryKeys());
  return keys.map((key) => key.slice(PREFIX.length));
}

export interface DraftScreen {
  look(): Here;
  /** `null` = the form as it opens. */
  show(json: unknown): void;
  /** Another build may have left something there that this one cannot show. */
  fits(json: unknown): boolean;
}

/**
 * One draft and its copy on the server. Nothing here throws and nobody waits for it: the copy is a second place, and what was
 * typed is on this phone already.
 */
export class DraftCopy {
  known: Known = UNKNOWN;
  private device = '';
  /** A text the server did not want: asked again only with another one. */
  private unwanted: string | null = null;
  /** The text sent when the page was last left: leaving says so two or three times. */
  private leftWith: string | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly person: OpenPerson,
    private readonly key: string,
    private readonly screen: DraftScreen,
    private readonly onChange: (known: Known) => void = () => undefined,
    /** The rule that decides which text goes on; tests plant wrong ones. */
    private readonly rule = meet,
  ) {}

  /** What this phone remembers; needs no network. */
  async recall(): Promise<void> {
    const { db } = this.person;
    const row = await steady(db, () => db.drafts.get(PREFIX + this.key)).catch(() => undefined);
    this.device = (await steady(db, () => db.read('device')).catch(() => undefined)) ?? '';
    this.known = { ...UNKNOWN, ...(row?.json as Partial<Known> | undefined) };
    this.onChange(this.known);
  }

  /** Asks for the server's text and brings it together with the one here. False when there was no answer. */
  fetch(): Promise<boolean> {
    return this.inTurn(() => this.ask());
  }

  private async ask(): Promise<boolean> {
    if (this.known.done && (!(await this.tell(false)) || this.stillDone())) return false;
    const query = new URLSearchParams({ person: this.person.session.person.id, key: this.key });
    const reply = await call(this.person.line.fetch, `${PATH}?${query.toString()}`, { method: 'GET' });
    const answer = parsed(draftAnswerSchema, reply);
    if (!answer) return false;
    await this.take(answer.draft);
    return true;
  }

  /**
   * Sends what the server should hear of, if anything. False when it should be tried again later.
   * @param leaving the page may be gone before the answer is here
   */
  send(leaving = false): Promise<boolean> {
    return leaving ? this.tell(true) : this.inTurn(() => this.tell(false));
  }

  private async tell(leaving: boolean): Promise<boolean> {
    const here = this.screen.look();
    const { done } = this.known;
    if (!owes(this.known, here) || (!done && !this.takes(here.text))) return true;
    if (leaving && !done && here.text === this.leftWith) return true;
    if (leaving) this.leftWith = here.text;
    const edit = Math.max(this.known.edit + 1, this.freshEdit());
    // Remembered before it leaves: a page that dies must not use the number again.
    const remembered = this.remember({ ...this.known, edit });
    const body = {
      ...{ person: this.person.session.person.id, key: this.key, device: this.device },
      ...{ base: this.known.base, edit, body: done ? null : here.json },
    };
    if (!leaving) await remembered;
    const reply = await call(this.person.line.fetch, PATH, { method: 'PUT', body, keepalive: leaving });
    const answer = parsed(savedDraftSchema, reply);
    if (answer) await this.heard(answer, here, edit, done);
    else if (
      reply.kind === 'problem' &&
      (reply.status === 413 || reply.problem?.code === 'kernel.tooManyDrafts')
    )
      this.unwanted = here.text;
    else return false;
    return true;
  }

  /** Its author is done with it; to be called while it is still on the screen. What they have not looked at stays on the server. */
  async finish(): Promise<void> {
    const { known } = this;
    const undecided = known.others.some((o) => o.text === known.sent);
    const never = known.edit === 0 && known.sent === null && this.screen.look().text.length < LONG;
    if (never || undecided) return this.forget();
    const { base, edit, others } = known;
    await this.remember({ ...UNKNOWN, base, edit, others, done: true });
    // Nobody waits for it: the next page is due.
    void this.send(true);
  }

  /** False when this phone could not store it. */
  async remember(known: Known): Promise<boolean> {
    this.known = known;
    this.onChange(known);
    const { db } = this.person;
    const row = { key: PREFIX + this.key, json: known, updatedAt: this.person.line.clock.now() };
    return steady(db, () => db.drafts.put(row)).then(
      () => true,
      () => false,
    );
  }

  /** One question at a time: an answer that was long on its way must not look like news. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => undefined);
    return turn;
  }

  /** Grows with time and is never used twice, also when what is known here was forgotten in between. */
  private freshEdit(): number {
    const { clock } = this.person.line;
    const [a = 0, b = 0] = clock.random(2);
    return clock.now() * 1_000 + ((a * 256 + b) % 1_000);
  }

  private takes(text: string): boolean {
    return text !== this.unwanted && new TextEncoder().encode(text).length <= DRAFT_LIMITS.bytes;
  }

  private stillDone(): boolean {
    return this.known.done;
  }

  private async heard(answer: SavedDraft, sent: Here, edit: number, done: boolean): Promise<void> {
    if (!answer.saved) return this.take(answer.draft);
    if (done) return this.known.done ? this.forget() : undefined;
    // A later save has been answered already, or the text was finished meanwhile.
    if (edit < this.known.edit || this.known.done) return;
    const { version: base, updatedAt: savedAt } = answer;
    await this.remember({ ...this.known, base, savedAt, sent: sent.text });
  }

  private async take(server: ServerDraft | null): Promise<void> {
    if (this.known.done) {
      // Another device went on with it: it is no longer ours to end.
      const over = server === null || server.body === null || server.device !== this.device;
      if (over) return this.forget();
      await this.remember({ ...this.known, edit: Math.max(this.known.edit, server.edit) });
      return;
    }
    const before = this.known;
    if (server !== null && server.body !== null && !this.screen.fits(server.body)) {
      const strange = { json: server.body, text: JSON.stringify(server.body), at: server.updatedAt };
      const { version: base } = server;
      await this.remember(withOther({ ...before, base, sent: strange.text, savedAt: null }, strange));
      return;
    }
    for (;;) {
      const here = this.screen.look();
      const { known, show } = this.rule(before, here, server, this.device);
      // What gives way is stored before it leaves the screen; who typed meanwhile goes on typing.
      const stored = await this.remember(known);
      if (show === undefined) return;
      if (stored && this.screen.look().text === here.text)
        return this.screen.show(show === null ? null : show.json);
      if (!stored) {
        this.known = before;
        return;
      }
    }
  }

  /** Other texts stay until somebody looks at them. */
  private async forget(): Promise<void> {
    const { others, edit } = this.known;
    if (others.length > 0) return void (await this.remember({ ...UNKNOWN, others, edit }));
    this.known = { ...UNKNOWN, edit };
    this.onChange(this.known);
    const { db } = this.person;
    await steady(db, () => db.drafts.delete(PREFIX + this.key)).catch(() => undefined);
  }
}

function parsed<S extends GenericSchema>(schema: S, reply: Reply): InferOutput<S> | null {
  const found = reply.kind === 'answer' ? safeParse(schema, reply.body) : null;
  return found?.success ? found.output : null;
}
