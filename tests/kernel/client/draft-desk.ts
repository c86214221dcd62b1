import type { Here } from '@kernel/client/draft-meeting';
import { meet } from '@kernel/client/draft-meeting';
import type { OpenPerson } from '@kernel/client/open-person';
import { DraftCopy } from '@kernel/client/server-draft';
import type { SavedDraft, SaveDraft, ServerDraft } from '@kernel/shared/draft-wire';

/** What the drafts route stands on; a test may plant a wrong one. */
export interface DraftServer {
  read(): Promise<ServerDraft | null>;
  save(save: SaveDraft): Promise<SavedDraft>;
}

/** What happens to the next request. */
export type Weather = 'ok' | 'requestLost' | 'ackLost';

const KEY = 'form';
/** So long that one word is worth a copy. */
const FILL = '写'.repeat(200);

interface Text {
  readonly words: readonly string[];
  readonly fill: string;
}

/** A device with the form: what it shows, what it stored, and what its person does. Each word is typed once in the whole world. */
export class Desk {
  shown: Text = { words: [], fill: FILL };
  weather: Weather = 'ok';
  copy: DraftCopy | null = null;
  readonly stored = new Map<string, { key: string; json: unknown; updatedAt: number }>();
  private typed = false;
  private underWay = 0;
  private serial = 0;

  constructor(
    readonly name: string,
    private readonly server: DraftServer,
    private readonly now: () => number,
    private readonly rule: typeof meet = meet,
  ) {}

  async opens(): Promise<void> {
    if (this.copy) return;
    this.shown = (this.stored.get(KEY)?.json as Text | undefined) ?? { words: [], fill: FILL };
    this.typed = false;
    const screen = { look: () => this.look(), show: (json: unknown) => this.shows(json), fits: () => true };
    const copy = new DraftCopy(this.person(), KEY, screen, () => undefined, this.rule);
    await copy.recall();
    await copy.fetch();
    this.copy = copy;
  }
  types(word: string): void {
    if (!this.copy) return;
    this.shown = { words: [...this.shown.words, word], fill: FILL };
    this.typed = true;
    this.keep();
  }
  async sends(): Promise<void> {
    await this.copy?.send();
  }
  async closes(): Promise<void> {
    await this.copy?.send(true);
    this.copy = null;
  }
  /** The page dies. */
  dies(): void {
    this.copy = null;
  }
  async swaps(): Promise<void> {
    const [other] = this.copy?.known.others ?? [];
    if (!this.copy || !other) return;
    const { text, json, at, words } = this.look();
    const rest = this.copy.known.others.filter((o) => o.text !== other.text);
    const others = words ? [{ json, text, at }, ...rest.filter((o) => o.text !== text)] : rest;
    await this.copy.remember({ ...this.copy.known, others });
    this.shows(other.json);
    this.typed = true;
  }
  /** @returns the words that are given up */
  async drops(): Promise<readonly string[]> {
    const [other] = this.copy?.known.others ?? [];
    if (!this.copy || !other) return [];
    const others = this.copy.known.others.filter((o) => o.text !== other.text);
    await this.copy.remember({ ...this.copy.known, others });
    return (other.json as Text).words;
  }
  /** Hands the form in. @returns the words that arrived where they were meant for */
  async finishes(): Promise<readonly string[]> {
    if (!this.copy) return [];
    const { words } = this.shown;
    this.stored.delete(KEY);
    await this.copy.finish();
    this.copy = null;
    return words;
  }

  /** Every word that this device can still show its person. */
  words(): string[] {
    const known = this.stored.get(`server|${KEY}`)?.json as { others?: { json: Text }[] } | undefined;
    const texts = [
      ...(this.copy ? [this.shown] : []),
      ...(this.stored.has(KEY) ? [this.stored.get(KEY)!.json as Text] : []),
      ...(known?.others ?? []).map((o) => o.json),
    ];
    return texts.flatMap((t) => t.words);
  }
  get undecided(): number {
    return this.copy?.known.others.length ?? 0;
  }

  private look(): Here {
    const words = this.shown.words.length > 0;
    const at = this.stored.get(KEY)?.updatedAt ?? null;
    return { json: this.shown, text: JSON.stringify(this.shown), at, words, typed: this.typed };
  }
  private shows(json: unknown): void {
    this.shown = (json as Text | null) ?? { words: [], fill: FILL };
    this.typed = false;
    this.keep();
  }
  private keep(): void {
    this.stored.set(KEY, { key: KEY, json: this.shown, updatedAt: this.now() });
  }

  private person(): OpenPerson {
    const { stored } = this;
    const drafts = {
      get: async (key: string) => structuredClone(stored.get(key)),
      put: async (row: { key: string; json: unknown; updatedAt: number }) => {
        stored.set(row.key, structuredClone(row));
      },
      delete: async (key: string) => void stored.delete(key),
    };
    const device = `00000000-0000-4000-8000-${this.name.padStart(12, '0')}`;
    const db = { drafts, read: async () => device };
    const random = (n: number): number[] => Array.from({ length: n }, () => ++this.serial % 256);
    const line = { clock: { now: this.now, random }, build: 'test', fetch: this.fetch };
    return { db, line, session: { person: { id: 'lin' } } } as unknown as OpenPerson;
  }

  /** Nothing is under way any more: the same seed then makes the same trace. */
  async settles(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet = this.underWay > 0 ? 0 : quiet + 1)
      await new Promise((resolve) => setImmediate(resolve));
  }

  private readonly fetch = async (path: string, init: RequestInit): Promise<Response> => {
    this.underWay++;
    try {
      return await this.request(path, init);
    } finally {
      this.underWay--;
    }
  };

  private readonly request = async (_path: string, init: RequestInit): Promise<Response> => {
    const { weather } = this;
    this.weather = 'ok';
    if (weather === 'requestLost') throw new TypeError('network');
    const answer =
      init.method === 'PUT'
        ? await this.server.save(JSON.parse(init.body as string) as SaveDraft)
        : { draft: await this.server.read() };
    if (weather === 'ackLost') throw new TypeError('network');
    return new Response(JSON.stringify(answer), { status: 200 });
  };
}
